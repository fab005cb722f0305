/** How long scoring and statistics of a large benchmark take: 56,000 items, the size of all multiple-choice sets of MultiMedQA with samples. */
import { cpus } from "node:os";
import { Random } from "../../dist/base/random.js";
import * as m from "../../dist/measure/index.js";
import { runRows } from "./runs.mjs";

const n = 56_000;

export async function rows({ only, log }) {
  const random = new Random(1);
  const list = (make) => Array.from({ length: n }, make);
  const letters = ["A", "B", "C", "D"];
  const truth = list(() => letters[random.below(4)]);
  const predicted = truth.map((letter) =>
    random.next() < 0.6 ? letter : random.next() < 0.02 ? undefined : letters[random.below(4)],
  );
  const correct = truth.map((letter, i) => letter === predicted[i]);
  const other = correct.map((value) => (random.next() < 0.8 ? value : random.next() < 0.6));
  const positive = list(() => random.next() < 0.3);
  const scores = positive.map((value) => Math.round(100 * (random.normal() + (value ? 1 : 0))) / 100);
  const rival = scores.map((score) => score + random.normal());
  const words = list(() => Math.floor(random.next() ** 3 * n)).map((word) => `word${word % 3000}`);
  const text = (length) => Array.from({ length }, () => words[random.below(n)]).join(" ");
  const short = list(() => text(4));
  const shortSaid = short.map((answer) => (random.next() < 0.5 ? answer : text(3)));
  const reports = list(() => text(30));
  const drafts = reports.map((report) =>
    report
      .split(" ")
      .map((word) => (random.next() < 0.6 ? word : text(1)))
      .join(" "),
  );
  const items = m.paired(
    drafts,
    reports.map((report) => [report]),
  );
  const oneZero = correct.map(Number);

  const suites = {
    "multiple choice, all scores": () => {
      const matrix = m.confusionMatrix(truth, predicted);
      return [
        m.accuracy(matrix),
        m.balancedAccuracy(matrix),
        m.f1Scores(m.labelCounts(matrix)),
        m.matthewsCorrelation(matrix),
      ];
    },
    "calibration and risk-coverage": () => {
      const probabilities = scores.map((score) => 1 / (1 + Math.exp(-score)));
      return [m.expectedCalibrationError(probabilities, positive), m.areaUnderRiskCoverage(probabilities, correct)];
    },
    "exact match and token F1, 4 words": () =>
      short.map((answer, i) => [m.exactMatch(shortSaid[i], [answer], "squad"), m.tokenF1(shortSaid[i], [answer])]),
    "ROUGE-L, 30 words": () => reports.map((report, i) => m.rougeL(drafts[i], report).f),
    "BLEU-4, 30 words": () => m.corpusBleu(items),
    "CIDEr-D, 30 words": () => m.ciderD(items).score,
    "AUROC, AP, DeLong": () => [
      m.auroc(scores, positive),
      m.averagePrecision(scores, positive),
      m.delongTest(scores, rival, positive),
    ],
    "McNemar, Wilcoxon, Kendall": () => [
      m.mcnemarTest(m.discordantPairs(correct, other), "exact"),
      m.wilcoxonSignedRankTest(scores.map((score, i) => score - rival[i])),
      m.kendallTauB(scores, rival),
    ],
    "bootstrap of accuracy, 1,000": () => m.bootstrapInterval(n, m.meanStatistic(oneZero)),
    "BCa bootstrap of accuracy, 1,000": () => m.bootstrapInterval(n, m.meanStatistic(oneZero), { method: "bca" }),
    "bootstrap of AUROC, 1,000": () => m.bootstrapInterval(n, m.aurocStatistic(scores, positive)),
    "paired permutation, 1,000": () => m.pairedPermutationTest(oneZero, other.map(Number), { resamples: 1000 }),
  };
  const found = [];
  for (const [id, run] of Object.entries(suites)) {
    if (only !== undefined && only !== id) continue;
    log(id);
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    found.push({
      id,
      ours: (user + system) / 1e6,
      unit: "s",
      note: `processor time, 56,000 items; ${cpus()[0]?.model ?? "unknown"}`,
    });
  }
  return [...found, ...(await runRows({ only, log }))];
}
