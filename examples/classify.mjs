// Labels weighed against each other, and each on its own; probabilities come from the model's likelihoods.
//
//     node examples/classify.mjs
import { classify, loadModel, openStudy } from "polyclinic";

const study = await openStudy("samples/chest-xray.jpg");
const model = await loadModel("nano");

const one = await classify(study, model, { labels: ["normal", "pneumonia"] });
for (const { label, probability } of one.answer.probabilities) console.log(label, probability.toFixed(3));

const labels = ["bacterial pneumonia", "viral pneumonia"];
const each = await classify(study, model, { labels, multi: true, threshold: 0.5 });
console.log("present:", each.answer.labels.join(", ") || "none");
await model.close();
