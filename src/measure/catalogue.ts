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
  classification("accuracy", "accuracy", "classification/accuracy", "share right; unanswered cases are wrong"),
  classification(
    "accuracy-of-answered",
    "accuracyOfAnswered",
    "classification/accuracy",
    "share right among answered cases",
  ),
  classification(
    "balanced-accuracy",
    "balancedAccuracy",
    "classification/balanced-accuracy",
    "mean recall over the classes of the truth",
  ),
  classification(
    "macro-accuracy",
    "macroAccuracy",
    "classification/macro-accuracy",
    "mean over conditions of the accuracy within each",
  ),
  classification("confusion", "confusionMatrix", "classification/confusion", "cases by true and predicted label"),
  classification(
    "f1-micro, f1-macro, f1-weighted",
    "f1Scores",
    "classification/f1",
    "2TP/(2TP+FP+FN): pooled; mean over labels; weighted by support; 0/0 = 0, and such labels are named",
  ),
  classification(
    "f1-micro, -macro, -weighted, multi-label",
    "multiLabelCounts, f1Scores",
    "classification/multi-label-f1",
    "the same where a case has any number of labels",
  ),
  classification(
    "sensitivity, specificity, ppv, npv, lr+, lr-, f-beta, youden",
    "binaryMeasures, fBeta",
    "classification/binary",
    "from the four counts; undefined for 0/0",
  ),
  classification(
    "mcc",
    "matthewsCorrelation",
    "classification/matthews",
    "Matthews' correlation, Gorodkin's form for several classes",
  ),
  classification("auroc", "auroc", "classification/auroc", "chance that a positive scores above a negative, ties half"),
  classification("roc", "rocCurve", "classification/roc-curve", "sensitivity and false positive rate at every score"),
  interval(
    "roc-band",
    "rocBand",
    "intervals/roc-band",
    "sensitivity at fixed false positive rates with bootstrap intervals, point by point",
  ),
  classification(
    "auroc-ovr-macro, -weighted, -micro",
    "aurocOneVsRest",
    "classification/auroc-ovr",
    "AUROC of each class against the rest, averaged; micro: all pairs pooled",
  ),
  classification(
    "average-precision",
    "averagePrecision",
    "classification/average-precision",
    "sum of precision times step in recall (AUPRC, step-wise)",
  ),
  classification("pr-curve", "precisionRecallCurve", "classification/pr-curve", "precision and recall at every score"),
  classification("brier", "brierScore", "classification/brier", "mean (probability - outcome)^2"),
  classification(
    "brier-multiclass",
    "brierScoreMulticlass",
    "classification/brier-multiclass",
    "mean over cases of the sum over classes, 0 to 2",
  ),
  classification("log-loss", "logLoss", "classification/log-loss", "mean negative log-likelihood in nats, not clipped"),
  classification(
    "reliability@equal-width, @equal-mass",
    "reliabilityBins",
    "classification/reliability",
    "mean probability and observed share by bin",
  ),
  classification(
    "ece@equal-width-10, ece@equal-mass-10, mce",
    "expectedCalibrationError, maximumCalibrationError",
    "classification/ece",
    "weighted mean, and largest, |observed - probability| of bins",
  ),
  classification(
    "calibration-intercept, calibration-slope",
    "calibrationLine",
    "classification/calibration-line",
    "logistic recalibration (Cox)",
  ),
  classification(
    "top-n, mrr",
    "topNAccuracy, topNCurve, meanReciprocalRank",
    "classification/top-n",
    "share with a match among the first n; mean 1/place",
  ),
  classification(
    "top-k",
    "topKAccuracy",
    "classification/top-k",
    "true class among the k highest scores, ties against",
  ),
  classification(
    "set-f1, set-accuracy",
    "setF1, setAccuracy",
    "classification/set-f1",
    "pooled F1 of sets (SNP-F1, Indel-F1); share of equal sets (USPTO)",
  ),
  regression(
    "mae, median-ae, mse, rmse",
    "meanAbsoluteError ...",
    "regression/errors",
    "mean and median |d|, mean d^2, its root",
  ),
  regression("r2", "rSquared", "regression/r2", "1 - SSE/SST"),
  regression("pearson", "pearson", "regression/pearson", "product-moment correlation"),
  regression("spearman", "spearman", "regression/spearman", "Pearson's of mid-ranks"),
  regression("kendall-tau-b", "kendallTauB", "regression/kendall", "tau with tie correction, n log n"),
  regression("quantile, median", "quantile, median", "regression/quantile", "linear between order statistics (type 7)"),
  text(
    "em@verbatim, em@case-folded, em@squad",
    "exactMatch",
    "text/exact-match",
    "equality as written; lower case and single spaces; SQuAD's normal form",
  ),
  text(
    "token-f1@squad, token-recall@squad, token-precision@squad",
    "tokenOverlap, tokenF1",
    "text/token-overlap",
    "multiset overlap of the words of SQuAD's normal form",
  ),
  text(
    "bleu-1 to bleu-4@sacrebleu (exp, floor, add-k, none; 13a, none)",
    "corpusBleu, sentenceBleu",
    "text/bleu",
    "clipped n-gram precisions, geometric mean, brevity penalty; 0 to 1",
  ),
  text("tokenize@13a", "tokenize13a", "text/tokenize13a", "mteval-v13a"),
  text("bleu-1 to bleu-4@coco", "cocoBleu", "text/bleu-coco", "the same with COCO's constants, on tokenised text"),
  text(
    "rouge-1, -2, -l, -lsum@google, @google-stemmed",
    "rougeN, rougeL, rougeLsum",
    "text/rouge-google",
    "n-gram overlap, LCS, union LCS by line; F1",
  ),
  text("porter@nltk", "porterStem", "text/porter", "Porter's stemmer with NLTK's extensions"),
  text(
    "rouge-l@coco",
    "cocoRougeL",
    "text/rouge-l-coco",
    "LCS, F with beta 1.2, best precision and recall over references",
  ),
  text(
    "chrf@sacrebleu, chrf++@sacrebleu",
    "chrf",
    "text/chrf",
    "F2 of character 1- to 6-grams, and word 1- and 2-grams",
  ),
  text("cider-d@coco", "ciderD", "text/cider-d", "clipped tf-idf cosine of 1- to 4-grams with length penalty, 0 to 10"),
  text(
    "meteor@exact, meteor@exact+stem",
    "meteor",
    "text/meteor",
    "recall-weighted F of matched words less a penalty for runs; without WordNet's synonyms",
  ),
  text("edit-distance", "editDistance", "text/edit-distance", "Levenshtein's distance"),
  text("wer, cer", "errorRate", "text/error-rate", "edits over reference words, or code points, summed over items"),
  boxes("iou", "boxIou", "boxes/box-iou", "intersection over union of boxes; iou@t: iouAt"),
  boxes("temporal-iou", "temporalIou", "boxes/temporal-iou", "the same of time spans"),
  boxes("dice, mask-iou", "maskOverlap", "boxes/mask", "2|AB|/(|A|+|B|); |A and B|/|A or B|"),
  boxes(
    "map@coco, map@coco-50, map@coco-75",
    "cocoMeanAveragePrecision, meanAveragePrecision",
    "boxes/map-coco",
    "precision at 101 recalls, mean over labels (and IoU .50 to .95)",
  ),
  boxes("map@voc-50", "meanAveragePrecision", "boxes/map-voc", "area under non-increasing precision, mean over labels"),
  agreement(
    "cohen-kappa, @linear, @quadratic",
    "cohenKappa",
    "agreement/cohen",
    "1 - observed / expected weighted disagreement of two raters",
  ),
  agreement("fleiss-kappa", "multiRaterKappa", "agreement/fleiss", "chance from the data's shares"),
  agreement("randolph-kappa", "multiRaterKappa", "agreement/randolph", "free-marginal: (Po - 1/k)/(1 - 1/k)"),
  agreement(
    "krippendorff-alpha@nominal, @ordinal, @interval, @ratio",
    "krippendorffAlpha",
    "agreement/krippendorff",
    "1 - observed / expected disagreement, missing ratings allowed",
  ),
  agreement(
    "icc1, icc2, icc3, icc1k, icc2k, icc3k",
    "intraclassCorrelation",
    "agreement/icc",
    "Shrout and Fleiss's forms with interval and F test",
  ),
  interval("wilson", "wilsonInterval", "intervals/wilson", "score interval of a share"),
  interval("clopper-pearson", "clopperPearsonInterval", "intervals/clopper-pearson", "exact interval of a share"),
  interval("t-interval", "meanInterval", "intervals/mean", "Student's interval of a mean"),
  interval(
    "bootstrap-percentile, bootstrap-bca",
    "bootstrapInterval",
    "intervals/bootstrap-mean",
    "of a mean; any statistic of case indices",
  ),
  interval(
    "bootstrap-bca of a median",
    "bootstrapInterval",
    "intervals/bootstrap-median",
    "jackknife by leaving each case out",
  ),
  interval(
    "bootstrap, stratified",
    "bootstrapInterval",
    "intervals/bootstrap-auroc-stratified",
    "each stratum keeps its size",
  ),
  interval(
    "bootstrap of auroc",
    "bootstrapInterval, aurocStatistic",
    "intervals/bootstrap-auroc",
    "resamples of one class left out and counted",
  ),
  interval("bootstrap, clustered", "bootstrapInterval", "intervals/bootstrap-clustered", "clusters are drawn whole"),
  statistical("mcnemar@plain", "mcnemarTest", "tests/mcnemar-plain", "(b - c)^2/(b + c)"),
  statistical("mcnemar@corrected", "mcnemarTest", "tests/mcnemar-corrected", "(|b - c| - 1)^2/(b + c), 0 for b = c"),
  statistical("mcnemar@exact", "mcnemarTest", "tests/mcnemar-exact", "binomial of the discordant pairs"),
  statistical(
    "wilcoxon@normal (wilcox, pratt, zsplit; corrected), wilcoxon@exact without ties",
    "wilcoxonSignedRankTest",
    "tests/wilcoxon",
    "rank sum of paired differences",
  ),
  statistical(
    "wilcoxon@exact with ties and zeros",
    "wilcoxonSignedRankTest",
    "tests/wilcoxon-exact-p",
    "over all signs of the observed ranks",
  ),
  statistical(
    "normalised-differences",
    "normalisedDifferences",
    "tests/normalised-differences",
    "(a - b)/mean, sign by direction (Tx-LLM)",
  ),
  statistical(
    "mann-whitney@exact, @normal",
    "mannWhitneyTest",
    "tests/mann-whitney",
    "U of two samples, tie and continuity correction",
  ),
  statistical("sign", "signTest", "tests/sign", "exact binomial of signs, zeros dropped"),
  statistical("t-paired", "pairedTTest", "tests/t-paired", "mean difference over its error"),
  statistical(
    "t-welch, t-student",
    "unpairedTTest",
    "tests/t-unpaired",
    "difference of means, own or pooled variances",
  ),
  statistical("correlation", "correlationTest", "tests/correlation", "t of a correlation"),
  statistical("chi-square, chi-square@yates", "chiSquareTest", "tests/chi-square", "independence in a table"),
  statistical("goodness-of-fit", "goodnessOfFitTest", "tests/goodness-of-fit", "counts against expected counts"),
  statistical(
    "two-proportions",
    "twoProportionTest",
    "tests/two-proportions",
    "pooled z; one side is the one-sided chi-square",
  ),
  statistical("fisher", "fisherExactTest", "tests/fisher", "2 x 2 tables with the same margins"),
  statistical("delong-interval", "delongInterval", "tests/delong", "AUROC with its variance by placement values"),
  statistical("delong-paired", "delongTest", "tests/delong-paired", "difference of two AUROCs of the same cases"),
  statistical(
    "permutation-paired (blocked)",
    "pairedPermutationTest",
    "tests/permutation-paired",
    "signs of block sums flip; all, or (b + 1)/(B + 1)",
  ),
  statistical(
    "permutation-unpaired (blocked)",
    "unpairedPermutationTest",
    "tests/permutation-unpaired",
    "values, or blocks, dealt anew",
  ),
  statistical(
    "bootstrap-difference",
    "bootstrapDifferenceTest",
    "tests/bootstrap-difference",
    "resampled paired differences beyond 0",
  ),
  statistical("benjamini-hochberg", "adjustedPValues", "tests/benjamini-hochberg", "false discovery rate"),
  statistical("holm", "adjustedPValues", "tests/holm", "family-wise error"),
  selective("risk-coverage", "riskCoverage", "selective/risk-coverage", "risk among cases at or above each confidence"),
  selective(
    "aurc, e-aurc",
    "areaUnderRiskCoverage, excessAreaUnderRiskCoverage",
    "selective/aurc",
    "mean risk over the k most confident; minus the best possible",
  ),
  selective(
    "selective-accuracy@deferral",
    "selectiveAccuracy",
    "selective/selective-accuracy",
    "accuracy with the least confident withheld",
  ),
  selective("answer-entropy", "answerEntropy", "selective/entropy", "entropy of answer shares in nats"),
  survival(
    "c-index@harrell",
    "concordanceIndex",
    "survival/c-index",
    "share of comparable pairs in the right order, ties half",
  ),
  survival("log-likelihood", "logLikelihood", "survival/log-likelihood", "of outcomes under probabilities, in nats"),
  survival("nagelkerke-r2", "nagelkerkeR2", "survival/nagelkerke", "Cox and Snell's over its maximum"),
  survival("liability-r2", "liabilityR2", "survival/liability-r2", "R squared on the liability scale (Lee 2012)"),
  report(
    "chexbert-f1-14, -5@uncertain-positive, @uncertain-negative",
    "chexbertF1",
    "reports/chexbert",
    "F1 of labels from the user's own labeler",
  ),
  report(
    "radgraph-f1@simple, @partial, @complete, @yu",
    "radgraphF1",
    "reports/radgraph",
    "F1 of entities and relations from the user's own RadGraph",
  ),
  report("green", "greenScore", "reports/green", "matched / (matched + significant errors) from the user's own run"),
];
