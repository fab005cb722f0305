/** Large logs: 56,000 calls scored again, 100,000 opened and reported. `POLYCLINIC_LARGE=1` runs the full sizes and prints the times; otherwise a fiftieth. */
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { callKey, sha256 } from "../../strategy/key.ts";
import { reportRun } from "../report/report.ts";
import { openRun } from "../run/folder.ts";
import { runSchema } from "../run/records.ts";
import { scoreRun } from "./score.ts";

const full = process.env.POLYCLINIC_LARGE !== undefined;

async function makeRun(folder: string, calls: number, perItem: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const model = { name: "m", hash: "0".repeat(64), precision: "int4", engine: "remote:h" };
  const run = {
    schema: runSchema,
    id: "x",
    created: new Date(0).toISOString(),
    claim: "benchmark",
    benchmark: {
      name: "b",
      title: "b",
      version: 1,
      split: "test",
      total: calls / perItem,
      dataHash: "",
      licence: "",
      metrics: ["accuracy", "accuracy-of-answered"],
      references: [],
      notes: [],
      warnings: [],
    },
    prompt: { version: "mcq@1", source: "", answer: "letter", hash: "", maxTokens: 10 },
    strategy: { name: "s", version: 1, options: {} },
    model,
    sampling: {},
    seed: 0,
    software: { version: "0", node: "", processor: "" },
  };
  await writeFile(join(folder, "run.json"), JSON.stringify(run));
  const files = await Promise.all(
    ["items", "calls", "samples"].map((name) => open(join(folder, `${name}.jsonl`), "w")),
  );
  const options = [..."ABCD"].map((key) => ({ key, text: `option ${key} of some length` }));
  let parts: [string[], string[], string[]] = [[], [], []];
  const flush = async () => {
    for (const [i, part] of parts.entries()) await files[i].appendFile(part.join(""));
    parts = [[], [], []];
  };
  for (let i = 0; i < calls / perItem; i++) {
    const keys = Array.from({ length: perItem }, (_, s) => callKey(model, String(i), {}, 0, s));
    parts[0].push(
      `${JSON.stringify({ id: `q${i}`, hash: sha256(String(i)), input: "A vignette. ".repeat(60), options, gold: { kind: "choice", choice: "ABCD"[i % 4] }, category: `c${i % 7}` })}\n`,
    );
    for (const [s, key] of keys.entries())
      parts[1].push(
        `${JSON.stringify({ key, messages: key, item: `q${i}`, role: "answer", sample: s, text: `${"The patient has a fever. ".repeat(12)}\n\nFinal Answer: (${"ABCD"[(i + (s % 3 === 0 ? 1 : 0)) % 4]})`, finishReason: "stop", usage: { promptTokens: 300, completionTokens: 80, cachedTokens: 0 }, ms: 100 })}\n`,
      );
    parts[2].push(
      `${JSON.stringify({ id: `q${i}`, answer: keys, trace: [{ role: "answer", keys }], status: "parsed" })}\n`,
    );
    if (i % 500 === 0) await flush();
  }
  await flush();
  for (const file of files) await file.close();
}

test("56,000 recorded calls are scored again, and 100,000 opened and reported", { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-large-"));
  try {
    const scale = full ? 1 : 0.02;
    await makeRun(join(folder, "er"), 56_000 * scale, 8);
    await makeRun(join(folder, "log"), 100_000 * scale, 1);
    const times: Record<string, number> = {};
    const timed = async <T>(name: string, work: () => Promise<T>) => {
      const began = performance.now();
      const result = await work();
      times[name] = Math.round(performance.now() - began);
      return result;
    };
    const er = await openRun(join(folder, "er"));
    const { items } = await timed("score", () => scoreRun(er));
    expect(items).toHaveLength((56_000 * scale) / 8);
    // Three of eight samples (0, 3, 6) name another letter: five of eight are right.
    expect(items.every(({ status, confidence }) => status === "correct" && confidence === 5 / 8)).toBe(true);
    const log = await timed("open", () => openRun(join(folder, "log")));
    const { report } = await timed("report", () => reportRun(log));
    expect(report.n).toBe(100_000 * scale);
    expect(report.cost.calls).toBe(100_000 * scale);
    const resident = Math.round(process.memoryUsage.rss() / 1e6);
    if (full) console.log(JSON.stringify({ ...times, residentMB: resident }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
