// Questions about one X-ray; generated text is streamed, a closed answer has probabilities instead. The image is encoded once: later questions start after it.
//
//     node examples/ask.mjs
import { ask, layOut, loadModel, openStudy, prefillLayout } from "polyclinic";

const study = await openStudy("samples/chest-xray.jpg");
const model = await loadModel("nano");
const layout = await prefillLayout(await layOut(study, model), model);

for (const question of ["Is there pneumonia?", "Describe this X-ray."]) {
  console.log(question);
  const { answer, cautions } = await ask(layout, model, { question, onText: (text) => process.stdout.write(text) });
  for (const { label, probability } of answer.probabilities ?? []) console.log(label, probability.toFixed(3));
  console.log(`\n-> ${answer.answer}`, cautions?.[0] ?? "");
}
await layout.close();
await model.close();
