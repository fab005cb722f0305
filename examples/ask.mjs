// Questions about one X-ray, the answers streamed. The image is encoded once: later questions start after it.
//
//     node examples/ask.mjs
import { ask, layOut, loadModel, openStudy, prefillLayout } from "polyclinic";

const study = await openStudy("samples/chest-xray.jpg");
const model = await loadModel("nano");
const layout = await prefillLayout(await layOut(study, model), model);

for (const question of ["Is there pneumonia?", "Is there viral pneumonia?"]) {
  console.log(question);
  const { answer, cautions } = await ask(layout, model, { question, onText: (text) => process.stdout.write(text) });
  console.log(`\n-> ${answer.answer}`, cautions?.[0] ?? "");
}
await layout.close();
await model.close();
