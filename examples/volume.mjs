// A volume: which slices the model was shown, and quantities read from what it wrote.
//
//     node examples/volume.mjs
import { ask, loadModel, openStudy } from "polyclinic";

const study = await openStudy("samples/hippocampus.nii.gz", { modality: "MR" });
const model = await loadModel("nano");
const question = "What is the volume of the anterior hippocampus and of the posterior hippocampus in mm3?";
const { answer, saw } = await ask(study, model, { question });
await model.close();

console.log("slices", saw.images.map(({ index }) => index).join(" "));
for (const { name, value, unit } of answer?.quantities ?? []) console.log(name, value, unit);
