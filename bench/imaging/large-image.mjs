/** `node large-image.mjs file`: reads one picture and resizes it to the model's square. */
import { readPhoto } from "../../dist/imaging/photo/index.js";
import { resizeToSquare } from "../../dist/imaging/resize/index.js";

const processor = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
};
const start = performance.now();
const image = await readPhoto(process.argv[2], { maxPixels: 2 ** 30 });
const before = process.cpuUsage();
const { data } = resizeToSquare(image, 896);
const resizeCpuSeconds = processor(before);
const seconds = (performance.now() - start) / 1000;
const sum = data.reduce((all, value, i) => (all + value * (1 + (i % 7))) % 1e9, 0);
console.log(
  JSON.stringify({
    seconds,
    cpuSeconds: processor(),
    resizeCpuSeconds,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    sum,
  }),
);
