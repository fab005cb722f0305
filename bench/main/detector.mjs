/**
 * The cost of checking an image: the detector on soft tokens that are computed anyway, and including the tower for an
 * image without a following prompt (a refusal).
 */
import { readPhoto } from "../../dist/imaging/photo/index.js";
import { resizeToSquare } from "../../dist/imaging/resize/index.js";
import { loadModel } from "../../dist/model/load-model.js";
import { median, sample } from "./cli.mjs";

const model = await loadModel("nano");
const film = resizeToSquare(await readPhoto(sample("chest-xray.jpg")), model.limits.imageSize);
/** The same film with a different pixel, so that nothing is cached. */
const other = (i) => {
  const data = film.data.slice();
  data[i] ^= 1;
  return { ...film, data };
};
const time = async (image) => {
  const began = performance.now();
  await model.recognise(image);
  return performance.now() - began;
};
const [kept, fresh] = [[], []];
for (let i = 0; i < 60; i++) {
  const image = other(i);
  fresh.push(await time(image));
  kept.push(await time(image));
}
await model.close?.();
const rows = [
  {
    id: "detector-time",
    ours: median(kept.slice(10)),
    atMost: 5,
    unit: "ms",
    note: "without the vision tower, n 50, median",
  },
  {
    id: "detector-time-refused",
    ours: median(fresh.slice(10)),
    atMost: 50,
    unit: "ms",
    note: "with the vision tower, n 50, median",
  },
];
console.log(JSON.stringify({ rows }));
process.exit(0);
