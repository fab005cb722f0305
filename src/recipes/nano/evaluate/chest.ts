/** Chest X-rays: normal or pneumonia, bacterial or viral, and the statements of a generated report. */
import { auroc, expectedCalibrationError, mean } from "../../../measure/index.ts";
import { chestKinds, chestLabels } from "../../../prompts/index.ts";
import { type Layout, report } from "../../../task/index.ts";
import { chestKindOf } from "../train/examples.ts";
import type { NanoFile } from "../train/splits.ts";
import { oneCase, type Read, Recorded, type RecordedReply } from "./recorded.ts";
import { type Row, rowOf } from "./row.ts";
import {
  accuracy,
  askForProbabilities,
  each,
  held,
  labelProbabilities,
  type NanoTrial,
  recorded,
  scoredAnswerOf,
  share,
  topLabelError,
  withPrefilled,
} from "./trial.ts";

const common = { licence: "CC BY 4.0", split: "test" } as const;

const scoreQuestion = {
  ...common,
  name: "cxr",
  title: "Child's chest X-ray: normal or pneumonia",
  form: "label",
  words: "chest X-ray",
  metrics: ["accuracy", "f1-macro", "auroc-macro", "ece of the answer"],
  options: chestLabels,
  notes: ["The answer is the most likely label; the scoreboard's accuracy uses a threshold chosen on validation."],
} as const;

const kindQuestion = {
  ...common,
  name: "cxr-kind",
  title: "Child's chest X-ray: normal, bacterial or viral pneumonia",
  form: "label",
  words: "chest X-ray",
  metrics: ["accuracy", "f1-macro", "auroc-macro", "ece of the answer"],
  options: chestKinds,
} as const;

const reportQuestion = {
  ...common,
  name: "cxr-report",
  title: "Child's chest X-ray: a written report, every third image",
  form: "report",
  words: "chest X-ray",
  metrics: [],
  notes: ["The scoreboard determines from the recorded texts whether the impression states pneumonia."],
} as const;

export async function chestRows(trial: NanoTrial): Promise<Row[]> {
  const labelled = (file: NanoFile) => oneCase(file, file.label === "normal" ? "normal" : "pneumonia");
  const validation = (
    await recorded(
      trial,
      { ...scoreQuestion, name: "cxr-validation", split: "val" },
      held(trial, "cxr", "val").map(labelled),
      (one) => askForProbabilities(trial, one, chestLabels, "chest X-ray"),
    )
  ).map(scored);
  const films = held(trial, "cxr", "test");
  const scoreCases = films.map(labelled);
  const kindCases = films.map((file) => oneCase(file, chestKindOf(file.label)));
  // Generation is slow compared with scoring, so reports are measured on every third image.
  const reportCases = films
    .filter((_, i) => i % 3 === 0)
    .map((file) => ({ ...labelled(file), gold: { kind: "judged" as const } }));
  const logs = [
    { log: await Recorded.open(trial, scoreQuestion, scoreCases), cases: scoreCases },
    { log: await Recorded.open(trial, kindQuestion, kindCases), cases: kindCases },
    { log: await Recorded.open(trial, reportQuestion, reportCases), cases: reportCases },
  ] as const;
  const ask = [
    (layout: Layout) => labelProbabilities(trial, layout, chestLabels),
    (layout: Layout) => labelProbabilities(trial, layout, chestKinds),
    (layout: Layout) => writtenReport(trial, layout),
  ];
  try {
    // An image is encoded once for all questions about it.
    await each(trial, "chest X-rays", films, async (film) => {
      const missing = logs.flatMap(({ log, cases }, q) => {
        const one = cases.find(({ of }) => of === film);
        return one === undefined || log.has(one) ? [] : [{ log, one, ask: ask[q] }];
      });
      if (missing.length === 0) return;
      await withPrefilled(trial, film, "chest X-ray", async (layout) => {
        for (const { log, one, ask } of missing) {
          const began = performance.now();
          await log.add(one, await ask(layout), performance.now() - began);
        }
      });
    });
  } catch (error) {
    for (const { log } of logs) await log.close();
    throw error;
  }
  const test = (await logs[0].log.read(scoreCases)).map(scored);
  const kinds = (await logs[1].log.read(kindCases)).map(scoredAnswerOf);
  const scoreOf = new Map(scoreCases.map(({ of }, i) => [of, test[i].score]));
  const written = (await logs[2].log.read(reportCases)).map(({ text, case: one }) => ({
    truth: one.of.label === "normal" ? "normal" : "pneumonia",
    predicted: impressionOf(text),
    answer: scoreOf.get(one.of)! >= 0.5 ? "pneumonia" : "normal",
  }));
  const threshold = bestThreshold(validation);
  const cases = test.map(({ positive, score }) => ({ positive, score, right: score >= threshold === positive }));
  return [
    rowOf(
      {
        id: "cxr-auroc",
        what: "chest X-ray, normal or pneumonia, official test set, AUROC of `score`",
        baseline: 0.5,
        reference: "0.944 ResNet-18 at 28 pixels (MedMNIST), 0.968 Inception v3, pretrained (Kermany, Cell 2018)",
      },
      trial.precision,
      cases,
      (own) =>
        auroc(
          own.map(({ score }) => score),
          own.map(({ positive }) => positive),
        ),
    ),
    rowOf(
      {
        id: "cxr-accuracy",
        what: `the same, accuracy at the threshold chosen on validation (${threshold.toFixed(3)})`,
        baseline: mean(cases.map(({ positive }) => (positive ? 1 : 0))),
        reference: "see the AUROC",
      },
      trial.precision,
      cases,
      (own) => mean(own.map(({ right }) => (right ? 1 : 0))),
    ),
    rowOf(
      {
        id: "cxr-ece",
        what: "the same, calibration error of the probability of pneumonia (ten bins of equal width); 0 is best",
        baseline: Math.abs(mean(cases.map(({ positive }) => (positive ? 1 : 0))) - 0.5),
        reference: "none",
      },
      trial.precision,
      cases,
      (own) =>
        expectedCalibrationError(
          own.map(({ score }) => score),
          own.map(({ positive }) => positive),
        ),
    ),
    rowOf(
      {
        id: "cxr-kind-accuracy",
        what: "normal, bacterial or viral",
        baseline: share(kinds.map(({ truth }) => truth)),
        reference: "none on this split",
      },
      trial.precision,
      kinds,
      accuracy,
    ),
    rowOf(
      {
        id: "cxr-kind-ece",
        what: "the same, calibration error of the most likely label's probability",
        baseline: Number.NaN,
        reference: "none",
      },
      trial.precision,
      kinds,
      topLabelError,
    ),
    rowOf(
      {
        id: "cxr-report-accuracy",
        what: "written report, impression states pneumonia or not, every third test image",
        baseline: share(written.map(({ truth }) => truth)),
        reference: "none",
      },
      trial.precision,
      written,
      accuracy,
    ),
    rowOf(
      {
        id: "cxr-report-agreement",
        what: "the same, impression agrees with the answer to `Is there pneumonia?` for the same image",
        baseline: 0.5,
        reference: "none",
      },
      trial.precision,
      written,
      (own) => mean(own.map(({ predicted, answer }) => (predicted === answer ? 1 : 0))),
    ),
  ];
}

const scored = ({ gold, probabilities }: Read) => ({
  positive: gold !== "normal",
  score: probabilities?.pneumonia ?? 0,
});

async function writtenReport(trial: NanoTrial, layout: Layout): Promise<RecordedReply> {
  const { text, usage } = await report(layout, trial.model, { anyway: true, signal: trial.signal });
  return { role: "report", text, usage };
}

function impressionOf(text: string): string {
  const impression = /impression\W*(.*)$/is.exec(text)?.[1].toLowerCase() ?? "";
  return impression.includes("no sign") ? "normal" : impression.includes("pneumonia") ? "pneumonia" : "unparsed";
}

/**
 * The decision threshold for pneumonia that maximises sensitivity plus specificity on validation, which does not depend
 * on the prevalence: it is unknown for a user's films, and differs between validation and test.
 */
export function bestThreshold(cases: readonly { readonly positive: boolean; readonly score: number }[]): number {
  const sorted = [...cases].sort((a, b) => a.score - b.score);
  const positives = sorted.filter(({ positive }) => positive).length;
  const [hit, spared] = [1 / positives, 1 / (sorted.length - positives)];
  let gain = 1; // Sensitivity plus specificity when all cases are called positive.
  let best = { gain, threshold: 0 };
  for (const [i, { positive, score }] of sorted.entries()) {
    gain += positive ? -hit : spared;
    if (gain > best.gain) best = { gain, threshold: (score + (sorted[i + 1]?.score ?? 1)) / 2 };
  }
  return best.threshold;
}
