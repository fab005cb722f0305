/** Our side of `slide-patches`, in a process of its own: `node slide-patches.mjs slide.tif`. */
import { crc32 } from "node:zlib";
import { openSlide } from "../../dist/imaging/slide/index.js";

const [side, count, atOnce] = [896, 126, 4];
const start = performance.now();
const slide = await openSlide(process.argv[2]);
const level = slide.levels.findIndex(({ downsample }) => Math.abs(slide.mpp * downsample - 1) < 0.01);
const columns = Math.floor(slide.levels[level].width / side);
const patches = columns * Math.floor(slide.levels[level].height / side);
const chosen = Array.from({ length: count }, (_, i) => Math.floor((i * patches) / count));
let checksum = 0;
let next = 0;
let checking = 0;
const reader = async () => {
  while (next < count) {
    const i = next++;
    const x = (chosen[i] % columns) * side;
    const y = Math.floor(chosen[i] / columns) * side;
    const { data } = await slide.readRegion(level, x, y, side, side);
    if (i % 25 === 0) {
      const from = performance.now();
      checksum ^= crc32(data);
      checking += performance.now() - from;
    }
  }
};
await Promise.all(Array.from({ length: atOnce }, reader));
const seconds = (performance.now() - start - checking) / 1000;
await slide.close();
console.log(
  JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024, checksum: checksum >>> 0, patches: count }),
);
