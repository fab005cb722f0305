/** What measures say where there is little or nothing to measure: a named error, never NaN; and what they say of wrong input. */
import { describe, expect, test } from "vitest";
import { PolyclinicError } from "../base/errors.ts";
import * as m from "./index.ts";

/** The code of the error, or the value. */
function outcome(compute: () => unknown): unknown {
  try {
    return compute();
  } catch (error) {
    if (PolyclinicError.is(error)) return error.code;
    throw error;
  }
}

const undefinedCases: Record<string, () => unknown> = {
  "accuracy of nothing": () => m.accuracy(m.confusionMatrix([], [])),
  "accuracy of answered when nothing is": () => m.accuracyOfAnswered(m.confusionMatrix(["a"], [undefined])),
  "balanced accuracy of nothing": () => m.balancedAccuracy(m.confusionMatrix([], [])),
  "macro-accuracy of nothing": () => m.macroAccuracy([], []),
  "F1 of no label": () => m.f1Scores([]),
  "AUROC of nothing": () => m.auroc([], []),
  "AUROC of one class": () => m.auroc([0.1, 0.9], [true, true]),
  "ROC curve of one class": () => m.rocCurve([0.1, 0.9], [false, false]),
  "one-vs-rest AUROC with a class that does not occur": () =>
    m.aurocOneVsRest(
      [
        [0.2, 0.8],
        [0.5, 0.5],
      ],
      [1, 1],
      "macro",
    ),
  "average precision without a positive": () => m.averagePrecision([0.1], [false]),
  "Brier score of nothing": () => m.brierScore([], []),
  "ECE of nothing": () => m.expectedCalibrationError([], []),
  "calibration line of one class": () => m.calibrationLine([0.2, 0.4], [true, true]),
  "top-n of nothing": () => m.topNAccuracy([], 1),
  "set accuracy of nothing": () => m.setAccuracy([], []),
  "MAE of nothing": () => m.meanAbsoluteError([], []),
  "R squared of one case": () => m.rSquared([1], [1]),
  "correlation of one pair": () => m.pearson([1], [1]),
  "BLEU of nothing": () => m.corpusBleu([]),
  "BLEU without a reference": () => m.corpusBleu([{ candidate: "a", references: [] }]),
  "CIDEr-D of one item": () => m.ciderD([{ candidate: "a b", references: ["a b"] }]),
  "error rate of empty references": () => m.errorRate(["a"], [""], "words"),
  "mAP without true boxes": () => m.meanAveragePrecision([], { iou: 0.5, variant: "voc" }),
  "Dice of two empty masks": () => m.maskOverlap([], []),
  "kappa of nothing": () => m.cohenKappa([], []),
  "Randolph kappa of single ratings": () => m.multiRaterKappa([[1, 0]], "randolph"),
  "Randolph kappa of one category": () => m.multiRaterKappa([[3]], "randolph"),
  "alpha of nothing": () => m.krippendorffAlpha([], "nominal"),
  "ICC of one item": () => m.intraclassCorrelation([[1, 2]], "icc1"),
  "ICC of one rater": () => m.intraclassCorrelation([[1], [2]], "icc1"),
  "ICC of items with one mean": () =>
    m.intraclassCorrelation(
      [
        [1, 3],
        [3, 1],
      ],
      "icc3",
    ),
  "t interval of one value": () => m.meanInterval([1]),
  "bootstrap of one case": () => m.bootstrapInterval(1, m.meanStatistic([1])),
  "bootstrap of one cluster": () => m.bootstrapInterval(3, m.meanStatistic([1, 2, 3]), { clusters: ["a", "a", "a"] }),
  "bootstrap of AUROC with one class": () => m.bootstrapInterval(2, m.aurocStatistic([1, 2], [true, true])),
  "BCa of a constant": () => m.bootstrapInterval(3, m.meanStatistic([1, 1, 1]), { method: "bca" }),
  "plain McNemar without a discordant pair": () => m.mcnemarTest({ firstOnly: 0, secondOnly: 0 }, "plain"),
  "t test of one pair": () => m.pairedTTest([1], [2]),
  "correlation test of two pairs": () => m.correlationTest(1, 2),
  "chi-square of a single row": () => m.chiSquareTest([[1, 2]]),
  "goodness of fit with an impossible category": () => m.goodnessOfFitTest([1, 1], [2, 0]),
  "two proportions that are all alike": () => m.twoProportionTest({ correct: 0, n: 3 }, { correct: 0, n: 4 }),
  "Fisher with an empty column": () =>
    m.fisherExactTest([
      [0, 1],
      [0, 2],
    ]),
  "Mann-Whitney of nothing": () => m.mannWhitneyTest([], [1]),
  "permutation of nothing": () => m.pairedPermutationTest([], []),
  "risk-coverage of nothing": () => m.riskCoverage([], []),
  "selective accuracy when all confidences are equal": () => m.selectiveAccuracy([1, 1], [true, false], 0.5),
  "entropy of no answer": () => m.answerEntropy([]),
  "C-index without a comparable pair": () => m.concordanceIndex([1, 1], [true, true], [0, 1]),
  "Nagelkerke of one class": () => m.nagelkerkeR2(0, 0, 5),
};

describe("undefined is said, not returned", () => {
  test.each(Object.entries(undefinedCases))("%s", (_, compute) => {
    expect(outcome(compute)).toBe("measure/undefined");
  });
});

const inputCases: Record<string, () => unknown> = {
  "lists of two lengths": () => m.auroc([1, 2], [true]),
  "NaN among scores": () => m.auroc([1, Number.NaN], [true, false]),
  "a label outside the options": () => m.confusionMatrix(["a"], ["z"], ["a", "b"]),
  "a probability above 1": () => m.brierScore([1.2], [true]),
  "a probability of 1 has no logit": () => m.calibrationLine([1, 0.5], [true, false]),
  "zero bins": () => m.reliabilityBins([0.5], [true], { bins: 0 }),
  "a place of 0": () => m.topNAccuracy([0], 1),
  "rows of different length": () => m.multiLabelCounts([[true]], [[true, false]], ["a"]),
  "a box with swapped corners": () => m.boxIou({ x0: 5, y0: 0, x1: 1, y1: 1 }, { x0: 0, y0: 0, x1: 1, y1: 1 }),
  "a box without a number": () => m.boxIou({ x0: Number.NaN, y0: 0, x1: 1, y1: 1 }, { x0: 0, y0: 0, x1: 1, y1: 1 }),
  "weights without an order": () => m.cohenKappa(["a"], ["b"], { weights: "linear" }),
  "different numbers of ratings": () =>
    m.multiRaterKappa(
      [
        [2, 0],
        [1, 0],
      ],
      "fleiss",
    ),
  "a rating outside the categories": () => m.ratingCounts([["z"]], ["a"]),
  "more right than there are": () => m.wilsonInterval(4, 3),
  "a level of 95": () => m.clopperPearsonInterval(1, 3, 95),
  "a cluster in two strata": () =>
    m.bootstrapInterval(2, m.meanStatistic([1, 2]), { clusters: ["a", "a"], strata: [0, 1] }),
  "a statistic that gives NaN": () => m.bootstrapInterval(2, () => Number.NaN),
  "a block in both samples": () => m.unpairedPermutationTest([1], [2], { blocks: ["a", "a"] }),
  "an exact Wilcoxon test of split zeros": () => m.wilcoxonSignedRankTest([1, 0], { zeros: "zsplit", method: "exact" }),
  "an exact Mann-Whitney test of ties": () => m.mannWhitneyTest([1], [1], { method: "exact" }),
  "half a count": () =>
    m.chiSquareTest([
      [1.5, 2],
      [1, 1],
    ]),
  "a p-value of 2": () => m.adjustedPValues([2], "holm"),
  "a relation to nowhere": () =>
    m.radgraphF1(
      { 1: { tokens: "a", label: "b", relations: [["modify", "9"]] } },
      { 1: { tokens: "a", label: "b", relations: [] } },
      "complete",
    ),
  "an unknown CheXpert label": () =>
    m.chexbertF1([{ Lungs: "present" } as m.LabelledReport], [{}], { uncertain: "positive" }),
};

describe("wrong input is named", () => {
  test.each(Object.entries(inputCases))("%s", (_, compute) => {
    expect(outcome(compute)).toBe("measure/input");
  });
});

test("an unanswered case is wrong, but a false positive of no label", () => {
  const matrix = m.confusionMatrix(["a", "a", "b", "b"], ["a", undefined, "b", "a"]);
  expect(m.accuracy(matrix)).toBe(0.5);
  expect(m.accuracyOfAnswered(matrix)).toBe(2 / 3);
  expect(m.balancedAccuracy(matrix)).toBe(0.5);
  expect(m.labelCounts(matrix)).toEqual([
    { label: "a", truePositives: 1, falsePositives: 1, falseNegatives: 1 },
    { label: "b", truePositives: 1, falsePositives: 0, falseNegatives: 1 },
  ]);
  expect(matrix.unanswered).toEqual([1, 0]);
});

test("labels that neither occur nor are predicted are named beside the macro mean", () => {
  expect(m.f1Scores(m.labelCounts(m.confusionMatrix(["a"], ["a"], ["a", "b"]))).emptyLabels).toEqual(["b"]);
});

test("log loss of an impossible outcome is infinite, and of a certain one 0", () => {
  expect(m.logLoss([0], [true])).toBe(Number.POSITIVE_INFINITY);
  expect(m.logLoss([0, 1], [false, true])).toBe(0);
});

test("the exact McNemar test without a discordant pair does not reject", () => {
  expect(m.mcnemarTest({ firstOnly: 0, secondOnly: 0 }, "exact").p).toBe(1);
});

test("resamples without a value are counted", () => {
  const result = m.bootstrapInterval(4, m.aurocStatistic([1, 2, 3, 4], [true, false, false, false]), {
    resamples: 400,
  });
  expect(result.undefinedResamples).toBeGreaterThan(50);
  expect(result.resamples + result.undefinedResamples).toBe(400);
});

test("the same seed gives the same interval, another seed another", () => {
  const of = (seed: number) =>
    m.bootstrapInterval(50, m.meanStatistic(Array.from({ length: 50 }, (_, i) => (i * 7) % 11)), { seed });
  expect(of(3)).toEqual(of(3));
  expect(of(3).low).not.toBe(of(4).low);
});

test("an AUROC prepared once gives on any resample what it gives from scratch", () => {
  const scores = Array.from({ length: 60 }, (_, i) => (i * 17) % 13);
  const positive = scores.map((score, i) => (score + i) % 3 === 0);
  const indices = scores.map((_, i) => ((i * 31) % 60) >> 1);
  const again = m.auroc(
    indices.map((i) => scores[i]),
    indices.map((i) => positive[i]),
  );
  expect(m.rankedAuroc(scores, positive)(indices)).toBe(again);
});

test("56,000 items score in seconds", () => {
  const n = 56_000;
  const correct = Array.from({ length: n }, (_, i) => Number((i * 7919) % 10 < 6));
  const start = process.cpuUsage();
  const letters = correct.map((value, i) => "ABCD"[(i + value) % 4]);
  const truth = correct.map((_, i) => "ABCD"[(i + 1) % 4]);
  const matrix = m.confusionMatrix(truth, letters);
  m.f1Scores(m.labelCounts(matrix));
  const { low, high } = m.bootstrapInterval(n, m.meanStatistic(correct), { resamples: 100 });
  const { user } = process.cpuUsage(start);
  expect(m.accuracy(matrix)).toBeGreaterThan(low);
  expect(m.accuracy(matrix)).toBeLessThan(high);
  expect(user / 1e6).toBeLessThan(3);
});
