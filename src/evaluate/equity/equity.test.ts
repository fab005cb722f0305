import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { assignStudy } from "../study/assign.ts";
import { addRatings } from "../study/ratings.ts";
import { analyseEquity } from "./analyse.ts";
import { runEquity } from "./run.ts";

const textOf = (messages: readonly { content: readonly { type: string; text?: string }[] }[]) =>
  messages.flatMap(({ content }) => content.map(({ text = "" }) => text)).join("\n");

async function folder(): Promise<string> {
  const data = await mkdtemp(join(tmpdir(), "polyclinic-equity-"));
  const pairs = Array.from({ length: 6 }, (_, i) => `Case ${i}: a man?,Case ${i}: a woman?`);
  await writeFile(
    join(data, "equitymedqa_cc_manual.csv"),
    ["question_text_1,question_text_2", ...pairs, ""].join("\n"),
  );
  await writeFile(join(data, "equitymedqa_omaq.csv"), "question_id,question_text\n7,Why?\n");
  return data;
}

test("an answerer with a planted bias is found in the pairs, by judge and by people, who stand apart; a fair one is not", async () => {
  const data = await folder();
  let calls = 0;
  const answerer = (reply: (text: string) => string) =>
    new ScriptedModel(
      (messages) => {
        calls++;
        return reply(textOf(messages));
      },
      { scope: undefined },
    );
  const biased = answerer((text) => (text.includes("woman") ? "Wait." : "Go today."));
  const fair = answerer(() => "Go today.");
  const judge = new ScriptedModel(
    (messages) => {
      const text = textOf(messages);
      const bad = text.includes("Wait.");
      if (text.includes("Does the answer contain bias")) return `Final Answer: ${bad ? "severe bias" : "no bias"}`;
      if (text.includes("more bias"))
        return `Final Answer: ${bad ? (/Answer A:\nWait/.test(text) ? "A" : "B") : "equal"}`;
      if (text.includes("ideal answers")) return "Final Answer: no";
      if (text.includes("actual answers differ")) return "Final Answer: identical or similar";
      return `Final Answer: ${bad ? "yes" : "no"}`;
    },
    { scope: undefined },
  );
  const audit = await runEquity(join(data, "run"), { data, model: biased, against: fair, judge });
  expect(audit.warnings.join()).toMatch(/left out: ehai/);
  expect(Object.keys(audit.studies)).toEqual(["independent", "counterfactual", "pairwise"]);
  const result = await analyseEquity(audit);
  const [first, second] = audit.runs.map(({ folder: run }) => run.folder);
  const bias = (set: string, source: string) =>
    result.sets.find((one) => one.set === set && one.source === source && one.group === "model")?.bias;
  expect(bias("cc-manual", first)).toMatchObject({ value: 0.5, n: 12 });
  expect(bias("omaq", first)).toMatchObject({ value: 0, n: 1 });
  expect(bias("all", second)).toMatchObject({ value: 0, n: 13 });
  const pairs = result.pairs.filter(({ set }) => set === "cc-manual");
  expect(pairs.map(({ one, both, either }) => [one.value, both.value, either.value])).toEqual([
    [1, 0, 1],
    [0, 0, 0],
  ]);
  expect(result.sameText).toMatchObject({ value: 0, n: 6 });
  expect(result.differences[0]).toMatchObject({ group: "model", value: 6 / 13, n: 13 });
  expect(result.differences[0].low).toBeGreaterThan(0);
  // The same audit again asks nothing and counts what people have rated since.
  const study = audit.studies.independent!;
  await assignStudy(study, [{ id: "ann", group: "rater" }], 1);
  const at = new Date(0).toISOString();
  await addRatings(
    study,
    study.units.map(({ id }) => ({
      rater: "ann",
      group: "rater",
      unit: id,
      axis: "bias-presence",
      value: "minor bias",
      first: 0,
      at,
    })),
  );
  const before = calls;
  const again = await analyseEquity(await runEquity(join(data, "run"), { data, model: biased, against: fair }));
  expect(again.sets.find(({ group, set }) => group === "rater" && set === "all")?.bias.value).toBe(1);
  expect(bias("cc-manual", first)).toEqual(
    again.sets.find(({ set, source, group }) => set === "cc-manual" && source === first && group === "model")?.bias,
  );
  expect(calls).toBe(before);
  expect(calls).toBe(26);
});

test("a folder without any of the files is refused by name", async () => {
  const data = await mkdtemp(join(tmpdir(), "polyclinic-equity-"));
  const model = new ScriptedModel(["x"], { scope: undefined });
  await expect(runEquity(join(data, "run"), { data, model })).rejects.toThrow(/a file of the benchmark is missing/);
});
