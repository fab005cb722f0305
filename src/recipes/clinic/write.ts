/**
 * `npm run clinic -- OUT [--cases 200]`: writes the clinic's texts, for testing a strategy on your own model with known
 * answers: `books/` (encyclopaedia), `guidelines/`, `exam.jsonl` (a benchmark), `exam.yaml` (its definition),
 * `learn.jsonl` and `held-out.jsonl` (for self-training), `notes.txt`, `dialogues.txt`, and `rates.csv` and `rates.json`, from which the posterior can be computed.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Random } from "../../base/random.ts";
import { dialogueOf, encyclopaediaPage, guidelinePage, ratesJson, rateTable } from "./text/books.ts";
import { examPrompt, whichDisease } from "./text/questions.ts";
import { noteOf, vignetteOf } from "./text/sentences.ts";
import { drawExam, examSet, letters } from "./world/exam.ts";
import { drawDisease, drawPatient } from "./world/patient.ts";
import { heldOutDiseases, knownDiseases } from "./world/world.ts";

const seed = 101;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { cases: { type: "string", default: "200" } },
  });
  const [out] = positionals;
  const count = Number(values.cases);
  if (out === undefined || !(count > 0)) throw new Error("usage: npm run clinic -- OUT [--cases 200]");
  const all = [...knownDiseases, ...heldOutDiseases];
  for (const folder of ["books", "guidelines"]) await mkdir(join(out, folder), { recursive: true });
  for (const disease of all)
    for (const [folder, { name, text }] of [
      ["books", encyclopaediaPage(disease)],
      ["guidelines", guidelinePage(disease)],
    ] as const)
      await writeFile(join(out, folder, name), text);
  const items = examSet(seed, count, knownDiseases).map(({ patient, options, correct }, i) => ({
    id: `clinic-${i + 1}`,
    context: vignetteOf(patient),
    question: whichDisease,
    ...Object.fromEntries(options.map(({ name }, o) => [letters[o], name])),
    answer: letters[correct],
  }));
  await writeFile(join(out, "exam.jsonl"), items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  // For self-training: patients that the model was trained on are drawn anew, those it is measured on are of the split's test side.
  const fresh = new Random(seed + 2);
  const learned = Array.from({ length: count }, () => drawExam(fresh, knownDiseases, "train"));
  for (const [name, exams] of [
    ["learn.jsonl", learned],
    ["held-out.jsonl", examSet(seed, count, knownDiseases)],
  ] as const)
    await writeFile(
      join(out, name),
      exams
        .map(({ patient, options, correct }) => {
          const names = options.map((disease) => disease.name);
          const prompt = examPrompt(vignetteOf(patient), whichDisease, names);
          return `${JSON.stringify({ prompt, answer: letters[correct] })}\n`;
        })
        .join(""),
    );
  const random = new Random(seed + 1);
  const patients = Array.from({ length: count }, () => drawPatient(random, drawDisease(random, knownDiseases)));
  await writeFile(join(out, "notes.txt"), patients.map((patient) => `${noteOf(patient)}\n`).join(""));
  await writeFile(join(out, "dialogues.txt"), patients.map((patient) => dialogueOf(patient)).join("\n"));
  await writeFile(join(out, "rates.csv"), `${rateTable(all)}\n`);
  await writeFile(join(out, "rates.json"), `${JSON.stringify(ratesJson(all), undefined, 2)}\n`);
}

await main();
