/** Picture formats by their first bytes. */

export type PhotoFormat = "jpeg" | "png" | "tiff" | "webp" | "gif";

/** The format a file's first 12 bytes (or more) announce; undefined when it is none of them. */
export function photoFormat(head: Uint8Array): PhotoFormat | undefined {
  const starts = (...bytes: number[]) => bytes.every((byte, i) => head[i] === byte);
  const text = (at: number, word: string) => [...word].every((c, i) => head[at + i] === c.charCodeAt(0));
  if (starts(0xff, 0xd8, 0xff)) return "jpeg";
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "png";
  if (text(0, "RIFF") && text(8, "WEBP")) return "webp";
  if (text(0, "GIF8")) return "gif";
  if (starts(0x49, 0x49, 42, 0) || starts(0x4d, 0x4d, 0, 42) || starts(0x49, 0x49, 43, 0) || starts(0x4d, 0x4d, 0, 43))
    return "tiff";
  return undefined;
}
