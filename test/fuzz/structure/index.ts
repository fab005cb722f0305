/**
 * Ways to break a file that know its format: a field of its header gets a value that readers trip over, and what guards the rest (checksums,
 * compression) is made right again, so that the fault is met by the reader and not by a checksum. Reproducible from a seed.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { Random } from "../../../src/base/random.ts";
import { recognise } from "../../../src/study/open/recognise.ts";
import { breakDicom } from "./dicom.ts";
import { breakJson, breakSafetensors, isSafetensors } from "./json.ts";
import { breakPdf } from "./pdf.ts";
import { breakJpeg, breakPng } from "./pictures.ts";
import { breakNifti, breakTiff, breakZip } from "./tables.ts";
import { breakText } from "./text.ts";

/** Undefined where nothing could be changed. */
export type Breaker = (bytes: Uint8Array, random: Random) => { bytes: Uint8Array; how: string } | undefined;

export function breakStructure(bytes: Uint8Array, seed: number): { bytes: Uint8Array; how: string } | undefined {
  const random = new Random(seed);
  let out: { bytes: Uint8Array; how: string } | undefined;
  for (let n = 1 + random.below(3); n > 0; n--) {
    const once: ReturnType<Breaker> = breakOnce(out?.bytes ?? bytes, random);
    if (once === undefined) break;
    out = { bytes: once.bytes, how: out === undefined ? once.how : `${out.how} + ${once.how}` };
  }
  return out;
}

function breakOnce(bytes: Uint8Array, random: Random): ReturnType<Breaker> {
  if (bytes.length < 16) return undefined;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    const inner = unpacked(bytes);
    const broken = inner && breakOnce(inner, random);
    return broken && { bytes: gzipSync(broken.bytes, { level: 1 }), how: `gzip(${broken.how})` };
  }
  switch (recognise(bytes.subarray(0, 4096)).kind) {
    case "dicom":
      return breakDicom(bytes, random);
    case "nifti":
      return breakNifti(bytes, random);
    case "tiff":
      return breakTiff(bytes, random);
    case "zip":
      return breakZip(bytes, random);
    case "pdf":
      return breakPdf(bytes, random);
    case "photo":
      return bytes[0] === 0xff ? breakJpeg(bytes, random) : bytes[0] === 0x89 ? breakPng(bytes, random) : undefined;
    default:
      if (isSafetensors(bytes)) return breakSafetensors(bytes, random);
      return (random.below(3) > 0 ? breakJson(bytes, random) : undefined) ?? breakText(bytes, random);
  }
}

function unpacked(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: 1 << 26 });
  } catch {
    return undefined;
  }
}
