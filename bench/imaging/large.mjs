/**
 * `large-png`, `large-jpeg`, `large-tiff`: a picture of 16,384 x 16,384 pixels from its file to 896 x 896, with the time of each step and the peak of
 * memory. The pixels alone are 768 MiB. `POLYCLINIC_SIDE` sets another side.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { ours } from "./child.mjs";

const side = Number(process.env.POLYCLINIC_SIDE ?? 16_384);
const formats = {
  png: (picture) => picture.png({ compressionLevel: 1 }),
  jpeg: (picture) => picture.jpeg(),
  tiff: (picture) => picture.tiff({ compression: "lzw", tile: true }),
};

/** @param {{ only?: string, log?: (line: string) => void }} options */
export async function rows({ only, log = () => {} } = {}) {
  const found = [];
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-large-"));
  try {
    for (const [format, written] of Object.entries(formats)) {
      if (only !== undefined && only !== `large-${format}`) continue;
      const path = join(folder, `large.${format}`);
      log(`writing ${side} x ${side} pixels as ${format}`);
      await written(
        sharp(await pattern(), { limitInputPixels: false }).resize(side, side, { kernel: "nearest" }),
      ).toFile(path);
      const { seconds, cpuSeconds, resizeCpuSeconds, peakMiB, sum } = await ours("large-image.mjs", path);
      found.push({
        id: `large-${format}`,
        ours: seconds,
        unit: "s",
        note: `processor ${cpuSeconds.toFixed(1)} s, of these the resize ${resizeCpuSeconds.toFixed(2)}; peak ${Math.round(peakMiB)} MiB; sum of the bytes ${sum}`,
      });
      await rm(path);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return found;
}

/** Colours that change in both directions, the same in every run. */
function pattern() {
  const width = 512;
  const data = Uint8Array.from({ length: width * width * 3 }, (_, i) => (Math.imul(i + 1, 2654435761) >>> 13) & 255);
  return sharp(data, { raw: { width, height: width, channels: 3 } })
    .png()
    .toBuffer();
}
