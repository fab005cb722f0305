/** Image formats by their first bytes. */

export type PhotoFormat = "jpeg" | "png" | "tiff" | "webp" | "gif" | "avif";

/** The format according to a file's first 64 bytes (or more); undefined if unknown. */
export function photoFormat(head: Uint8Array): PhotoFormat | undefined {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  const text = (at: number, word: string) => [...word].every((c, i) => head[at + i] === c.charCodeAt(0));
  if (starts(0xff, 0xd8, 0xff)) return "jpeg";
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (text(0, "RIFF") && text(8, "WEBP")) return "webp";
  if (text(0, "GIF8")) return "gif";
  if (starts(0x49, 0x49, 42, 0) || starts(0x4d, 0x4d, 0, 42) || starts(0x49, 0x49, 43, 0) || starts(0x4d, 0x4d, 0, 43))
    return "tiff";
  return heifBrands(head).some((brand) => brand === "avif" || brand === "avis") ? "avif" : undefined;
}

const heicBrands = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "msf1"]);

/** A HEIC photograph: the same container as AVIF, with a codec (HEVC) that free libraries cannot include. */
export function isHeic(head: Uint8Array): boolean {
  const brands = heifBrands(head);
  return photoFormat(head) === undefined && brands.some((brand) => heicBrands.has(brand));
}

/** The major and compatible brands of an ISO base media file (ISO/IEC 14496-12, 4.3). */
function heifBrands(head: Uint8Array): string[] {
  const word = (at: number) => String.fromCharCode(...head.subarray(at, at + 4));
  if (head.length < 16 || word(4) !== "ftyp") return [];
  const end = Math.min(head.length, (head[2] << 8) | head[3], 256);
  const brands = [word(8)];
  for (let at = 16; at + 4 <= end; at += 4) brands.push(word(at));
  return brands;
}

/** What to do with a HEIC photograph. */
export const heicHint =
  "Convert it first: `heif-convert photo.heic photo.jpg` (libheif), `magick photo.heic photo.jpg` (ImageMagick), or on a Mac `sips -s format jpeg photo.heic --out photo.jpg`.";
