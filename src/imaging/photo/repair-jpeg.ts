/**
 * Repairs JPEG files of cameras and phones that deviate from the standard without loss of pixels: spectral selection bytes of a sequential scan left at
 * zero, stray bytes between segments, an unknown JFIF revision, a damaged ICC segment, a missing end mark. libjpeg only warns about these.
 * They are corrected here and the file is decoded again in strict mode, so that warnings about its pixels are still errors.
 */
import { concatenated } from "../../base/host/octets.ts";

const sof = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** @returns the file with corrected segments, and what was corrected; undefined if its structure cannot be parsed. */
export function repairJpeg(bytes: Uint8Array): { bytes: Uint8Array; done: string[] } | undefined {
  const out: Uint8Array[] = [bytes.subarray(0, 2)];
  const done = new Set<string>();
  let sequential = true;
  let at = 2;
  while (at + 1 < bytes.length) {
    const start = at;
    while (at + 1 < bytes.length && (bytes[at] !== 0xff || bytes[at + 1] === 0 || bytes[at + 1] === 0xff)) at++;
    if (at > start && bytes[start] !== 0xff) done.add("stray bytes between segments");
    const marker = bytes[at + 1];
    if (marker === undefined) break;
    if (marker === 0xd9) {
      out.push(bytes.subarray(at));
      return { bytes: concatenated(out), done: [...done] };
    }
    const length = (bytes[at + 2] << 8) | bytes[at + 3];
    const end = at + 2 + length;
    if (!(length >= 2) || end > bytes.length) return undefined;
    const segment = bytes.slice(at, end);
    if (sof(marker)) sequential = marker <= 0xc1;
    const text = String.fromCharCode(...segment.subarray(4, 16));
    if (marker === 0xe0 && text.startsWith("JFIF\0") && segment[9] !== 1) {
      segment[9] = 1;
      done.add("an unknown JFIF revision");
    }
    // Profiles are not applied, so a damaged one can be dropped.
    if (marker === 0xe2 && text.startsWith("ICC_PROFILE")) {
      at = end;
      continue;
    }
    at = end;
    if (marker === 0xda) {
      const tail = 5 + 2 * segment[4];
      if (segment.length < 6 || tail + 3 > segment.length) return undefined;
      if (sequential && (segment[tail] !== 0 || segment[tail + 1] !== 63 || segment[tail + 2] !== 0)) {
        segment.set([0, 63, 0], tail);
        done.add("the spectral selection of a sequential scan");
      }
      out.push(segment);
      at = endOfScan(bytes, end);
      out.push(bytes.subarray(end, at));
    } else out.push(segment);
  }
  done.add("a missing end-of-image marker");
  out.push(Uint8Array.of(0xff, 0xd9));
  return { bytes: concatenated(out), done: [...done] };
}

/** The end of entropy-coded data: a marker that is neither a stuffed zero nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    if (bytes[at] !== 0xff) continue;
    const next = bytes[at + 1];
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return bytes.length;
}
