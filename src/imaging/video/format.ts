/**
 * Recognises video containers by their first bytes: only those whose ffmpeg demuxer cannot refer to other files, as
 * playlists can.
 */
import { toLatin1 } from "../../base/host/octets.ts";

/** The name of ffmpeg's demuxer. */
export type VideoFormat = "mov" | "matroska" | "avi" | "mpeg";

/** @param head the first bytes of a file. HEIF images share MP4's container and must be recognised before. */
export function videoFormat(head: Uint8Array): VideoFormat | undefined {
  const text = (at: number, length: number) => toLatin1(head.subarray(at, at + length));
  if (["ftyp", "moov", "mdat", "wide"].includes(text(4, 4))) return "mov";
  if (text(0, 4) === "\x1a\x45\xdf\xa3") return "matroska";
  if (text(0, 4) === "RIFF" && text(8, 4) === "AVI ") return "avi";
  return text(0, 4) === "\0\0\x01\xba" ? "mpeg" : undefined;
}
