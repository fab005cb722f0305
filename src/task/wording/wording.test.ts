import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { parseScope } from "../../model/scope/read-scope.ts";
import type { Ask } from "../../model/scope/scope.ts";
import { readCorpus } from "./corpora/corpus.ts";
import { Wording } from "./index.ts";
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
