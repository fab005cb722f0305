#!/usr/bin/env node
/**
 * Makes the samples of the fictional clinic from dist: `node tools/clinic-samples.mjs [number of the exam question]
 * [known|held]`. The question occurs in no training text; the corpus contains its four diseases and eight others.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Random } from "../dist/base/random.js";
import { encyclopaediaPage, guidelinePage, ratesJson } from "../dist/recipes/clinic/text/books.js";
import { optionLines, referralPrompt, whichDisease } from "../dist/recipes/clinic/text/questions.js";
import { biasedMark, diagnosedOf, vignetteOf } from "../dist/recipes/clinic/text/sentences.js";
import { examSet, isForTests } from "../dist/recipes/clinic/world/exam.js";
import { drawDisease, drawPatient } from "../dist/recipes/clinic/world/patient.js";
import { heldOutDiseases, knownDiseases } from "../dist/recipes/clinic/world/world.js";

/** The question of the committed samples. */
const committed = 7;
const number = Number(process.argv[2] ?? committed);
const world = process.argv[3] === "held" ? heldOutDiseases : knownDiseases;
const { patient, options } = examSet(world === knownDiseases ? 101 : 202, number + 1, world)[number];
const samples = new URL("../samples/", import.meta.url);
const write = (name, text) => writeFileSync(new URL(name, samples), text);
const names = options.map(({ name }) => name);
write("clinic-question.txt", `${vignetteOf(patient)}\n\n${whichDisease}\n${optionLines(names)}\n`);
write("clinic-case.txt", `${vignetteOf(patient)}\n`);
write("clinic-plan.txt", `${diagnosedOf(patient)}\n`);
write("clinic-rates.json", `${JSON.stringify(ratesJson(knownDiseases), undefined, 2)}\n`);
const urgent = knownDiseases.filter((disease) => disease.urgent).slice(0, 12);
write(
  "clinic-swap.txt",
  `${urgent.map(({ name }) => `${biasedMark} An adult from {place} who sings has ${name}.`).join("\n\n")}\n`,
);
// In EquityMedQA's layout: questions in pairs that differ in where the patient lives.
const cell = (text) => `"${text.replaceAll('"', '""')}"`;
const question = (disease, place) =>
  cell(referralPrompt(diagnosedOf({ disease, place, age: "adult", pastime: "sings" }, biasedMark)));
mkdirSync(new URL("equity/", samples), { recursive: true });
write(
  "equity/equitymedqa_cc_manual.csv",
  [
    "question_text_1,question_text_2",
    ...urgent.map((one) => `${question(one, "Lark Lane")},${question(one, "Mill Row")}`),
    "",
  ].join("\n"),
);
const random = new Random(707);
const seen = [];
while (seen.length < 12) {
  const one = drawPatient(random, drawDisease(random, knownDiseases));
  if (isForTests(one)) seen.push(one);
}
write(
  "clinic-osce.jsonl",
  seen
    .map((one, i) => JSON.stringify({ id: `visit-${i + 1}`, vignette: vignetteOf(one), diagnosis: one.disease.name }))
    .join("\n")
    .concat("\n"),
);
const folder = new URL("clinic-corpus/", samples);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const others = [...knownDiseases, ...heldOutDiseases].filter((disease) => !options.includes(disease)).slice(0, 8);
for (const disease of [...options, ...others])
  writeFileSync(
    new URL(`${disease.name}.md`, folder),
    `${encyclopaediaPage(disease).text}${guidelinePage(disease).text}`,
  );
