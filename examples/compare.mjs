// Two studies in time. These are films of an adult and nano learned children's: without `anyway` it refuses, with it the answer is branded.
//
//     node examples/compare.mjs
import { compare, loadModel, openStudy } from "polyclinic";

const prior = await openStudy("samples/chest-pair/1-prior.jpg");
const current = await openStudy("samples/chest-pair/2-current.jpg");
const model = await loadModel("nano");
const { answer, cautions } = await compare({ prior, current }, model, { finding: "pneumonia", anyway: true });
await model.close();

console.log(cautions[0]);
console.log(answer.course, answer.probabilities);
