/**
 * `worker.mjs <folder of a build> follow-up|schema <model folder> <image>`: prints the answers as JSON and writes the processor seconds of the
 * answers alone to CPU_FILE. Uses the names of either build: `keepLayout`, `releaseLayout`, `closeStudy` before, `prefillLayout` and `close()` now.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";

const [folder, name, modelFolder, film] = process.argv.slice(2);
const polyclinic = await import(pathToFileURL(join(folder, "dist/index.js")).href);
const prefill = polyclinic.prefillLayout ?? polyclinic.keepLayout;
const study = await polyclinic.openStudy(film);
const model = await polyclinic.loadModel(modelFolder);
const layout = await prefill(await polyclinic.layOut(study, model), model);

const cases = {
  "follow-up": (i) => {
    const question = ["Is there viral pneumonia?", "Is there pneumonia?"][i % 2];
    return polyclinic.ask(layout, model, { question, maxTokens: 8 });
  },
  // Greedy: the rules of sampling have changed since, so that sampled texts have other lengths.
  schema: (i) => {
    const schema = z.object({ findings: z.array(z.string().max(24)).max(4), impression: z.string().max(60) });
    return polyclinic.extract(layout, model, { question: `What is seen (${i})?`, schema, maxTokens: 100 });
  },
};
/** Answers that are not measured: a grammar and the process's own code are compiled. */
const warmup = 3;
const count = 30;
const texts = [];
let began;
for (let i = -warmup; i < count; i++) {
  if (i === 0) began = process.cpuUsage();
  const { text, rawText } = await cases[name](i + warmup);
  if (i >= 0) texts.push(rawText ?? text);
}
const { user, system } = process.cpuUsage(began);
writeFileSync(process.env.CPU_FILE, JSON.stringify((user + system) / 1e6));
console.log(JSON.stringify({ texts }));
await model.close();
