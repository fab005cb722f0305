/** Reports, comparisons and exports of small runs whose figures are worked out by hand. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import yauzl from "yauzl";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { direct, type Strategy } from "../../strategy/index.ts";
import { csvOf } from "../export/csv.ts";
import { exportInspect } from "../export/inspect.ts";
import type { RunFolder } from "../run/folder.ts";
import { planRun } from "../run/plan.ts";
import { runBenchmark } from "../run/run.ts";
import { estimateOf } from "../score/metrics.ts";
import type { ScoredItem } from "../score/score.ts";
import { answerOf, numberIn, writeQuestions } from "../testing.ts";
import { chartsOf } from "./charts.ts";
import { compareRuns, differenceOf } from "./compare.ts";
import { comparisonHtml } from "./comparison-text.ts";
import { reportFiles } from "./files.ts";
import { textWidth } from "./plots/svg.ts";

let folder: string;
let first: RunFolder;
let second: RunFolder;
let voted: RunFolder;

const run = async (name: string, answer: (i: number, seed: number) => string, strategy: Strategy = direct) => {
  const model = new ScriptedModel(
    (messages, { seed = 0 }) =>
      answer(
        numberIn(
          messages.flatMap(({ content }) => content.map((part) => (part.type === "text" ? part.text : ""))).join(""),
        ),
        seed,
      ),
    { name },
  );
  const plan = await planRun({ benchmark: join(folder, "q.csv"), strategy });
  return (await runBenchmark(plan, model, join(folder, name))).folder;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-report-"));
  await writeQuestions(join(folder, "q.csv"), 60);
  first = await run("first", answerOf);
  // Right where the first one is, and for the first five of its wrong ones (2, 5, 8, 11, 14).
  second = await run("second", (i) =>
    i < 15 && i % 3 === 2 && i % 10 !== 9 ? `Final Answer: (${"ABCD"[i % 4]})` : answerOf(i),
  );
  const five: Strategy = {
    ...direct,
    name: "five",
    callsAtMost: 5,
    run: async ({ messages, maxTokens }, call) => ({
      answer: await call("answer", messages, { n: 5, temperature: 1, maxTokens }),
    }),
  };
  voted = await run("voted", (i, seed) => `Final Answer: (${"ABCD"[(i + (seed < i % 4 ? 1 : 0)) % 4]})`, five);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a report names value, interval, n, prompt, model, licence, claim; no text lies outside its plot", async () => {
  const { files, report } = await reportFiles(first);
  const [, markdown, html] = await Promise.all(files.map((file) => readFile(file, "utf8")));
  for (const part of [
    "accuracy",
    "0.600",
    "mcq@1",
    "first",
    "not stated",
    "Type of claim",
    "6 unparsed",
    "letter@",
    "not for clinical use",
  ]) {
    expect(markdown).toContain(part);
    expect(html).toContain(part);
  }
  expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  expect(report.unparsed[0]).toMatchObject({ n: 6 });
  const plots = [...html.matchAll(/<svg[\s\S]*?<\/svg>/g)].map(([svg]) => svg);
  expect(plots.length).toBe(3);
  for (const svg of plots) {
    const [width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!.slice(1).map(Number);
    for (const [, x, y] of svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"/g)) {
      expect(Number(x)).toBeGreaterThanOrEqual(0);
      expect(Number(x)).toBeLessThan(width);
      expect(Number(y)).toBeLessThan(height);
    }
    expect(svg).not.toContain("NaN");
  }
});

test("weighed and ranked answers give ROC panels with the interval of the area, and a top-k curve; no texts lie on each other", async () => {
  const { report } = await reportFiles(first);
  const labels = ["melanoma", "nevus", "actinic keratosis of the face", "seborrheic keratosis of the face"];
  const weighed = Array.from({ length: 80 }, (_, i): ScoredItem => {
    const gold = labels[i % 4];
    const probabilities = Object.fromEntries(
      labels.map((label, j) => [label, ((i * 7 + j * 5) % 11) / 11 + Number(label === gold) / 3]),
    );
    return { id: `w${i}`, status: "correct", goldKind: "choice", gold, answer: gold, probabilities };
  });
  const svgs = chartsOf({ ...report, byCategory: [] }, weighed)
    .join("")
    .match(/<svg[\s\S]*?<\/svg>/g)!;
  const titles = svgs.map((svg) => /aria-label="([^"]*)"/.exec(svg)![1]);
  expect(titles.filter((title) => title.startsWith("ROC: "))).toHaveLength(4);
  expect(titles.filter((title) => /^ROC: (?:actinic|seborrhe).*\u2026.*face, 20 of 80$/.test(title))).toHaveLength(2);
  expect(svgs.find((svg) => svg.includes("ROC: nevus"))).toMatch(/AUROC 0\.\d{3} \(0\.\d{3} to [01]\.\d{3}, DeLong\)/);
  const ranked = [1, 2, 2, 0].map(
    (place, i): ScoredItem => ({ id: `l${i}`, status: "scored", goldKind: "text", values: { place } }),
  );
  expect(chartsOf({ ...report, byCategory: [] }, ranked).join("")).toContain("Correct answer among the first k");
  for (const svg of svgs) {
    const texts = [...svg.matchAll(/<text x="([\d.-]+)" y="([\d.-]+)"([^>]*)>([^<]*)</g)].filter(
      ([, , , more]) => !more.includes("rotate"),
    );
    const boxes = texts.map(([, x, y, more, text]) => {
      const width = textWidth(text) * 0.9;
      const left = Number(x) - (more.includes("middle") ? width / 2 : more.includes("end") ? width : 0);
      return { text, left, right: left + width, y: Number(y) };
    });
    for (const [i, a] of boxes.entries())
      for (const b of boxes.slice(i + 1))
        expect(Math.abs(a.y - b.y) < 9 && a.left < b.right && b.left < a.right, `${a.text} on ${b.text}`).toBe(false);
  }
});

test("votes: plurality with its share, a curve of what is answered, and calibration", async () => {
  const { report, files } = await reportFiles(voted);
  // i % 4 of five samples name the next letter: 0, 1 or 2 leave a majority, 3 do not.
  expect(report.counts).toMatchObject({ correct: 45, incorrect: 15 });
  expect(report.estimates.map(({ metric }) => metric)).toEqual(["accuracy", "accuracy-of-answered", "aurc"]);
  // Confidence 1 (15, right), .8 (15, right), .6 (15 right, 15 wrong): mean risk over k.
  let sum = 0;
  for (let k = 31; k <= 60; k++) sum += ((k - 30) * 0.5) / k;
  expect(report.estimates[2].value).toBeCloseTo(sum / 60, 12);
  expect(await readFile(files[2], "utf8")).toContain("Calibration of the share of votes");
});

test("two runs on the same items: discordant pairs, McNemar by hand, paired interval", async () => {
  const comparison = await compareRuns(first, second);
  expect(comparison).toMatchObject({ n: 60, discordant: { firstOnly: 0, secondOnly: 5 } });
  const [{ metric, difference, tests }] = comparison.metrics;
  expect(metric).toBe("accuracy");
  expect(difference.value).toBeCloseTo(-5 / 60, 12);
  expect(difference.high!).toBeLessThan(0);
  expect(tests[0].name).toBe("mcnemar@exact");
  expect(tests[0].p).toBeCloseTo(2 * 0.5 ** 5, 12);
  expect(tests[1].name).toBe("permutation-paired");
  expect(comparisonHtml(comparison)).toContain("Paired difference, first minus second");
});

test("metrics of whole sets have paired differences too, on the items that both runs can be measured on", () => {
  const options = { resamples: 300, seed: 7 };
  const labels = ["effusion", "mass", "none"];
  const answered = (everyWrong: number, without: number) =>
    Array.from({ length: 90 }, (_, i): ScoredItem => {
      const gold = labels[i % 3];
      const wrong = i % everyWrong === 0;
      const answer = wrong ? labels[(i + 1) % 3] : gold;
      const probabilities = Object.fromEntries(labels.map((label) => [label, label === answer ? 0.8 : 0.1]));
      return {
        id: `p${i}`,
        status: wrong ? "incorrect" : "correct",
        goldKind: "choice",
        gold,
        answer,
        ...(i >= without && { probabilities }),
      };
    });
  const [good, poor] = [answered(10, 0), answered(3, 20)];
  const f1 = differenceOf("f1-macro", good, poor, options)!;
  const value = (metric: string, items: ScoredItem[]) => estimateOf(metric, items, options)!.value;
  expect(f1.difference).toMatchObject({ n: 90 });
  expect(f1.difference.value).toBeCloseTo(value("f1-macro", good) - value("f1-macro", poor), 12);
  expect(f1.difference.low!).toBeGreaterThan(0);
  expect(f1.difference.high!).toBeLessThan(0.6);
  expect(f1.tests).toEqual([{ name: "bootstrap-paired", statistic: f1.difference.value, p: 2 / 301 }]);
  const area = differenceOf("auroc-macro", good, poor, options)!;
  expect(area.difference.n).toBe(70);
  expect(area.difference.value).toBeCloseTo(value("auroc-macro", good.slice(20)) - value("auroc-macro", poor), 12);
  expect(differenceOf("f1-macro", good.slice(0, 30), poor.slice(0, 30), options)!.tests).toEqual([]);
  expect(differenceOf("mean-iou", [], [], options)).toBeUndefined();
});

test("a run compared with itself finds nothing and prints no interval of width 0", async () => {
  const { metrics } = await compareRuns(first, first);
  expect(metrics[0].difference).toEqual({ value: 0, n: 60 });
  expect(metrics[0].tests[0].p).toBe(1);
});

test("CSV: one row an item, no cell that a spreadsheet would run", async () => {
  const text = await csvOf(first);
  expect(text.split("\n")[0]).toBe("id,category,cluster,status,gold,answer,confidence,why,input");
  expect(text).toContain("q0,easy,,correct,A,A");
});

test("Inspect's log holds the entries and fields of its version 2", async () => {
  const file = join(folder, "first.eval");
  await exportInspect(first, file);
  const entries = await unzip(file);
  expect([...entries.keys()].filter((name) => !name.startsWith("samples/"))).toEqual([
    "_journal/start.json",
    "_journal/summaries/1.json",
    "summaries.json",
    "reductions.json",
    "header.json",
  ]);
  const header = entries.get("header.json");
  expect(header).toMatchObject({
    version: 2,
    status: "success",
    invalidated: false,
    eval: { task: "q", dataset: { samples: 60 } },
    results: { total_samples: 60, scores: [{ scored_samples: 54, unscored_samples: 6 }] },
  });
  for (const field of ["eval_id", "task_args_passed", "model_args", "config", "packages"])
    expect(header.eval).toHaveProperty(field);
  expect(header.plan.steps[0]).toHaveProperty("params_passed");
  expect(header.stats).toMatchObject({ role_usage: {}, connection_limit_history: [] });
  const sample = entries.get("samples/q0_epoch_1.json");
  expect(sample).toMatchObject({
    id: "q0",
    epoch: 1,
    target: "A",
    choices: ["first 0", "second 0", "third 0", "fourth 0"],
    output: { completion: "Thinking about 0.\n\nFinal Answer: (A)" },
  });
  expect(Object.values(sample.scores)).toMatchObject([{ value: "C", answer: "A", history: [] }]);
  expect(entries.get("samples/q9_epoch_1.json").scores).toEqual({});
});

// biome-ignore lint/suspicious/noExplicitAny: JSON of a log.
function unzip(file: string): Promise<Map<string, any>> {
  return new Promise((resolve, reject) => {
    const entries = new Map<string, unknown>();
    yauzl.open(file, { lazyEntries: true }, (error, zip) => {
      if (error) return reject(error);
      zip.readEntry();
      zip.on("end", () => resolve(entries));
      zip.on("entry", (entry: yauzl.Entry) => {
        zip.openReadStream(entry, (failed, stream) => {
          if (failed) return reject(failed);
          const chunks: Buffer[] = [];
          stream.on("data", (chunk: Buffer) => chunks.push(chunk));
          stream.on("end", () => {
            entries.set(entry.fileName, JSON.parse(Buffer.concat(chunks).toString("utf8")));
            zip.readEntry();
          });
        });
      });
    });
  });
}
