// Two studies in time.
//
//     node examples/compare.mjs
import { compare, loadModel, openStudy } from "polyclinic";

const prior = await openStudy("samples/chest-pair/1-prior.jpg");
const current = await openStudy("samples/chest-pair/2-current.jpg");
const model = await loadModel("nano");
const { answer } = await compare({ prior, current }, model, { finding: "pneumonia" });
await model.close();

console.log(answer.course, answer.probabilities);
