import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { parseScope } from "../../model/scope/read-scope.ts";
import type { Scope } from "../../model/scope/scope.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import type { AskAnswer } from "../ask/ask.ts";
import { ask, classify, report } from "../index.ts";
import { film, study } from "../testing.ts";

const path = new URL("../../../models/nano/scope.json", import.meta.url);
let text: string;
let scope: Scope;
beforeAll(async () => {
  text = await readFile(path, "utf8");
  scope = parseScope(text, "scope.json");
});

/** A model with these probabilities of normal, bacterial and viral. */
const nano = (
  normal: number,
  bacterial: number,
  viral: number,
  canScore = true,
  reply = "Final Answer: viral pneumonia",
) => {
  const p: Readonly<Record<string, number>> = { normal, bacterial, viral };
  const model = new ScriptedModel([reply], {
    name: "nano",
    limits: { imageSize: 32 },
    scope,
    recognise: async () => ({ within: ["child-chest"], scores: [] }),
    score: (_messages, word) => Math.log(p[word.trim()] ?? 1),
  });
  return canScore ? model : Object.assign(model, { score: undefined });
};
const child = () => study(film(200, 160, "DX"));
const answerTo = async (question: string, model: ScriptedModel) =>
  (await ask(child(), model, { question })).answer as AskAnswer;
const shares = (probabilities: readonly { label: string; probability: number }[] | undefined) =>
  Object.fromEntries(probabilities?.map(({ label, probability }) => [label, Number(probability.toFixed(6))]) ?? []);

describe("questions about one image cannot contradict each other", () => {
  test("yes and no are sums over the classes", async () => {
    const model = nano(0.1, 0.3, 0.6);
    const any = await answerTo("Is there pneumonia?", model);
    expect(any).toMatchObject({ kind: "closed", answer: "yes", choices: ["yes", "no"] });
    expect(shares(any.probabilities)).toEqual({ yes: 0.9, no: 0.1 });
    expect(any.probabilities?.[0].logLikelihood).toBeCloseTo(Math.log(0.9), 6);
    expect(shares((await answerTo("Is there viral pneumonia?", model)).probabilities)).toEqual({ yes: 0.6, no: 0.4 });
    expect((await answerTo("Is there bacterial pneumonia?", model)).answer).toBe("no");
    expect(await answerTo("Which kind of pneumonia is it?", model)).toMatchObject({ answer: "viral pneumonia" });
  });

  test("classes that are all less likely than not are no answer", async () => {
    const answer = await answerTo("Which kind of pneumonia is it?", nano(0.2, 0.38, 0.42));
    expect(answer).toMatchObject({ kind: "free", answer: "uncertain, most likely viral pneumonia" });
    expect(shares(answer.probabilities)).toEqual({
      normal: 0.2,
      "bacterial pneumonia": 0.38,
      "viral pneumonia": 0.42,
    });
  });

  test("coarser labels, in the caller's order", async () => {
    const { answer } = await classify(child(), nano(0.45, 0.3, 0.25), { labels: ["Pneumonia", "normal"] });
    expect(answer).toMatchObject({ kind: "single", labels: ["pneumonia"] });
    expect(shares(answer?.probabilities)).toEqual({ pneumonia: 0.55, normal: 0.45 });
  });

  test("multi-label: each label's own share, against the threshold", async () => {
    const labels = ["viral pneumonia", "pneumonia"];
    const { answer } = await classify(child(), nano(0.3, 0.3, 0.4), { labels, multi: true, threshold: 0.6 });
    expect(answer).toMatchObject({ kind: "multi", labels: ["pneumonia"], threshold: 0.6 });
    expect(shares(answer?.probabilities)).toEqual({ "viral pneumonia": 0.4, pneumonia: 0.7 });
  });

  test("without an engine that scores, the class that is named decides", async () => {
    const model = nano(1, 1, 1, false);
    const { answer, probabilities } = await answerTo("Is there pneumonia?", model);
    expect({ answer, probabilities }).toEqual({ answer: "yes", probabilities: undefined });
    expect((await answerTo("Is there bacterial pneumonia?", model)).answer).toBe("no");
  });
});

describe("a written report that states a class", () => {
  const reported = (impression: string, p: readonly [number, number, number], canScore = true) =>
    report(child(), nano(...p, canScore, `Findings:\n- Opacity of the lungs.\n\nImpression:\n${impression}`), {});

  test("less likely than not gets a caution with the probabilities, before all others", async () => {
    const { cautions, answer } = await reported("Pneumonia, probably viral.", [0.2, 0.5, 0.3]);
    expect(answer?.impression).toBe("Pneumonia, probably viral.");
    expect(cautions?.[0]).toBe(
      '"Pneumonia, probably viral." is uncertain: asked for the classes, the model gives normal 0.200, bacterial pneumonia 0.500, viral pneumonia 0.300',
    );
    expect(cautions?.[1]).toMatch(/children/);
  });

  test.each([
    ["likely", "Pneumonia, probably viral.", [0.2, 0.2, 0.6], true],
    ["not of the scope", "A fracture.", [0.2, 0.5, 0.3], true],
    ["by a model that cannot score", "Pneumonia, probably viral.", [0.2, 0.5, 0.3], false],
  ] as const)("none if the class is %s", async (_name, impression, p, canScore) => {
    const { cautions } = await reported(impression, p, canScore);
    expect(cautions?.[0]).toMatch(/children/);
  });
});

test.each([
  ["a label in no group", { yes: ["viral pneumonia"], no: ["normal"] }, /in exactly one group/],
  ["a label in two", { yes: ["normal", "bacterial pneumonia", "viral pneumonia"], no: ["normal"] }, /in exactly one/],
  ["an answer without a group", { yes: ["normal", "bacterial pneumonia", "viral pneumonia"] }, /one group for each/],
])("a scope whose groups are wrong is refused: %s", (_name, groups, message) => {
  const changed = JSON.parse(text);
  changed.abilities[0].requests[0].from.groups = groups;
  expect(() => parseScope(JSON.stringify(changed), "scope.json")).toThrow(message);
});
