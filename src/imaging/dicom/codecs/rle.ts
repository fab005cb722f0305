/** RLE Lossless (PS3.5 annex G): byte planes, most significant first, each packed by the PackBits scheme. */
import { codecError } from "./frame.ts";

/**
 * @param size pixels of the frame. @param samples per pixel. @param bytesPerSample 1, 2 or 4.
 * @returns samples interleaved by pixel, little endian.
 */
export function decodeRle(encoded: Uint8Array, size: number, samples: number, bytesPerSample: number): Uint8Array {
  const planes = samples * bytesPerSample;
  if (encoded.length < 64) throw codecError("RLE", "the frame is shorter than its header", `${encoded.length} bytes`);
  const header = new DataView(encoded.buffer, encoded.byteOffset, 64);
  const segments = header.getUint32(0, true);
  if (segments !== planes)
    throw codecError("RLE", `${planes} byte planes are needed`, `${segments} segments in the header`);
  const pixel = samples * bytesPerSample;
  const out = new Uint8Array(size * pixel);
  for (let plane = 0; plane < planes; plane++) {
    const start = header.getUint32(4 + plane * 4, true);
    const end = plane + 1 < planes ? header.getUint32(8 + plane * 4, true) : encoded.length;
    if (start < 64 || start > end || end > encoded.length)
      throw codecError("RLE", "a segment lies outside the frame", `bytes ${start} to ${end} of ${encoded.length}`);
    const sample = Math.floor(plane / bytesPerSample);
    const byte = bytesPerSample - 1 - (plane % bytesPerSample);
    unpack(encoded, start, end, out, sample * bytesPerSample + byte, pixel, size);
  }
  return out;
}

function unpack(
  encoded: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  offset: number,
  step: number,
  count: number,
): void {
  let at = start;
  let written = 0;
  let to = offset;
  while (written < count && at < end) {
    const control = encoded[at++];
    if (control < 128) {
      const run = Math.min(control + 1, count - written, end - at);
      for (let i = 0; i < run; i++, to += step) out[to] = encoded[at + i];
      at += control + 1;
      written += run;
    } else if (control > 128 && at < end) {
      const run = Math.min(257 - control, count - written);
      const value = encoded[at++];
      for (let i = 0; i < run; i++, to += step) out[to] = value;
      written += run;
    }
  }
  if (written < count) throw codecError("RLE", `a byte plane needs ${count} bytes`, `${written}`);
}
