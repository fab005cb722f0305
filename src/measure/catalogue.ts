/**
 * Every measure by the name that a report prints. Two variants of one measure never share a name.
 *
 * Over 300 lines because it is one table, from which `docs/metrics.md` is written.
 */

export interface CatalogueEntry {
  /** Name of the variant, `family@variant`. */
  readonly name: string;
  readonly kind:
    | "classification"
    | "regression"
    | "text"
    | "boxes"
    | "agreement"
    | "interval"
    | "test"
    | "selective"
    | "survival"
    | "report";
  /** In one sentence. */
  readonly definition: string;
  /** The function of this module that computes it. */
  readonly call: string;
  /** The golden cases that test it, `theme/measure`. */
  readonly golden: string;
}

const of =
  (kind: CatalogueEntry["kind"]) =>
  (name: string, call: string, golden: string, definition: string): CatalogueEntry => ({
    name,
    kind,
    definition,
    call,
    golden,
  });

const classification = of("classification");
const regression = of("regression");
const text = of("text");
const boxes = of("boxes");
const agreement = of("agreement");
const interval = of("interval");
const statistical = of("test");
const selective = of("selective");
const survival = of("survival");
const report = of("report");

/** All measures with their references, as listed in docs/metrics.md. */
export const catalogue: readonly CatalogueEntry[] = [
  classification(
    "accuracy",
    "accuracy",
    "classification/accuracy",
    "share of correct answers; unanswered cases count as wrong",
  ),
  classification(
    "accuracy-of-answered",
    "accuracyOfAnswered",
    "classification/accuracy",
    "share of correct answers among the answered cases",
  ),
  classification(
    "balanced-accuracy",
    "balancedAccuracy",
    "classification/balanced-accuracy",
    "mean recall over the classes that occur in the truth",
  ),
  classification(
    "macro-accuracy",
    "macroAccuracy",
    "classification/macro-accuracy",
    "mean over conditions of the accuracy within each",
  ),
  classification(
    "confusion",
    "confusionMatrix",
    "classification/confusion",
    "number of cases by true and predicted label",
  ),
  classification(
    "f1-micro, f1-macro, f1-weighted",
    "f1Scores",
    "classification/f1",
    "2TP/(2TP+FP+FN): of pooled counts; mean over labels; mean weighted by support; 0/0 = 0, and such labels are listed",
  ),
  classification(
    "f1-micro, -macro, -weighted, multi-label",
    "multiLabelCounts, f1Scores",
    "classification/multi-label-f1",
    "F1 where a case can have any number of labels",
  ),
  classification(
    "sensitivity, specificity, ppv, npv, lr+, lr-, f-beta, youden",
    "binaryMeasures, fBeta",
    "classification/binary",
    "computed from TP, FP, TN and FN; undefined for 0/0",
  ),
  classification(
    "mcc",
    "matthewsCorrelation",
    "classification/matthews",
    "Matthews correlation coefficient; for several classes in Gorodkin's form",
  ),
  classification(
    "auroc",
    "auroc",
    "classification/auroc",
    "probability that a positive case scores above a negative one; ties count one half",
  ),
  classification(
    "roc",
    "rocCurve",
    "classification/roc-curve",
    "sensitivity and false positive rate at every threshold",
  ),
  interval(
    "roc-band",
    "rocBand",
    "intervals/roc-band",
    "sensitivity at fixed false positive rates, with a pointwise bootstrap interval",
  ),
  classification(
    "auroc-ovr-macro, -weighted, -micro",
    "aurocOneVsRest",
    "classification/auroc-ovr",
    "AUROC of each class against the rest, averaged; micro: all case-class pairs pooled",
  ),
  classification(
    "average-precision",
    "averagePrecision",
    "classification/average-precision",
    "sum over thresholds of precision times the increase in recall (AUPRC without interpolation)",
  ),
  classification(
    "pr-curve",
    "precisionRecallCurve",
    "classification/pr-curve",
    "precision and recall at every threshold",
  ),
  classification("brier", "brierScore", "classification/brier", "mean (probability - outcome)^2"),
  classification(
    "brier-multiclass",
    "brierScoreMulticlass",
    "classification/brier-multiclass",
    "mean over cases of the squared error summed over classes, 0 to 2",
  ),
  classification("log-loss", "logLoss", "classification/log-loss", "mean negative log-likelihood in nats, not clipped"),
  classification(
    "reliability@equal-width, @equal-mass",
    "reliabilityBins",
    "classification/reliability",
    "mean probability and observed frequency of each bin",
  ),
  classification(
    "ece@equal-width-10, ece@equal-mass-10, mce",
    "expectedCalibrationError, maximumCalibrationError",
    "classification/ece",
    "weighted mean over bins, and maximum, of |observed frequency - mean probability|",
  ),
  classification(
    "calibration-intercept, calibration-slope",
    "calibrationLine",
    "classification/calibration-line",
    "logistic recalibration of the outcomes on the logits (Cox)",
  ),
  classification(
    "top-n, mrr",
    "topNAccuracy, topNCurve, meanReciprocalRank",
    "classification/top-n",
    "share of cases with a match among the first n entries; mean of 1/rank",
  ),
  classification(
    "top-k",
    "topKAccuracy",
    "classification/top-k",
    "share of cases whose true class is among the k highest scores; ties count as misses",
  ),
  classification(
    "set-f1, set-accuracy",
    "setF1, setAccuracy",
    "classification/set-f1",
    "F1 of pooled set counts (SNP-F1, Indel-F1); share of identical sets (USPTO)",
  ),
  regression(
    "mae, median-ae, mse, rmse",
    "meanAbsoluteError ...",
    "regression/errors",
    "mean and median |d|, mean d^2 and its square root, with d = prediction - truth",
  ),
  regression("r2", "rSquared", "regression/r2", "1 - SSE/SST"),
  regression("pearson", "pearson", "regression/pearson", "product-moment correlation"),
  regression("spearman", "spearman", "regression/spearman", "Pearson correlation of mid-ranks"),
  regression("kendall-tau-b", "kendallTauB", "regression/kendall", "tau with tie correction, n log n"),
  regression(
    "quantile, median",
    "quantile, median",
    "regression/quantile",
    "linear interpolation between order statistics (type 7)",
  ),
  text(
    "em@verbatim, em@case-folded, em@squad",
    "exactMatch",
    "text/exact-match",
    "equality as written; after lower-casing and collapsing white space; after SQuAD's normalisation",
  ),
  text(
    "token-f1@squad, token-recall@squad, token-precision@squad",
    "tokenOverlap, tokenF1",
    "text/token-overlap",
    "multiset overlap of the words after SQuAD's normalisation",
  ),
  text(
    "bleu-1 to bleu-4@sacrebleu (exp, floor, add-k, none; 13a, none)",
    "corpusBleu, sentenceBleu",
    "text/bleu",
    "clipped n-gram precisions, geometric mean, brevity penalty; 0 to 1",
  ),
  text("tokenize@13a", "tokenize13a", "text/tokenize13a", "mteval-v13a"),
  text(
    "bleu-1 to bleu-4@coco",
    "cocoBleu",
    "text/bleu-coco",
    "BLEU with the constants of the COCO caption evaluation, on tokenised text",
  ),
  text(
    "rouge-1, -2, -l, -lsum@google, @google-stemmed",
    "rougeN, rougeL, rougeLsum",
    "text/rouge-google",
    "F1 of n-gram overlap, of the longest common subsequence (LCS), of the union LCS per line",
  ),
  text("porter@nltk", "porterStem", "text/porter", "Porter's stemmer with NLTK's extensions"),
  text(
    "rouge-l@coco",
    "cocoRougeL",
    "text/rouge-l-coco",
    "LCS F with beta 1.2; best precision and best recall over the references",
  ),
  text(
    "chrf@sacrebleu, chrf++@sacrebleu",
    "chrf",
    "text/chrf",
    "F2 of character 1- to 6-grams; chrF++ adds word 1- and 2-grams",
  ),
  text("cider-d@coco", "ciderD", "text/cider-d", "clipped tf-idf cosine of 1- to 4-grams with length penalty, 0 to 10"),
  text(
    "meteor@exact, meteor@exact+stem",
    "meteor",
    "text/meteor",
    "recall-weighted F of matched words with a fragmentation penalty; without WordNet synonyms",
  ),
  text("edit-distance", "editDistance", "text/edit-distance", "Levenshtein distance"),
  text(
    "wer, cer",
    "errorRate",
    "text/error-rate",
    "edits divided by reference words (WER) or code points (CER), both summed over items",
  ),
  boxes("iou", "boxIou", "boxes/box-iou", "intersection over union of boxes; iou@t: iouAt"),
  boxes("temporal-iou", "temporalIou", "boxes/temporal-iou", "intersection over union of time spans"),
  boxes("dice, mask-iou", "maskOverlap", "boxes/mask", "2|AB|/(|A|+|B|); |A and B|/|A or B|"),
  boxes(
    "map@coco, map@coco-50, map@coco-75",
    "cocoMeanAveragePrecision, meanAveragePrecision",
    "boxes/map-coco",
    "mean precision at 101 recall levels, averaged over labels (and over IoU 0.50 to 0.95)",
  ),
  boxes(
    "map@voc-50",
    "meanAveragePrecision",
    "boxes/map-voc",
    "area under the non-increasing precision-recall curve, averaged over labels",
  ),
  agreement(
    "cohen-kappa, @linear, @quadratic",
    "cohenKappa",
    "agreement/cohen",
    "1 - observed / expected (weighted) disagreement of two raters",
  ),
  agreement(
    "fleiss-kappa",
    "multiRaterKappa",
    "agreement/fleiss",
    "chance agreement from the observed category frequencies",
  ),
  agreement("randolph-kappa", "multiRaterKappa", "agreement/randolph", "free-marginal: (Po - 1/k)/(1 - 1/k)"),
  agreement(
    "krippendorff-alpha@nominal, @ordinal, @interval, @ratio",
    "krippendorffAlpha",
    "agreement/krippendorff",
    "1 - observed / expected disagreement; ratings may be missing",
  ),
  agreement(
    "icc1, icc2, icc3, icc1k, icc2k, icc3k",
    "intraclassCorrelation",
    "agreement/icc",
    "the forms of Shrout and Fleiss, with interval and F test",
  ),
  interval("wilson", "wilsonInterval", "intervals/wilson", "score interval of a proportion"),
  interval("clopper-pearson", "clopperPearsonInterval", "intervals/clopper-pearson", "exact interval of a proportion"),
  interval("t-interval", "meanInterval", "intervals/mean", "Student's t interval of a mean"),
  interval(
    "bootstrap-percentile, bootstrap-bca",
    "bootstrapInterval",
    "intervals/bootstrap-mean",
    "tested on a mean; works for any statistic of case indices",
  ),
  interval(
    "bootstrap-bca of a median",
    "bootstrapInterval",
    "intervals/bootstrap-median",
    "acceleration from the leave-one-out jackknife",
  ),
  interval(
    "bootstrap, stratified",
    "bootstrapInterval",
    "intervals/bootstrap-auroc-stratified",
    "resampled within each stratum, whose size is fixed",
  ),
  interval(
    "bootstrap of auroc",
    "bootstrapInterval, aurocStatistic",
    "intervals/bootstrap-auroc",
    "resamples with a single class are omitted and counted",
  ),
  interval(
    "bootstrap, clustered",
    "bootstrapInterval",
    "intervals/bootstrap-clustered",
    "whole clusters are resampled",
  ),
  statistical("mcnemar@plain", "mcnemarTest", "tests/mcnemar-plain", "(b - c)^2/(b + c)"),
  statistical("mcnemar@corrected", "mcnemarTest", "tests/mcnemar-corrected", "(|b - c| - 1)^2/(b + c), 0 for b = c"),
  statistical("mcnemar@exact", "mcnemarTest", "tests/mcnemar-exact", "exact binomial test of the discordant pairs"),
  statistical(
    "wilcoxon@normal (wilcox, pratt, zsplit; corrected), wilcoxon@exact without ties",
    "wilcoxonSignedRankTest",
    "tests/wilcoxon",
    "signed-rank test of paired differences",
  ),
  statistical(
    "wilcoxon@exact with ties and zeros",
    "wilcoxonSignedRankTest",
    "tests/wilcoxon-exact-p",
    "exact distribution over all sign assignments of the observed ranks",
  ),
  statistical(
    "normalised-differences",
    "normalisedDifferences",
    "tests/normalised-differences",
    "(a - b)/mean, positive where a is better (Tx-LLM)",
  ),
  statistical(
    "mann-whitney@exact, @normal",
    "mannWhitneyTest",
    "tests/mann-whitney",
    "rank-sum test of two samples; the normal form with tie and continuity correction",
  ),
  statistical("sign", "signTest", "tests/sign", "exact binomial test of the signs; zeros are dropped"),
  statistical("t-paired", "pairedTTest", "tests/t-paired", "mean difference divided by its standard error"),
  statistical(
    "t-welch, t-student",
    "unpairedTTest",
    "tests/t-unpaired",
    "difference of means, with separate (Welch) or pooled (Student) variances",
  ),
  statistical("correlation", "correlationTest", "tests/correlation", "t test of a correlation coefficient"),
  statistical(
    "chi-square, chi-square@yates",
    "chiSquareTest",
    "tests/chi-square",
    "independence in a contingency table",
  ),
  statistical(
    "goodness-of-fit",
    "goodnessOfFitTest",
    "tests/goodness-of-fit",
    "chi-square of observed against expected counts",
  ),
  statistical(
    "two-proportions",
    "twoProportionTest",
    "tests/two-proportions",
    "pooled z test; its two-sided form equals the chi-square test",
  ),
  statistical("fisher", "fisherExactTest", "tests/fisher", "exact test over all 2 x 2 tables with the same margins"),
  statistical(
    "delong-interval",
    "delongInterval",
    "tests/delong",
    "AUROC with DeLong's variance from placement values",
  ),
  statistical("delong-paired", "delongTest", "tests/delong-paired", "difference of two AUROCs on the same cases"),
  statistical(
    "permutation-paired (blocked)",
    "pairedPermutationTest",
    "tests/permutation-paired",
    "sign flips of block sums: all of them, or a sample with p = (b + 1)/(B + 1)",
  ),
  statistical(
    "permutation-unpaired (blocked)",
    "unpairedPermutationTest",
    "tests/permutation-unpaired",
    "values, or whole blocks, reassigned to the two samples",
  ),
  statistical(
    "bootstrap-difference",
    "bootstrapDifferenceTest",
    "tests/bootstrap-difference",
    "share of bootstrap resamples whose paired difference crosses 0",
  ),
  statistical(
    "benjamini-hochberg",
    "adjustedPValues",
    "tests/benjamini-hochberg",
    "adjusted p-values that control the false discovery rate",
  ),
  statistical("holm", "adjustedPValues", "tests/holm", "adjusted p-values that control the family-wise error rate"),
  selective(
    "risk-coverage",
    "riskCoverage",
    "selective/risk-coverage",
    "error rate among the cases at or above each confidence",
  ),
  selective(
    "aurc, e-aurc",
    "areaUnderRiskCoverage, excessAreaUnderRiskCoverage",
    "selective/aurc",
    "mean over k of the error rate of the k most confident cases; minus its minimum",
  ),
  selective(
    "selective-accuracy@deferral",
    "selectiveAccuracy",
    "selective/selective-accuracy",
    "accuracy when the least confident share is deferred",
  ),
  selective(
    "answer-entropy",
    "answerEntropy",
    "selective/entropy",
    "Shannon entropy of the answer frequencies, in nats",
  ),
  survival(
    "c-index@harrell",
    "concordanceIndex",
    "survival/c-index",
    "share of comparable pairs in the correct order; ties count one half",
  ),
  survival(
    "log-likelihood",
    "logLikelihood",
    "survival/log-likelihood",
    "log-likelihood of the outcomes under the predicted probabilities, in nats",
  ),
  survival("nagelkerke-r2", "nagelkerkeR2", "survival/nagelkerke", "Cox and Snell's R squared divided by its maximum"),
  survival("liability-r2", "liabilityR2", "survival/liability-r2", "R squared on the liability scale (Lee 2012)"),
  report(
    "chexbert-f1-14, -5@uncertain-positive, @uncertain-negative",
    "chexbertF1",
    "reports/chexbert",
    "F1 of the labels that the user's own CheXbert labeller assigned",
  ),
  report(
    "radgraph-f1@simple, @partial, @complete, @yu",
    "radgraphF1",
    "reports/radgraph",
    "F1 of the entities and relations that the user's own RadGraph extracted",
  ),
  report(
    "green",
    "greenScore",
    "reports/green",
    "matched / (matched + significant errors), from the output of the user's own GREEN model",
  ),
];
