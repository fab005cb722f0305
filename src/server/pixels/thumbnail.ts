/** Small images for lists. */
import sharp from "sharp";
import { reduced } from "../../study/display/pixels.ts";
import type { OpenedPart } from "./opened.ts";

/** @returns a PNG at most `side` wide and high; undefined for parts without pixels. */
export async function thumbnail(opened: OpenedPart, side = 192): Promise<Buffer | undefined> {
  const { manifest } = opened;
  if (manifest.kind === "slide") {
    const { part } = opened;
    if (part?.kind !== "slide") return undefined;
    const { slide } = part;
    const last = slide.levels.length - 1;
    const { width, height } = slide.levels[last];
    const region = await slide.readRegion(last, 0, 0, Math.min(width, 4096), Math.min(height, 4096));
    return sharp(region.data, { raw: { width: region.width, height: region.height, channels: region.channels } })
      .resize(side, side, { fit: "inside" })
      .png()
      .toBuffer();
  }
  if (!["image", "volume", "video", "document"].includes(manifest.kind)) return undefined;
  const z = manifest.volume === undefined ? 0 : Math.floor(manifest.volume.shape[0] / 2);
  const full = await opened.pixels(z);
  const [window] = manifest.windows ?? [];
  const [low, high] =
    manifest.kind === "volume" && window !== undefined
      ? [window.center - window.width / 2, window.center + window.width / 2]
      : (full.range ?? spread(full.data));
  // The window is applied to few pixels: to not less than twice the thumbnail's side.
  const { width, height, channels, data, inverted } = reduced(
    full,
    Math.floor(Math.min(full.width, full.height) / (2 * side)),
  );
  const scale = 255 / (high - low || 1);
  const bytes = Uint8Array.from(data, (value) => {
    const byte = Math.max(0, Math.min(255, Math.round((value - low) * scale)));
    return inverted ? 255 - byte : byte;
  });
  return sharp(bytes, { raw: { width, height, channels } }).resize(side, side, { fit: "inside" }).png().toBuffer();
}

function spread(data: ArrayLike<number>): [number, number] {
  const sample = Array.from(
    { length: Math.min(data.length, 4096) },
    (_, i) => data[Math.floor((i * data.length) / 4096)],
  )
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return [sample[Math.floor(sample.length * 0.01)] ?? 0, sample[Math.floor(sample.length * 0.99)] ?? 1];
}
