/**
 * Runs the golden cases of `tools/reference/measure_goldens.py`: for each case name, the call of the function it tests.
 *
 * Over 300 lines because it is one table with a line for each measure.
 */
import { readFileSync } from "node:fs";
import * as m from "../index.ts";

/** A value, or a list of lists of them; `undefined` where the measure must say that it is undefined. */
export type Value = number | boolean | string | null | undefined | readonly Value[];

export interface GoldenCase {
  readonly measure: string;
  readonly reference: string;
  // biome-ignore lint/suspicious/noExplicitAny: the inputs are as different as the measures
  readonly input: any;
  readonly value: Value;
}

export const themes = [
  "special",
  "classification",
  "regression",
  "text",
  "boxes",
  "agreement",
  "intervals",
  "tests",
  "selective",
  "survival",
  "reports",
] as const;

export type Theme = (typeof themes)[number];

export function goldenCases(theme: Theme): { by: string; cases: GoldenCase[] } {
  return JSON.parse(readFileSync(new URL(`${theme}.json`, import.meta.url), "utf8"));
}

type Play = (input: GoldenCase["input"]) => Value;

const s = m.special;
const confusion = (i: GoldenCase["input"]) => m.confusionMatrix<string>(i.truth, i.predicted, i.labels);
const box = ([x0, y0, x1, y1]: number[]) => ({ x0, y0, x1, y1 });
const present = (row: (number | null)[]) => row.map((value) => value ?? undefined);
const limits = ({ low, high }: m.Interval) => [low, high];
const outcome = ({ statistic, p }: m.TestResult) => [statistic, p];
const detectionCases = (i: GoldenCase["input"]): m.DetectionCase[] =>
  // biome-ignore lint/suspicious/noExplicitAny: as read
  i.cases.map(({ detections, truth }: any) => ({
    // biome-ignore lint/suspicious/noExplicitAny: as read
    detections: detections.map((d: any) => ({ ...d, box: box(d.box) })),
    // biome-ignore lint/suspicious/noExplicitAny: as read
    truth: truth.map((t: any) => ({ ...t, box: box(t.box) })),
  }));
const bins = (i: GoldenCase["input"]) => ({ bins: 10, scheme: i.scheme });
const bootstrapped = (statistic: m.Statistic, n: number, options: m.BootstrapOptions) => {
  const { low, high, standardError } = m.bootstrapInterval(n, statistic, options);
  return [low, high, standardError];
};
const prf = ({ precision, recall, f }: m.PrecisionRecallF) => [precision, recall, f];

export const plays: Readonly<Record<Theme, Readonly<Record<string, Play>>>> = {
  special: {
    normalUpper: (i) => s.normalUpper(i.z),
    normalQuantile: (i) => s.normalQuantile(i.p),
    tUpper: (i) => s.tUpper(i.t, i.df),
    tQuantile: (i) => s.tQuantile(i.p, i.df),
    chiSquareUpper: (i) => s.chiSquareUpper(i.x, i.df),
    fUpper: (i) => s.fUpper(i.f, i.d1, i.d2),
    fQuantile: (i) => s.fQuantile(i.p, i.d1, i.d2),
    incompleteBeta: (i) => Object.values(s.incompleteBeta(i.a, i.b, i.x)),
    betaQuantile: (i) => s.betaQuantile(i.p, i.a, i.b),
    incompleteGamma: (i) => Object.values(s.incompleteGamma(i.a, i.x)),
    logGamma: (i) => s.logGamma(i.x),
    binomial: (i) => [s.binomialLower(i.k, i.n, i.p), s.binomialUpper(i.k, i.n, i.p), s.binomialProbability(i.k, i.n, i.p)],
    hypergeometric: (i) => s.hypergeometricProbability(i.k, i.marked, i.plain, i.drawn),
  },
  classification: {
    confusion: (i) => confusion(i).counts,
    accuracy: (i) => m.accuracy(confusion(i)),
    "balanced-accuracy": (i) => m.balancedAccuracy(confusion(i)),
    f1: (i) => {
      const f = m.f1Scores(m.labelCounts(confusion(i)));
      return [f.micro, f.macro, f.weighted, f.macroPrecision, f.macroRecall, f.microPrecision, f.labels.map(({ f1 }) => f1)];
    },
    "f1-empty-label": (i) => m.f1Scores(m.labelCounts(confusion(i))).macro,
    matthews: (i) => m.matthewsCorrelation(confusion(i)),
    "multi-label-f1": (i) => {
      const f = m.f1Scores(m.multiLabelCounts(i.truth, i.predicted, i.truth[0].map((_: boolean, k: number) => k)));
      return [f.micro, f.macro, f.weighted];
    },
    binary: (i) => {
      const counts = m.binaryCounts(i.truth, i.predicted);
      const b = m.binaryMeasures(counts);
      return [
        b.sensitivity,
        b.specificity,
        b.positivePredictiveValue,
        b.negativePredictiveValue,
        b.f1,
        b.matthews,
        m.fBeta(counts, 2),
        b.positiveLikelihoodRatio,
        b.negativeLikelihoodRatio,
        b.prevalence,
      ];
    },
    auroc: (i) => m.auroc(i.scores, i.positive),
    "average-precision": (i) => m.averagePrecision(i.scores, i.positive),
    "roc-curve": (i) => {
      const curve = m.rocCurve(i.scores, i.positive);
      return [
        curve.slice(1).map((p) => p.threshold),
        curve.map((p) => p.sensitivity),
        curve.map((p) => p.falsePositiveRate),
      ];
    },
    "pr-curve": (i) => {
      const curve = m.precisionRecallCurve(i.scores, i.positive);
      return [curve.map((p) => p.threshold), curve.map((p) => p.precision), curve.map((p) => p.recall)];
    },
    brier: (i) => m.brierScore(i.probabilities, i.positive),
    "log-loss": (i) => m.logLoss(i.probabilities, i.positive),
    reliability: (i) => {
      const found = m.reliabilityBins(i.probabilities, i.positive, bins(i));
      return [found.map((b) => b.observed), found.map((b) => b.meanProbability)];
    },
    ece: (i) => [
      m.expectedCalibrationError(i.probabilities, i.positive, bins(i)),
      m.maximumCalibrationError(i.probabilities, i.positive, bins(i)),
    ],
    "calibration-line": (i) => {
      const { intercept, slope } = m.calibrationLine(i.probabilities, i.positive);
      return [intercept, slope];
    },
    "auroc-ovr": (i) => (["macro", "weighted", "micro"] as const).map((a) => m.aurocOneVsRest(i.scores, i.truth, a)),
    "brier-multiclass": (i) => m.brierScoreMulticlass(i.scores, i.truth),
    "top-k": (i) => [1, 2].map((k) => m.topKAccuracy(i.scores, i.truth, k)),
    "top-n": (i) => {
      const first = present(i.first);
      return [...m.topNCurve(first, 10), m.meanReciprocalRank(first)];
    },
    "macro-accuracy": (i) => m.macroAccuracy(i.right, i.condition),
    "set-f1": (i) => {
      const { f1, precision } = m.setF1(i.predicted, i.gold);
      return [f1, precision, m.setAccuracy(i.predicted, i.gold)];
    },
  },
  regression: {
    errors: (i) => [
      m.meanAbsoluteError(i.x, i.y),
      m.medianAbsoluteError(i.x, i.y),
      m.meanSquaredError(i.x, i.y),
      m.rootMeanSquaredError(i.x, i.y),
    ],
    r2: (i) => m.rSquared(i.x, i.y),
    pearson: (i) => m.pearson(i.x, i.y),
    spearman: (i) => m.spearman(i.x, i.y),
    kendall: (i) => m.kendallTauB(i.x, i.y),
    quantile: (i) => i.shares.map((share: number) => m.quantile(i.sorted, share)),
  },
  text: {
    bleu: (i) => {
      const items = m.paired(i.candidates, i.references);
      return [
        i.variants.map((variant: m.BleuOptions) => m.corpusBleu(items, variant)),
        items.map((item) => m.sentenceBleu(item)),
      ];
    },
    chrf: (i) => ([0, 2] as const).map((wordOrder) => m.chrf(m.paired(i.candidates, i.references), { wordOrder })),
    tokenize13a: (i) => m.tokenize13a(i.text.trimEnd()),
    "bleu-coco": (i) => [1, 2, 3, 4].map((order) => m.cocoBleu(m.paired(i.candidates, i.references), order)),
    "rouge-l-coco": (i) => i.candidates.map((c: string, k: number) => m.cocoRougeL(c, i.references[k])),
    "cider-d": (i) => {
      const { score, items } = m.ciderD(m.paired(i.candidates, i.references));
      return [score, ...items];
    },
    "rouge-google": ({ candidate, reference }) =>
      [false, true].map((stem) => [
        prf(m.rougeN(candidate, reference, 1, { stem })),
        prf(m.rougeN(candidate, reference, 2, { stem })),
        prf(m.rougeL(candidate, reference, { stem })),
        prf(m.rougeLsum(candidate, reference, { stem })),
      ]),
    porter: (i) => i.words.map(m.porterStem),
    "token-overlap": (i) => prf(m.tokenOverlap(i.predicted, i.reference)),
    "exact-match": (i) =>
      (["verbatim", "case-folded", "squad"] as const).map((variant) => m.exactMatch(i.predicted, [i.reference], variant)),
    meteor: (i) => [
      m.meteor(i.candidate, i.references, { match: "exact" }),
      m.meteor(i.candidate, i.references, { match: "exact+stem" }),
    ],
    "edit-distance": (i) => m.editDistance([...i.a], [...i.b]),
    "error-rate": (i) => [m.errorRate(i.predicted, i.references, "words"), m.errorRate(i.predicted, i.references, "characters")],
  },
  boxes: {
    "box-iou": (i) => m.boxIou(box(i.a), box(i.b)),
    "temporal-iou": (i) => m.temporalIou(i.a, i.b),
    mask: (i) => Object.values(m.maskOverlap(i.a, i.b)),
    "map-coco": (i) => {
      const cases = detectionCases(i);
      const at = (iou: number) => m.meanAveragePrecision(cases, { iou, variant: "coco" }).mean;
      return [m.cocoMeanAveragePrecision(cases), at(0.5), at(0.75)];
    },
    "map-voc": (i) => m.meanAveragePrecision(detectionCases(i), { iou: 0.5, variant: "voc" }).mean,
  },
  agreement: {
    cohen: (i) => m.cohenKappa<number>(i.first, i.second, i),
    fleiss: (i) => m.multiRaterKappa(i.counts, "fleiss"),
    randolph: (i) => m.multiRaterKappa(i.counts, "randolph"),
    krippendorff: (i) => m.krippendorffAlpha(i.ratings.map(present), i.level),
    icc: (i) => {
      const { value, low, high, f, p } = m.intraclassCorrelation(i.ratings, i.form);
      return [value, low, high, f, p];
    },
  },
  intervals: {
    wilson: (i) => limits(m.wilsonInterval(i.right, i.n, i.level)),
    "clopper-pearson": (i) => limits(m.clopperPearsonInterval(i.right, i.n, i.level)),
    mean: (i) => limits(m.meanInterval(i.values)),
    "bootstrap-mean": (i) => bootstrapped(m.meanStatistic(i.values), i.values.length, i),
    "bootstrap-median": (i) =>
      bootstrapped((indices) => m.median(Array.from(indices, (k) => i.values[k])), i.values.length, i),
    "bootstrap-auroc-stratified": (i) =>
      bootstrapped(m.aurocStatistic(i.scores, i.positive), i.scores.length, { ...i, strata: i.positive }),
    "bootstrap-auroc": (i) => {
      const r = m.bootstrapInterval(i.scores.length, m.aurocStatistic(i.scores, i.positive), i);
      return [r.low, r.high, r.standardError, r.undefinedResamples];
    },
    "roc-band": (i) => {
      const { sensitivity, low, high, resamples } = m.rocBand(i.scores, i.positive, i);
      return [sensitivity, low, high, resamples];
    },
    "bootstrap-clustered": (i) => bootstrapped(m.meanStatistic(i.values), i.values.length, i),
  },
  tests: {
    correlation: (i) => m.correlationTest(i.r, i.n).p,
    "mcnemar-exact": (i) => outcome(m.mcnemarTest(i, "exact")),
    "mcnemar-plain": (i) => outcome(m.mcnemarTest(i, "plain")),
    "mcnemar-corrected": (i) => outcome(m.mcnemarTest(i, "corrected")),
    wilcoxon: (i) => outcome(m.wilcoxonSignedRankTest(i.differences, i)),
    "wilcoxon-exact-p": (i) => m.wilcoxonSignedRankTest(i.differences, { ...i, method: "exact" }).p,
    sign: (i) => m.signTest(i.differences).p,
    "mann-whitney": (i) => outcome(m.mannWhitneyTest(i.first, i.second, i)),
    "t-unpaired": (i) => {
      const r = m.unpairedTTest(i.first, i.second, i.variant, i.alternative);
      return [r.statistic, r.p, r.degreesOfFreedom];
    },
    "t-paired": (i) => {
      const r = m.pairedTTest(i.first, i.second, i.alternative);
      return [r.statistic, r.p, r.degreesOfFreedom];
    },
    "chi-square": (i) => {
      const r = m.chiSquareTest(i.table, i);
      return [r.statistic, r.p, r.degreesOfFreedom];
    },
    fisher: (i) => outcome(m.fisherExactTest(i.table, i.alternative)),
    "two-proportions": (i) =>
      outcome(
        m.twoProportionTest({ correct: i.right[0], n: i.n[0] }, { correct: i.right[1], n: i.n[1] }, i.alternative),
      ),
    "goodness-of-fit": (i) => outcome(m.goodnessOfFitTest(i.observed, i.expected)),
    delong: (i) => {
      const r = m.delongInterval(i.scores, i.positive);
      return [r.auroc, r.standardError, r.low, r.high];
    },
    "delong-paired": (i) => {
      const r = m.delongTest(i.first, i.second, i.positive);
      return [r.statistic, r.p, r.first, r.second];
    },
    "permutation-paired": (i) => outcome(m.pairedPermutationTest(i.first, i.second, i)),
    "permutation-unpaired": (i) => outcome(m.unpairedPermutationTest(i.first, i.second, i)),
    "bootstrap-difference": (i) => {
      const r = m.bootstrapDifferenceTest(i.first.length, m.meanStatistic(i.first), m.meanStatistic(i.second), i);
      return [r.statistic, r.p, r.low, r.high];
    },
    "benjamini-hochberg": (i) => m.adjustedPValues(i.p, "benjamini-hochberg"),
    holm: (i) => m.adjustedPValues(i.p, "holm"),
    "normalised-differences": (i) => m.normalisedDifferences(i.first, i.second, i.lowerIsBetter),
  },
  selective: {
    aurc: (i) => [m.areaUnderRiskCoverage(i.confidence, i.right), m.excessAreaUnderRiskCoverage(i.confidence, i.right)],
    "risk-coverage": (i) =>
      m.riskCoverage(i.confidence, i.right).map(({ threshold, coverage, risk }) => [threshold, coverage, risk]),
    "selective-accuracy": (i) => {
      const { accuracy, coverage } = m.selectiveAccuracy(i.confidence, i.right, i.deferral);
      return [accuracy, coverage];
    },
    entropy: (i) => m.answerEntropy(i.counts),
  },
  survival: {
    "c-index": (i) => {
      const { index, comparable, tiedRisk } = m.concordanceIndex(i.times, i.events, i.risk);
      return [index, comparable, tiedRisk];
    },
    "log-likelihood": (i) => [m.logLikelihood(i.probabilities, i.positive), m.logLikelihood(i.null, i.positive)],
    nagelkerke: (i) => m.nagelkerkeR2(i.logLikelihood, i.nullLogLikelihood, i.n),
    "liability-r2": (i) => m.liabilityR2(i.linearR2, i.prevalence, i.caseShare),
  },
  reports: {
    chexbert: (i) => {
      const { micro, macro } = m.chexbertF1(i.candidates, i.references, i);
      return [micro, macro];
    },
    radgraph: (i) =>
      (["simple", "partial", "complete", "yu"] as const).map((variant) => m.radgraphF1(i.candidate, i.reference, variant)),
    green: (i) => m.greenScore(i.matched, i.errors),
  },
};

/**
 * The largest difference of two values of one shape: absolute up to 1, relative above, and relative always for the special functions, whose tails
 * are tiny. Infinity where the shapes, words or truths differ.
 */
export function difference(own: Value, golden: Value, relative: boolean): number {
  if (Array.isArray(own) && Array.isArray(golden)) {
    if (own.length !== golden.length) return Number.POSITIVE_INFINITY;
    return own.reduce<number>((most, value, i) => Math.max(most, difference(value, golden[i], relative)), 0);
  }
  if (typeof own === "number" && typeof golden === "number") {
    const scale = relative && golden !== 0 ? Math.abs(golden) : Math.max(1, Math.abs(golden));
    const apart = Math.abs(own - golden) / scale;
    return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
  }
  return (own ?? null) === golden ? 0 : Number.POSITIVE_INFINITY;
}
