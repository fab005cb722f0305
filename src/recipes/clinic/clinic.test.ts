import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { loadModel } from "../../model/index.ts";
import { strategyNamed, withStrategy } from "../../strategy/index.ts";
import { openStudy } from "../../study/index.ts";
import { caseAndQuestion } from "../../task/lettered.ts";
import { ask } from "../../task/verbs.ts";
import { Tokenizer } from "../../text/index.ts";
import { exampleAt } from "./train/examples.ts";
import { fingerprint } from "./train/run.ts";
import { examSet, isForTests } from "./world/exam.ts";
import { signs } from "./world/names.ts";
import { drawPatient, evidenceOf, informationGain, mostInformative, posterior } from "./world/patient.ts";
import { type Disease, heldOutDiseases, knownDiseases } from "./world/world.ts";

const examples = Array.from({ length: 1200 }, (_, i) => exampleAt(20261129, i * 17));

test("held-out diseases stand in no training example, and no training patient is for tests", () => {
  const all = examples.map(({ prompt, answer }) => `${prompt}\n${answer}`).join("\n");
  for (const { name } of heldOutDiseases) expect(all).not.toContain(name);
  for (const { name } of knownDiseases.slice(0, 5)) expect(all).toContain(name);
  const set = examSet(101, 50, knownDiseases);
  expect(set.every(({ patient }) => isForTests(patient))).toBe(true);
  const asked = new Set(examples.filter(({ task }) => task === "exam").map(({ prompt }) => prompt.split("\n")[0]));
  expect(asked.size).toBeGreaterThan(100);
});

test("an example is the same at every call, and each exam ends in an answer", () => {
  expect(exampleAt(3, 5)).toEqual(exampleAt(3, 5));
  for (const { answer } of examples.filter(({ task }) => task.startsWith("exam")))
    expect(/Final Answer: \w+$/.exec(answer)).not.toBeNull();
});

test("the shipped weights are those of this recipe, constants and examples", () => {
  const file = readFileSync(new URL("../../../models/clinic/model.safetensors", import.meta.url));
  const header = JSON.parse(file.toString("utf8", 8, 8 + Number(file.readBigUInt64LE(0))));
  expect(header.__metadata__.fingerprint).toBe(fingerprint());
});

test("the posterior is Bayes' theorem: it matches how often patients with these signs have the disease", () => {
  const two: Disease[] = knownDiseases.slice(0, 2).map((disease, i) => ({ ...disease, weight: i + 1 }));
  const random = new Random(1);
  const [shown] = two[0].typical;
  const counts = [0, 0];
  for (let i = 0; i < 40000; i++) {
    const d = random.next() < 1 / 3 ? 0 : 1;
    if (random.next() < two[d].shows[shown]) counts[d]++;
  }
  const [p] = posterior(two, { present: [shown], absent: [] });
  expect(counts[0] / (counts[0] + counts[1])).toBeCloseTo(p, 1);
  expect(posterior(knownDiseases, { present: [0], absent: [1] }).reduce((a, b) => a + b)).toBeCloseTo(1, 10);
});

test("the most telling sign is the one with the greatest expected fall of entropy", () => {
  const evidence = { present: [knownDiseases[0].typical[0]], absent: [] };
  const best = mostInformative(knownDiseases, evidence)!;
  const gains = signs.map((_, i) => (i === evidence.present[0] ? 0 : informationGain(knownDiseases, evidence, i)));
  expect(gains[best]).toBe(Math.max(...gains));
  expect(Math.min(...gains)).toBeGreaterThanOrEqual(-1e-12);
  const patient = drawPatient(new Random(2), knownDiseases[0]);
  expect(evidenceOf(patient).present.length + evidenceOf(patient).absent.length).toBe(signs.length);
});

test("a disease's name is two tokens of the shipped tokenizer, known or not, but for a few whose letters merge across the parts", () => {
  const json = JSON.parse(readFileSync(new URL("../../../models/clinic/tokenizer.json", import.meta.url), "utf8"));
  const tokenizer = new Tokenizer({ tokenizer: json });
  const two = (all: readonly Disease[]) => all.filter(({ name }) => tokenizer.encode(` ${name}`).length === 2);
  expect(two(knownDiseases)).toHaveLength(37);
  expect(two(heldOutDiseases)).toHaveLength(19);
});

test("the shipped model answers the sample by its name alone, says that it is fictional, and refuses other texts", async () => {
  const path = new URL("../../../samples/clinic-question.txt", import.meta.url).pathname;
  const { question } = caseAndQuestion(readFileSync(path, "utf8"))!;
  await using study = await openStudy([path]);
  await using model = await loadModel("clinic");
  const { answer, cautions, strategy } = await ask(
    study,
    withStrategy(model, strategyNamed("self-consistency:samples=3")),
    {
      question,
    },
  );
  expect(answer?.answer).toMatch(/^[A-D]$/);
  expect(cautions?.join()).toMatch(/FICTIONAL/);
  expect(strategy?.replies).toBe(3);
  const other = {
    ...study,
    parts: study.parts.map((part) => ({ ...part, text: "A man with chest pain." })),
  } as typeof study;
  const refused = await ask(other, model, { question });
  expect(refused).toMatchObject({ parse: { status: "refused" }, refusal: { reasons: [{ code: "text" }] } });
}, 60_000);
