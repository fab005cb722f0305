/**
 * `follow-up`, `follow-up-volume`: a second question on a kept layout against the first, which lays it out, encodes and
 * prefills it; study and model are open before both. Each round uses a new layout, so that nothing is cached from the
 * previous one.
 */
import { ask, layOut, loadModel, openStudy, prefillLayout } from "../../dist/index.js";
import { median, sample, turns } from "./cli.mjs";

const cases = [
  {
    id: "follow-up",
    file: "chest-xray.jpg",
    questions: ["Is there pneumonia?", "Is there viral pneumonia?"],
    words: "one radiograph",
  },
  {
    id: "follow-up-volume",
    file: "head-mri.zip",
    questions: ["Is there a mass?", "Is there a bleeding?"],
    words: "an MRI series",
  },
];

const rows = [];
for (const { id, file, questions, words } of cases) {
  const study = await openStudy(sample(file));
  const first = [];
  const second = [];
  let tokens;
  for (let i = 0; i <= turns; i++) {
    const model = await loadModel("nano");
    const began = performance.now();
    const layout = await prefillLayout(await layOut(study, model), model);
    const one = await ask(layout, model, { question: questions[0], maxTokens: 8 });
    const between = performance.now();
    const two = await ask(layout, model, { question: questions[1], maxTokens: 8 });
    const end = performance.now();
    await layout.close();
    await model.close();
    tokens = [one, two].map(({ usage }) => usage);
    if (i === 0) continue; // The first round compiles this process's own code.
    first.push(between - began);
    second.push(end - between);
  }
  await study.close();
  rows.push({
    id,
    ours: median(first) / median(second),
    atLeast: 5,
    unit: "x",
    note:
      `${words}: ${Math.round(median(first))} ms, then ${Math.round(median(second))} ms; the follow-up computes ` +
      `${tokens[1].promptTokens - tokens[1].cachedTokens} of ${tokens[1].promptTokens} prompt tokens and writes ${tokens[1].completionTokens}`,
  });
}
console.log(JSON.stringify({ rows }));
