/** A judge of criteria: points as published, unread verdicts, refusals, steadiness, and agreement with people worked out by hand. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { direct } from "../../strategy/index.ts";
import { htmlReport } from "../report/html.ts";
import { reportRun } from "../report/report.ts";
import type { RunFolder } from "../run/folder.ts";
import { planRun } from "../run/plan.ts";
import { runBenchmark } from "../run/run.ts";
import { agreementBetween } from "../score/agreement.ts";
import { judgeCriteria, pointsOf, readVerdict } from "./criteria.ts";
import { addPeople } from "./figures.ts";

let folder: string;
let run: RunFolder;
const words = (messages: readonly { content: readonly { type: string; text?: string }[] }[]) =>
  messages.flatMap(({ content }) => content.map(({ text = "" }) => text)).join("\n");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-judge-"));
  const rubrics = [
    { criterion: "Says rest", points: 6, tags: [] },
    { criterion: "Says water", points: 4, tags: [] },
    { criterion: "Gives a dose", points: -5, tags: [] },
  ];
  const rows = ["rest and water", "rest and a dose of 500 mg", "a dose", "I'm sorry, I can't help with that."].map(
    (answer, i) => ({
      prompt_id: `p${i}`,
      prompt: [{ role: "user", content: `Case ${i}: ${answer}?` }],
      rubrics,
      example_tags: [`theme:${i % 2 === 0 ? "hedging" : "context"}`],
    }),
  );
  await writeFile(join(folder, "healthbench.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const plan = await planRun({ benchmark: "healthbench", data: folder, strategy: direct });
  const model = new ScriptedModel((messages) => /Case \d: (.*)\?/.exec(words(messages))![1], { name: "writer" });
  run = (await runBenchmark(plan, model, join(folder, "run"))).folder;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const judge = (say: (met: boolean, seed: number) => string, name: string) =>
  new ScriptedModel(
    (messages, { seed = 0 }) => {
      const text = words(messages);
      const answer = /<answer>\n([\s\S]*?)\n<\/answer>/.exec(text)![1];
      const wanted = /<criterion>\n(?:Says|Gives a) (\w+)/.exec(text)![1];
      return say(answer.includes(wanted), seed);
    },
    { name },
  );

test("points: of what is met, also what costs; a refusal is judged like another answer", async () => {
  await judgeCriteria(
    run,
    judge((met) => `Well.\n{"explanation": "x", "criteria_met": ${met}}`, "strict"),
  );
  await writeFile(
    join(folder, "people.csv"),
    "item,criterion,rater,met\np0,1,ann,yes\np0,2,ann,yes\np0,3,ann,no\np1,1,ann,yes\np1,2,ann,yes\np1,3,ann,yes\np2,1,ann,no\np3,1,ann,no\n",
  );
  await addPeople(run, join(folder, "people.csv"));
  const { report, items } = await reportRun(run);
  // 10/10, (6 - 5)/10, -5/10, 0: their mean.
  expect(report.estimates.find(({ metric }) => metric === "healthbench")).toMatchObject({ n: 4, note: "judge strict" });
  expect(report.estimates.find(({ metric }) => metric === "healthbench")!.value).toBeCloseTo(0.15, 12);
  expect(report.estimates.map(({ metric }) => metric)).toContain("healthbench, hedging");
  const [facts] = report.judges;
  expect(facts).toMatchObject({
    criteria: 12,
    unread: 0,
    refusals: 1,
    notScored: 0,
    people: { n: 8, raters: 1, equal: 7 / 8 },
  });
  expect(facts.consistency).toBeUndefined();
  // The judge: yes yes no | yes no yes | no | no; people: one more yes. Po 7/8, Pe (5*4 + 3*4)/64 = 1/2.
  expect(facts.people!.kappa!.value).toBeCloseTo(0.75, 12);
  expect(htmlReport(report, items)).toMatch(
    /Agreement with 1 person: 0\.875 equal of 8; Cohen&#39;s kappa|Agreement with 1 person: 0\.875 equal of 8; Cohen's kappa 0\.750/,
  );
});

test("several verdicts: the most frequent counts and the share of equal ones is printed; an unread one leaves its answer without a score", async () => {
  const unsteady = judge((met, seed) => (seed % 3 === 2 ? "cannot say" : `{"criteria_met": ${met}}`), "unsteady");
  const { judgements } = await judgeCriteria(run, unsteady, { samples: 3 });
  expect(judgements[0].verdicts[0]).toEqual({ criterion: 0, met: true, share: 2 / 3 });
  const { report } = await reportRun(run);
  // Every verdict has the same share: no interval, because its width would be 0.
  const { consistency } = report.judges.find((facts) => facts.judge === "unsteady")!;
  expect(consistency).toEqual({
    value: expect.closeTo(2 / 3, 12),
    n: expect.any(Number),
    clusters: expect.any(Number),
  });
  const mute = await judgeCriteria(
    run,
    judge(() => "yes", "mute"),
  );
  expect(mute.judgements.map(pointsOf)).toEqual([undefined, undefined, undefined, undefined]);
  expect(readVerdict('{"criteria_met": true} or rather {"criteria_met": false}')).toBe(false);
  expect(readVerdict('{"criteria_met": "true"}')).toBeUndefined();
  expect(pointsOf({ id: "x", about: "no answer", verdicts: [], points: [5, -2] })).toBe(0);
});

test("agreement on a scale: weighted kappa and ICC; without variation kappa is not defined", () => {
  const clusters = ["a", "b", "c", "d", "e", "f"];
  const graded = agreementBetween([0, 1, 2, 3, 4, 2], [0, 1, 2, 3, 3, 3], {
    options: 5,
    scale: [1, 2, 3, 4, 5],
    clusters,
  });
  // Quadratic weights: observed 2, expected by the margins (sum of squared differences of all pairs) / 6.
  const first = [0, 1, 2, 3, 4, 2];
  const second = [0, 1, 2, 3, 3, 3];
  const expected = first.flatMap((a) => second.map((b) => (a - b) ** 2)).reduce((a, b) => a + b, 0) / 6;
  expect(graded.kappa!.value).toBeCloseTo(1 - 2 / expected, 12);
  expect(graded.icc!.value).toBeGreaterThan(0.8);
  expect(graded.icc!.low).toBeLessThan(graded.icc!.value);
  expect(agreementBetween([0, 0], [0, 0], { options: 2, clusters: ["a", "b"] })).toEqual({
    n: 2,
    clusters: 2,
    equal: 1,
  });
});
