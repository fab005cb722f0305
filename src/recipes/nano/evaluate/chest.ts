/** Chest X-rays: normal or pneumonia, which kind, and what a written report says. */
import { auroc, mean } from "../../../measure/index.ts";
import { chestKinds, chestLabels } from "../../../prompts/index.ts";
import { type Layout, report } from "../../../task/index.ts";
import { chestKindOf } from "../train/examples.ts";
import type { NanoFile } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";
import { type Answered, accuracy, asked, each, held, likeliest, type NanoTrial, share, weighed } from "./trial.ts";

export async function chestRows(trial: NanoTrial): Promise<Row[]> {
  const score = async (layout: Layout, file: NanoFile) => ({
    positive: file.label !== "normal",
    score: (await weighed(trial, layout, chestLabels)).get("pneumonia") ?? 0,
  });
  const validation = await each(trial, "chest X-rays, validation", held(trial, "cxr", "val"), (file) =>
    asked(trial, file, "chest X-ray", (layout) => score(layout, file)),
  );
  const answered = await each(trial, "chest X-rays", [...held(trial, "cxr", "test").entries()], ([i, file]) =>
    asked(trial, file, "chest X-ray", async (layout) => ({
      scored: await score(layout, file),
      kind: { truth: chestKindOf(file.label), said: likeliest(await weighed(trial, layout, chestKinds)) },
      // Writing is slow beside scoring: every third image says enough.
      written: i % 3 === 0 ? await writtenReport(trial, layout, file) : undefined,
    })),
  );
  const test = answered.map(({ scored }) => scored);
  const kinds = answered.map(({ kind }) => kind);
  const written = answered.flatMap((one) => one.written ?? []);
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
        id: "cxr-report-accuracy",
        what: "written report, impression says pneumonia or not, every third test image",
        baseline: share(written.map(({ truth }) => truth)),
        reference: "none",
      },
      trial.precision,
      written,
      accuracy,
    ),
  ];
}

async function writtenReport(trial: NanoTrial, layout: Layout, file: NanoFile): Promise<Answered> {
  const { answer } = await report(layout, trial.model, { anyway: true, signal: trial.signal });
  const impression = answer?.impression.toLowerCase() ?? "";
  const said = impression.includes("no sign") ? "normal" : impression.includes("pneumonia") ? "pneumonia" : "unparsed";
  return { truth: file.label === "normal" ? "normal" : "pneumonia", said };
}

/**
 * The decision threshold for pneumonia: where sensitivity and specificity together are greatest on validation. How many of the films a
 * user has are normal is not known, and validation and test differ in it.
 */
export function bestThreshold(cases: readonly { readonly positive: boolean; readonly score: number }[]): number {
  const sorted = [...cases].sort((a, b) => a.score - b.score);
  const positives = sorted.filter(({ positive }) => positive).length;
  const [hit, spared] = [1 / positives, 1 / (sorted.length - positives)];
  let gain = 1; // Sensitivity plus specificity when all are called positive.
  let best = { gain, threshold: 0 };
  for (const [i, { positive, score }] of sorted.entries()) {
    gain += positive ? -hit : spared;
    if (gain > best.gain) best = { gain, threshold: (score + (sorted[i + 1]?.score ?? 1)) / 2 };
  }
  return best.threshold;
}
