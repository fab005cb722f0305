/** Runs: recorded as they go, resumed as the run they are, bounded by a budget. A scripted model unless a server or a kill is what is tested. */
import { spawn } from "node:child_process";
import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chatServer } from "../../../test/support/chat-server.ts";
import { Random } from "../../base/random.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { direct, type Strategy } from "../../strategy/index.ts";
import { reportRun } from "../report/report.ts";
import { scoreRun } from "../score/score.ts";
import { answering, answerOf, numberIn, promptOf, writeQuestions } from "../testing.ts";
import { openRun } from "./folder.ts";
import { recordsOf } from "./json-lines.ts";
import { estimate, planRun } from "./plan.ts";
import type { CallRecord } from "./records.ts";
import { runBenchmark } from "./run.ts";

let folder: string;
let questions: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-evaluate-"));
  questions = join(folder, "questions.csv");
  await writeQuestions(questions, 60);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const textOf = (messages: ScriptedModel["calls"][number]["messages"]) =>
  messages.flatMap(({ content }) => content.map((part) => (part.type === "text" ? part.text : ""))).join("");
const scripted = (name = "scripted") => new ScriptedModel((messages) => answerOf(numberIn(textOf(messages))), { name });
const planned = (more: Partial<Parameters<typeof planRun>[0]> = {}) =>
  planRun({ benchmark: questions, strategy: direct, ...more });
const callsOf = async (path: string) => {
  const calls: CallRecord[] = [];
  for await (const call of recordsOf<CallRecord>(join(path, "calls.jsonl"))) calls.push(call);
  return calls;
};

test("a run counts right, wrong and unparsed, and is scored again without a model", async () => {
  const path = join(folder, "counts");
  const model = scripted();
  const { folder: run, finished } = await runBenchmark(await planned(), model, path);
  expect(finished).toBe(true);
  const { report } = await reportRun(run);
  // Of 60: every tenth is unreadable (6); of the others a third is wrong.
  expect(report.counts).toEqual({ correct: 36, incorrect: 18, unparsed: 6, scored: 0, refused: 0, error: 0 });
  expect(report.estimates[0]).toMatchObject({ metric: "accuracy", value: 0.6, n: 60, interval: "wilson" });
  expect(report.estimates[1]).toMatchObject({ metric: "accuracy-of-answered", n: 54 });
  expect(report.byCategory.map(({ category }) => category)).toEqual(["easy", "hard"]);
  const calls = model.calls.length;
  const again = await scoreRun(await openRun(path));
  expect(again.items).toHaveLength(60);
  expect(model.calls).toHaveLength(calls);
});

test("a larger limit goes on from a smaller one, and a repeated run asks nothing", async () => {
  const path = join(folder, "limits");
  const model = scripted();
  await runBenchmark(await planned({ limit: 20 }), model, path);
  expect(model.calls).toHaveLength(20);
  const summary = await runBenchmark(await planned(), model, path);
  expect(model.calls).toHaveLength(60);
  expect(summary.done).toBe(60);
  await runBenchmark(await planned(), model, path);
  expect(model.calls).toHaveLength(60);
});

test("half a record at the end is taken out, and what it recorded is asked again", async () => {
  const path = join(folder, "torn");
  await runBenchmark(await planned({ limit: 10 }), scripted(), path);
  const log = join(path, "calls.jsonl");
  const bytes = (await readFile(log)).length;
  await truncate(log, bytes - 20);
  const samples = (await readFile(join(path, "samples.jsonl"), "utf8")).trimEnd().split("\n");
  await writeFile(join(path, "samples.jsonl"), `${samples.slice(0, -1).join("\n")}\n${samples.at(-1)!.slice(0, 30)}`);
  expect((await openRun(path)).torn).toMatchObject({ samples: 30 });
  const model = scripted();
  const { done } = await runBenchmark(await planned({ limit: 10 }), model, path);
  expect(done).toBe(10);
  expect(model.calls).toHaveLength(1);
  expect((await callsOf(path)).length).toBe(10);
});

test("a damaged line in the middle is named", async () => {
  const path = join(folder, "damaged");
  await runBenchmark(await planned({ limit: 5 }), scripted(), path);
  await appendFile(join(path, "calls.jsonl"), "{broken}\n");
  await expect(scoreRun(await openRun(path))).rejects.toMatchObject({
    code: "evaluate/damaged",
    where: expect.stringContaining("line 6"),
  });
});

test("another model, prompt or seed is another run", async () => {
  const path = join(folder, "another");
  await runBenchmark(await planned({ limit: 3 }), scripted(), path);
  const refused = async (plan: Parameters<typeof planRun>[0], model: ScriptedModel, found: string) =>
    expect(runBenchmark(await planRun(plan), model, path)).rejects.toMatchObject({
      code: "evaluate/another-run",
      found: expect.stringContaining(found),
    });
  const base = { benchmark: questions, strategy: direct, limit: 3 };
  await refused(base, scripted("other"), "model scripted");
  await refused({ ...base, prompt: "mcq-direct" }, scripted(), "prompt mcq@1");
  await refused({ ...base, seed: 4 }, scripted(), "sampling");
});

test("a budget stops between calls and a larger one goes on", async () => {
  const path = join(folder, "budget");
  const model = scripted();
  const first = await runBenchmark(await planned(), model, path, { budget: 500 });
  expect(first).toMatchObject({ overBudget: true, finished: false });
  expect(first.done).toBeLessThan(60);
  expect((await callsOf(path)).length).toBe(first.done);
  const second = await runBenchmark(await planned(), model, path);
  expect(second).toMatchObject({ finished: true, done: 60 });
  expect(model.calls).toHaveLength(60);
});

test("samples of one prompt are told apart, and only missing ones are asked again", async () => {
  const path = join(folder, "samples");
  const three: Strategy = {
    ...direct,
    name: "three",
    callsAtMost: 3,
    run: async ({ messages, maxTokens }, call) => ({
      answer: await call("answer", messages, { n: 3, temperature: 0.7, maxTokens }),
    }),
  };
  const model = new ScriptedModel((_, { seed = 0 }) => `Final Answer: (${seed === 2 ? "B" : "A"})`);
  const plan = await planned({ limit: 4, strategy: three });
  expect(estimate(plan)).toMatchObject({ items: 4, calls: 12 });
  const { folder: run } = await runBenchmark(plan, model, path);
  const { items } = await scoreRun(run);
  expect(items.map(({ confidence }) => confidence)).toEqual([2 / 3, 2 / 3, 2 / 3, 2 / 3]);
  expect(new Set(items.map(({ answer }) => answer))).toEqual(new Set(["A"]));
  const calls = await callsOf(path);
  expect(new Set(calls.map(({ key }) => key)).size).toBe(12);
  // The last sample of the last item is lost.
  await writeFile(
    join(path, "calls.jsonl"),
    `${calls
      .slice(0, -1)
      .map((call) => JSON.stringify(call))
      .join("\n")}\n`,
  );
  const lines = (await readFile(join(path, "samples.jsonl"), "utf8")).trimEnd().split("\n");
  await writeFile(join(path, "samples.jsonl"), `${lines.slice(0, -1).join("\n")}\n`);
  await runBenchmark(plan, model, path);
  expect(model.calls).toHaveLength(13);
  expect(model.calls.at(-1)!.options.seed).toBe(2);
});

test("two processes do not write one run", async () => {
  const path = join(folder, "locked");
  await runBenchmark(await planned({ limit: 2 }), scripted(), path);
  // The test's own parent is alive.
  await writeFile(
    join(path, "run.lock"),
    JSON.stringify({ pid: process.ppid, host: (await import("node:os")).hostname() }),
  );
  await expect(runBenchmark(await planned({ limit: 2 }), scripted(), path)).rejects.toMatchObject({
    code: "evaluate/locked",
  });
});

/** `POLYCLINIC_KILLS=20` for the figure. */
const kills = Number(process.env.POLYCLINIC_KILLS ?? 5);

test(`kill -9 at ${kills} random points loses nothing, repeats nothing and changes no figure`, {
  timeout: 300_000,
}, async () => {
  const main = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
  const many = join(folder, "many.csv");
  await writeQuestions(many, 240);
  const callCounts: number[] = [];
  const server = await chatServer("openai", (response, body, call) => {
    callCounts.push(numberIn(promptOf(body)));
    return answering(15)(response, body, call);
  });
  try {
    const path = join(folder, "killed");
    const start = () =>
      spawn(process.execPath, [main, "evaluate", many, "-o", path, "--model", server.url, "--concurrency", "4"], {
        stdio: "ignore",
      });
    const random = new Random(7);
    for (let kill = 0; kill < kills; kill++) {
      const recorded = new Set((await callsOf(path)).map(({ item }) => Number(item.slice(1))));
      const from = callCounts.length;
      const child = start();
      const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
      const after = 1 + random.below(Math.floor(400 / kills));
      while (callCounts.length < from + after && child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, random.below(4)));
      child.kill("SIGKILL");
      await ended;
      expect(callCounts.slice(from).filter((number) => recorded.has(number))).toEqual([]);
    }
    const last = start();
    expect(await new Promise((resolve) => last.on("close", resolve))).toBe(0);
    const calls = await callsOf(path);
    expect(calls).toHaveLength(240);
    expect(new Set(calls.map(({ key }) => key)).size).toBe(240);
    // What was on its way at a kill had no answer yet; nothing else was asked twice.
    expect(callCounts.length).toBeLessThanOrEqual(240 + 4 * kills);
    const { report } = await reportRun(await openRun(path));
    const whole = await runBenchmark(
      await planRun({ benchmark: many, strategy: direct }),
      scripted(),
      join(folder, "whole"),
    );
    const { report: expected } = await reportRun(whole.folder);
    expect(report.counts).toEqual(expected.counts);
    expect(report.estimates).toEqual(expected.estimates);
    expect(report.byCategory).toEqual(expected.byCategory);
  } finally {
    await server.close();
  }
});
