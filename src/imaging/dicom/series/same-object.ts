/**
 * Whether objects with the same SOPInstanceUID are identical: usually they are copies, but some de-identification
 * software gives a whole series one UID.
 */
import { createHash } from "../../../base/host/hash.ts";
import { locateFrames, readFrameBytes } from "../pixels/frames.ts";
import { type DicomInstance, slicesOf } from "./instance.ts";

/**
 * A digest over the frames' positions, distinguishing attributes and encoded pixels; other header values may differ
 * between copies.
 */
export async function contentOf(instance: DicomInstance): Promise<string> {
  const hash = createHash("sha256");
  for (const { position, orientation, rows, columns, traits } of slicesOf(instance))
    hash.update(JSON.stringify([position, orientation, rows, columns, traits]));
  try {
    const frames = await locateFrames(instance.file, instance.source);
    for (const frame of frames.ranges.keys()) hash.update(await readFrameBytes(frames, frame));
  } catch {
    // Pixel data that cannot be located is reported when it is decoded; until then such files are treated as different.
    hash.update(instance.source.name);
  }
  return hash.digest("hex");
}
