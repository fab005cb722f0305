// A volume: which slices the model was shown; and a refusal, since nano was not trained on volumes. With `anyway` it answers, branded as out of
// scope; a MedGemma checkpoint has volumes in its scope.
//
//     node examples/volume.mjs
import { ask, loadModel, openStudy } from "polyclinic";

const study = await openStudy("samples/hippocampus.nii.gz", { modality: "MR" });
const model = await loadModel("nano");
const question = "What is the volume of the anterior hippocampus and of the posterior hippocampus in mm3?";
const { parse, saw, refusal } = await ask(study, model, { question });
const demanded = await ask(study, model, { question, anyway: true });
await model.close();

console.log("slices", saw.images.map(({ index }) => index).join(" "));
console.log(parse.status, refusal?.reasons[0].message);
console.log(demanded.cautions?.[0]);
