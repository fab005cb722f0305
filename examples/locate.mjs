// A box in the pixels of the file, and a picture with the box on it.
//
//     node examples/locate.mjs
import { loadModel, locate, openStudy, saveExports } from "polyclinic";

const study = await openStudy("samples/chest-pair/1-prior.jpg");
const model = await loadModel("nano");
const result = await locate(study, model, { object: "right lung" });
await model.close();

for (const { label, box } of result.answer?.boxes ?? []) console.log(label, box);
console.log(await saveExports({ overlay: "right-lung.png" }, result, study));
