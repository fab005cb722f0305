/** JPEG-LS (ITU T.87): lossless and near-lossless, 2 to 16 bits; no, line or sample interleaving. */
import { codecError, type Picture } from "./frame.ts";
import { decodeLsScan, defaultPreset, type Preset } from "./jpeg-ls-scan.ts";

interface Frame {
  readonly precision: number;
  readonly width: number;
  readonly height: number;
  /** Identifiers, in order. */
  readonly components: readonly number[];
}

/** Interleave mode of a scan (T.87 C.2.3): 0 none, 1 by line, 2 by sample. */
const bySample = 2;

/** @returns `[height, width, components]`, `Uint8Array` up to 8 bits, `Uint16Array` above. Throws `dicom/codec`. */
export function decodeJpegLs(bytes: Uint8Array): Picture {
  let frame: Frame | undefined;
  let stated: Preset | undefined;
  let data: Uint8Array | Uint16Array | undefined;
  const done = new Set<number>();
  let at = 0;
  const u16 = (i: number) => (bytes[i] << 8) | bytes[i + 1];
  while (at + 2 <= bytes.length) {
    // Between segments; the bytes of a scan are skipped below.
    if (bytes[at] !== 0xff || bytes[at + 1] < 0x80 || bytes[at + 1] === 0xff) {
      at++;
      continue;
    }
    const marker = bytes[at + 1];
    at += 2;
    if (marker === 0xd9) break;
    if (marker === 0xd8) continue;
    const body = at + 2;
    const end = at + 2 <= bytes.length ? at + u16(at) : bytes.length + 1;
    if (end < body || end > bytes.length) throw codecError("JPEG-LS", "a marker segment is truncated");
    if (marker === 0xf7) {
      if (frame !== undefined) throw codecError("JPEG-LS", "there are two frame headers");
      frame = readFrame(bytes, body, end);
    } else if (marker === 0xf8) stated = readPreset(bytes, body, end);
    else if (marker === 0xdd && bytes.subarray(body, end).some((byte) => byte !== 0))
      throw codecError("JPEG-LS", "restart intervals are not supported");
    else if (marker === 0xe8 && end - body >= 5 && isTransformed(bytes, body))
      throw codecError("JPEG-LS", "a non-standard colour transform is not supported");
    else if (marker === 0xda) {
      if (frame === undefined) throw codecError("JPEG-LS", "a scan comes before the frame header");
      const { width, height, precision, components } = frame;
      data ??= new (precision <= 8 ? Uint8Array : Uint16Array)(width * height * components.length);
      const stop = nextMarker(bytes, end);
      for (const component of decodeScan(bytes, body, end, stop, frame, stated, data)) {
        if (done.has(component)) throw codecError("JPEG-LS", "a component is listed twice");
        done.add(component);
      }
      at = stop;
      continue;
    }
    at = end;
  }
  if (frame === undefined || data === undefined || done.size < frame.components.length)
    throw codecError("JPEG-LS", "the image is not complete", `${done.size} components`);
  const { width, height, precision, components } = frame;
  return { width, height, components: components.length, precision, data };
}

function readFrame(bytes: Uint8Array, at: number, end: number): Frame {
  const precision = bytes[at];
  const height = (bytes[at + 1] << 8) | bytes[at + 2];
  const width = (bytes[at + 3] << 8) | bytes[at + 4];
  const count = bytes[at + 5];
  if (at + 6 + 3 * count > end || count < 1 || count > 4) throw codecError("JPEG-LS", "the frame header is damaged");
  if (precision < 2 || precision > 16 || width === 0 || height === 0)
    throw codecError("JPEG-LS", "the frame header has invalid values", `${width} x ${height}, ${precision} bits`);
  const components = Array.from({ length: count }, (_, i) => {
    if (bytes[at + 7 + 3 * i] !== 0x11) throw codecError("JPEG-LS", "subsampled components are not supported");
    return bytes[at + 6 + 3 * i];
  });
  if (new Set(components).size < count) throw codecError("JPEG-LS", "two components have the same identifier");
  return { precision, width, height, components };
}

/** LSE (T.87 C.2.4); zeros mean the defaults and are filled in when the scan's error bound is known. */
function readPreset(bytes: Uint8Array, at: number, end: number): Preset {
  if (bytes[at] !== 1 || end < at + 11)
    throw codecError("JPEG-LS", "palettes and oversize images are not supported", `LSE of kind ${bytes[at]}`);
  const [maxValue, t1, t2, t3, reset] = [1, 3, 5, 7, 9].map((i) => (bytes[at + i] << 8) | bytes[at + i + 1]);
  return { maxValue, t1, t2, t3, reset };
}

function completePreset(stated: Preset | undefined, precision: number, near: number): Preset {
  const maxValue = stated?.maxValue || 2 ** precision - 1;
  if (near > Math.min(255, maxValue >> 1)) throw codecError("JPEG-LS", "the error bound is invalid", `${near}`);
  const defaults = defaultPreset(maxValue, near);
  const t1 = stated?.t1 || defaults.t1;
  const t2 = stated?.t2 || defaults.t2;
  const t3 = stated?.t3 || defaults.t3;
  const reset = stated?.reset || defaults.reset;
  const ordered = near < t1 && t1 <= t2 && t2 <= t3 && t3 <= maxValue;
  if (maxValue >= 2 ** precision || !ordered || reset < 3 || reset > Math.max(255, maxValue))
    throw codecError("JPEG-LS", "the coding parameters are invalid", [maxValue, t1, t2, t3, reset].join(" "));
  return { maxValue, t1, t2, t3, reset };
}

/** APP8 `mrfx`: Hewlett-Packard's transforms, 0 for none. */
function isTransformed(bytes: Uint8Array, at: number): boolean {
  return String.fromCharCode(...bytes.subarray(at, at + 4)) === "mrfx" && bytes[at + 4] !== 0;
}

/** The end of the entropy-coded bytes: within them 0xFF is followed by a byte whose highest bit is clear. */
function nextMarker(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(0xff, from);
  while (at >= 0 && at + 1 < bytes.length && bytes[at + 1] < 0x80) at = bytes.indexOf(0xff, at + 1);
  return at < 0 ? bytes.length : at;
}

/** @returns the indices of the components in the scan; their samples are written to `data`. */
function decodeScan(
  bytes: Uint8Array,
  at: number,
  end: number,
  stop: number,
  { width, height, precision, components }: Frame,
  stated: Preset | undefined,
  data: Uint8Array | Uint16Array,
): number[] {
  const count = bytes[at];
  const tail = at + 1 + 2 * count;
  if (count < 1 || count > 4 || tail + 3 > end) throw codecError("JPEG-LS", "a scan header is damaged");
  const places = Array.from({ length: count }, (_, i) => {
    const place = components.indexOf(bytes[at + 1 + 2 * i]);
    if (place < 0) throw codecError("JPEG-LS", "a scan names a component the frame does not have");
    if (bytes[at + 2 + 2 * i] !== 0) throw codecError("JPEG-LS", "palettes are not supported");
    return place;
  });
  const [near, interleave, transform] = bytes.subarray(tail, tail + 3);
  if (transform !== 0) throw codecError("JPEG-LS", "point transforms are not supported");
  if (interleave > bySample || (count > 1 && interleave === 0))
    throw codecError("JPEG-LS", "the interleave mode is invalid", `${interleave} with ${count} components`);
  const preset = completePreset(stated, precision, near);
  const scan = { width, height, places, bySample: count > 1 && interleave === bySample, preset, near };
  decodeLsScan(bytes.subarray(end, stop), scan, components.length, data);
  return places;
}
