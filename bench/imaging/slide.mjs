/**
 * `slide-patches`, `slide-memory`: 126 model-ready patches (896 x 896 RGB at 1 micron per pixel, raster order) from a 40,000 x 30,000
 * pyramid of JPEG tiles at 0.5 micron per pixel, against OpenSlide + Pillow. Both open the slide, read, and hand each patch on
 * without keeping it; the peer runs with one thread and with two, and its better figure counts. The pyramid is written by libvips, which neither side owns.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { ours, peer } from "./child.mjs";

const [width, height] = [40_000, 30_000];
const rounds = 3;

/** @param {{ data?: string, log?: (line: string) => void }} options */
export async function rows({ log = () => {} } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-slide-"));
  try {
    log(`writing a pyramid of ${width} x ${height} pixels`);
    const path = join(folder, "pyramid.tif");
    await writePyramid(path);
    const mine = [];
    const theirs = [[], []];
    for (let round = 0; round < rounds; round++) {
      mine.push(await ours("slide-patches.mjs", path));
      for (const [i, threads] of ["1", "2"].entries()) {
        const other = await peer("slide_patches.py", log, path, threads);
        if (other === undefined)
          return [row("slide-patches", "s", mine, [], "seconds"), row("slide-memory", "MiB", mine, [], "peakMiB")];
        if (other.checksum !== mine[0].checksum) throw new Error("the two readers returned different pixels");
        theirs[i].push(other);
      }
    }
    const better = (key) => theirs.reduce((a, b) => (median(b, key) < median(a, key) ? b : a));
    return [
      row("slide-patches", "s", mine, better("seconds"), "seconds"),
      row("slide-memory", "MiB", mine, better("peakMiB"), "peakMiB"),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Medians of the rounds; the ratio says how many times less we need. */
function row(id, unit, mine, theirs, key) {
  const our = median(mine, key);
  if (theirs.length === 0) return { id, ours: our, unit };
  const their = median(theirs, key);
  return { id, ours: our, peer: their, peerName: theirs[0].name, unit, ratio: their / our };
}

function median(runs, key) {
  return runs.map((run) => run[key]).sort((a, b) => a - b)[runs.length >> 1];
}

/** Coloured noise with the grain of a stained section, repeated: about 1.5 bits a pixel at quality 80, like a real scan. */
async function writePyramid(path) {
  const tile = { width: 2000, height: 1500 };
  const noise = Buffer.alloc(tile.width * tile.height * 3);
  let state = 12345;
  for (let i = 0; i < noise.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    noise[i] = 120 + (state >>> 25);
  }
  const texture = await sharp(noise, { raw: { ...tile, channels: 3 } })
    .blur(2)
    .linear([2.5, 3, 2.5], [-250, -350, -200])
    .png({ compressionLevel: 1 })
    .toBuffer();
  await sharp({ create: { width, height, channels: 3, background: "white" }, limitInputPixels: false })
    .composite([{ input: texture, tile: true }])
    .tiff({
      compression: "jpeg",
      quality: 80,
      tile: true,
      tileWidth: 256,
      tileHeight: 256,
      pyramid: true,
      bigtiff: true,
      resolutionUnit: "cm",
      xres: 2000,
      yres: 2000,
    })
    .toFile(path);
}
