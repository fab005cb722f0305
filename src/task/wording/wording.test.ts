import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseScope } from "../../model/scope/read-scope.ts";
import type { Ask } from "../../model/scope/scope.ts";
import { readCorpus } from "./corpora/corpus.ts";
import { Wording } from "./index.ts";
import { lexicons } from "./lexicon/index.ts";
import { normalise, sentencesOf } from "./normalise.ts";

const scope = parseScope(
  await readFile(new URL("../../../models/nano/scope.json", import.meta.url), "utf8"),
  "scope.json",
);
const wording = new Wording(scope);

/** What each name of the corpus stands for. */
const meant: Readonly<Record<string, (ask: Ask) => boolean>> = {
  pneumonia: ({ options }) => options?.question === "Is there pneumonia in this image?",
  bacterial: ({ options }) => options?.question === "Is there bacterial pneumonia in this image?",
  viral: ({ options }) => options?.question === "Is there viral pneumonia in this image?",
  label: ({ options }) => String(options?.labels) === "normal,pneumonia",
  sort: ({ options }) => String(options?.labels) === "normal,bacterial pneumonia,viral pneumonia",
  report: ({ task }) => task === "report",
  kind: ({ options }) => options?.question === "Which kind of image is this?",
  "lung right": ({ options }) => options?.object === "right lung",
  "lung left": ({ options }) => options?.object === "left lung",
  lungs: ({ options }) => options?.object === "lungs",
  change: ({ task }) => task === "compare",
};

test.each(["development", "held"] as const)("questions in scope find their request: %s half", async (half) => {
  const lines = (await readCorpus("in-scope")).filter((line) => line.half === half);
  const found = lines.filter(({ question, means }) => {
    const match = wording.match(question);
    return "ask" in match && meant[means!](match.ask);
  });
  expect(lines.length).toBe(104);
  expect(found.length / lines.length).toBeGreaterThanOrEqual(half === "development" ? 0.99 : 0.95);
});

test.each(["development", "held"] as const)("questions out of scope find none: %s half", async (half) => {
  const lines = (await readCorpus("out-of-scope")).filter((line) => line.half === half);
  expect(lines.length).toBeGreaterThanOrEqual(100);
  expect(lines.filter(({ question }) => "ask" in wording.match(question)).map(({ question }) => question)).toEqual([]);
});

test("of a question with two parts the one out of scope is named", async () => {
  for (const { question, two } of await readCorpus("out-of-scope")) {
    if (!two) continue;
    const match = wording.match(question);
    expect("ask" in match ? question : match.part).not.toBe(question);
  }
});

test("case, accents and punctuation do not matter; sentences are told apart", () => {
  expect(normalise("  Röntgenbild: Größe?! ")).toBe("rontgenbild grosse");
  expect(sentencesOf("Is it 3.5 mm? ¿Hay neumonía? Yes.")).toEqual(["Is it 3.5 mm?", "Hay neumonía?", "Yes."]);
});

test("a denial in one language is no preposition of another: `no pneumonia` is never answered as a question after pneumonia", () => {
  const terms = ["pneumonia", "neumonía"];
  const words = lexicons.flatMap(({ concepts }) => concepts.negation ?? []);
  const asked = words.flatMap((word) => terms.flatMap((term) => [`${word} ${term}?`, `${term} ${word}?`]));
  expect(asked.length).toBeGreaterThan(200);
  expect(asked.filter((question) => "ask" in wording.match(question))).toEqual([]);
});

test("two questions whose words add up to a third are not answered as that third", () => {
  const part = (question: string) => {
    const match = wording.match(question);
    return "ask" in match ? match.ask.options : `${match.why}: ${match.part}`;
  };
  expect(part("Is there pneumonia and is it bacterial?")).toBe("several: is it bacterial?");
  expect(part("Which kind of image is this and is there pneumonia?")).toBe("several: is there pneumonia?");
  expect(part("Is there pneumonia? Which kind of image is this?")).toBe("several: Which kind of image is this?");
  // The labels of the second answer the first as well.
  expect(part("Is there pneumonia? Is it bacterial or viral?")).toMatchObject({ labels: expect.anything() });
  expect(part("Is there bacterial pneumonia?")).toMatchObject({ choices: ["yes", "no"] });
});

test.each([
  "¿Por qué ha empeorado la neumonía?",
  "Por que a pneumonia piorou?",
  "Pour quoi la pneumonie a-t-elle changé ?",
])("why is no course: %s", (question) => {
  expect("ask" in wording.match(question)).toBe(false);
  expect("ask" in wording.match(question.replace(/por qu[eé] |pour quoi /i, ""))).toBe(true);
});

test("words that are not known are quoted as they were written", () => {
  expect(wording.match("La pneumonie est-elle guérie ?")).toMatchObject({ words: ["guérie"] });
  expect(wording.match("肺炎がありますか?")).toMatchObject({ words: ["肺炎がありますか"] });
});
