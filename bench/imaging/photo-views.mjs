/** Our side of `photo-views`, in a process of its own: `node photo-views.mjs folder count`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readPhoto } from "../../dist/imaging/photo/index.js";
import { resizeToSquare } from "../../dist/imaging/resize/index.js";

const [folder, count] = [process.argv[2], Number(process.argv[3])];
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.jpe?g$/i.test(name))
  .sort()
  .slice(0, count);
const atOnce = 4;
const means = [];
const start = performance.now();
const used = process.cpuUsage();
let checking = 0;
let next = 0;
const reader = async () => {
  while (next < files.length) {
    const i = next++;
    const view = resizeToSquare(await readPhoto(join(folder, files[i])), 896);
    if (i % 50 === 0) {
      const from = performance.now();
      means[i / 50] = view.data.reduce((sum, value) => sum + value, 0) / view.data.length;
      checking += performance.now() - from;
    }
  }
};
await Promise.all(Array.from({ length: atOnce }, reader));
const seconds = (performance.now() - start - checking) / 1000;
const { user, system } = process.cpuUsage(used);
const cpuSeconds = (user + system) / 1e6 - checking / 1000;
console.log(JSON.stringify({ seconds, cpuSeconds, peakMiB: process.resourceUsage().maxRSS / 1024, means }));
