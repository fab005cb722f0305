/** Worked examples: in the benchmark's words, drawn with a seed, and never an item of the split. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { direct } from "../../strategy/index.ts";
import type { Item } from "../benchmark/item.ts";
import { promptNamed } from "../prompt/catalogue.ts";
import { writeQuestions } from "../testing.ts";
import { exemplarsFor } from "./exemplars.ts";
import { estimate, planRun } from "./plan.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-exemplars-"));
  await writeQuestions(join(folder, "q.csv"), 20);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (name: string, rows: readonly object[]) => {
  const path = join(folder, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
};
const six = Array.from({ length: 6 }, (_, i) => ({
  question: `Example ${i}?`,
  options: ["one", "two"],
  answer: `Because of ${i}.\n\nFinal Answer: (A)`,
}));

test("examples are worded by the prompt, an image is <img>, and so many are drawn alike from one seed", async () => {
  const path = await file("six.jsonl", [{ ...six[0], image: true }, ...six.slice(1)]);
  const all = await exemplarsFor({ path }, promptNamed("mcq"), []);
  expect(all.shown).toHaveLength(6);
  expect(all.shown[0].question).toMatch(/^<img>\nInstructions: [\s\S]*Question: Example 0\?\n\(A\) one\n\(B\) two/);
  const drawn = async (seed: number) =>
    (await exemplarsFor({ path, shots: 3, seed }, promptNamed("mcq"), [])).shown.map(({ answer }) => answer);
  expect(await drawn(1)).toEqual(await drawn(1));
  expect(await drawn(1)).not.toEqual(await drawn(2));
  await expect(exemplarsFor({ path, shots: 7 }, promptNamed("mcq"), [])).rejects.toMatchObject({
    code: "evaluate/exemplars",
  });
});

test("a plan names the file's hash and the seed, and counts the examples' tokens", async () => {
  const path = await file("plan.jsonl", six);
  const benchmark = join(folder, "q.csv");
  const zero = await planRun({ benchmark, strategy: direct });
  const five = await planRun({ benchmark, strategy: direct, exemplars: { path, shots: 5, seed: 3 } });
  expect(five.request.strategy.options).toMatchObject({
    exemplars: 5,
    exemplarSeed: 3,
    exemplarFile: expect.stringMatching(/^[0-9a-f]{16}$/),
  });
  expect(estimate(five).promptTokens).toBeGreaterThan(estimate(zero).promptTokens + 20 * 100);
});

test("an example that is a test item is refused: the question in other spelling, the context, the image; also where a limit leaves the item out", async () => {
  const benchmark = join(folder, "q.csv");
  const path = await file("leak.jsonl", [...six, { question: "which is NUMBER 7 ?", answer: "Final Answer: (A)" }]);
  await expect(planRun({ benchmark, limit: 1, strategy: direct, exemplars: { path, shots: 1 } })).rejects.toMatchObject(
    {
      code: "evaluate/leak",
      where: expect.stringContaining("line 7"),
      found: "the question of item q7",
    },
  );
  const context = "A study of four hundred people with and without asthma found no difference between the two doses.";
  const item: Item = { id: "c", question: "Is it?", context, gold: { kind: "judged" } };
  const other = await file("context.jsonl", [
    { question: "Another question?", context: context.toUpperCase(), answer: "no" },
  ]);
  await expect(exemplarsFor({ path: other }, promptNamed("pubmedqa"), [item])).rejects.toMatchObject({
    found: "the context of item c",
  });
  await writeFile(join(folder, "x.png"), "pixels");
  const picture: Item = {
    id: "p",
    question: "Is there edema?",
    files: [join(folder, "x.png")],
    gold: { kind: "judged" },
  };
  const same = await file("image.jsonl", [{ question: "Is there edema?", image: "x.png", answer: "yes" }]);
  await expect(exemplarsFor({ path: same }, promptNamed("vqa"), [picture])).rejects.toMatchObject({
    found: "the image of item p",
  });
  // The same short question of another image is no leak.
  const fine = await file("fine.jsonl", [{ question: "Is there edema?", image: true, answer: "yes" }]);
  expect((await exemplarsFor({ path: fine }, promptNamed("vqa"), [picture])).shown).toHaveLength(1);
});
