// Many studies: the next one is read while the model answers the last, and one that cannot be read is its own failure.
//
//     node examples/batch.mjs
import { readdir } from "node:fs/promises";
import { classify, layOut, loadModel, openStudy } from "polyclinic";

const folder = "samples/chest-pair";
const files = (await readdir(folder)).sort().map((name) => `${folder}/${name}`);
const model = await loadModel("nano");
const read = async (file) => file && layOut(await openStudy(file), model);

let next = read(files[0]);
for (const [i, file] of files.entries()) {
  const layout = await next.catch((error) => console.error(error.message));
  next = read(files[i + 1]);
  next.catch(() => {});
  if (layout === undefined) continue;
  const { answer } = await classify(layout, model, { labels: ["normal", "pneumonia"] });
  console.log(file, answer.labels[0]);
}
await model.close();
