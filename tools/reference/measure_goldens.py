"""Golden values of src/measure from independent implementations.

Run: python tools/reference/measure_goldens.py REFERENCES src/measure/goldens
(needs numpy, scipy, statsmodels, scikit-learn, sacrebleu, nltk)

REFERENCES is a folder with three programs that are not packages, each as published:
  coco/bleu/bleu_scorer.py, coco/cider/cider_scorer.py, coco/rouge/rouge.py   github.com/salaniz/pycocoevalcap at ad63453
  coco/cocoeval.py                                                            github.com/cocodataset/cocoapi, PythonAPI/pycocotools, at 8c9bcc3
  google/rouge/*.py                                                           github.com/google-research/google-research, rouge/

"hand" in a case's reference means the formula written again here in the plainest way, where it can be by another algorithm than the product's.

Over 300 lines because every metric of src/measure/catalogue.ts has its own reference here.
"""
import importlib.util
import itertools
import json
import math
import sys
import types
from collections import Counter
from pathlib import Path

import nltk
import numpy as np
import sacrebleu
import scipy
import scipy.stats as st
import sklearn
import sklearn.metrics as skm
import statsmodels
import statsmodels.api as sm
from nltk.metrics import agreement, distance
from nltk.stem.porter import PorterStemmer
from scipy import special
from scipy.stats import _resampling
from sklearn.calibration import calibration_curve
from statsmodels.stats import contingency_tables, inter_rater, multitest, proportion
from statsmodels.stats.descriptivestats import sign_test

references, out = Path(sys.argv[1]), Path(sys.argv[2])
rng = np.random.default_rng(20261)
themes = {}


def add(theme, measure, reference, value, /, **inputs):
    """value None: the measure must say that it is undefined."""
    themes.setdefault(theme, []).append({"measure": measure, "reference": reference, "input": plain(inputs), "value": plain(value)})


def plain(v):
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    if isinstance(v, (list, tuple, np.ndarray)):
        return [plain(x) for x in v]
    if isinstance(v, (np.bool_, bool)):
        return bool(v)
    if isinstance(v, np.integer):
        return int(v)
    if isinstance(v, (float, np.floating)):
        assert math.isfinite(v), v
        return float(v)
    return v


class Random:
    """src/base/random.ts: xoshiro128** seeded by splitmix32."""

    def __init__(self, seed):
        m = 0xFFFFFFFF
        x, self.s = seed & m, []
        for _ in range(4):
            x = (x + 0x9E3779B9) & m
            z = ((x ^ (x >> 16)) * 0x85EBCA6B) & m
            z = ((z ^ (z >> 13)) * 0xC2B2AE35) & m
            self.s.append(z ^ (z >> 16))

    def uint32(self):
        m, s = 0xFFFFFFFF, self.s
        r = (s[1] * 5) & m
        result = ((((r << 7) | (r >> 25)) & m) * 9) & m
        t = (s[1] << 9) & m
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = ((s[3] << 11) | (s[3] >> 21)) & m
        return result

    def below(self, n):
        return math.floor(((self.uint32() >> 5) * 0x4000000 + (self.uint32() >> 6)) / 0x20000000000000 * n)


def load(path, name, **replace):
    source = path.read_text()
    for a, b in replace.get("words", []):
        source = source.replace(a, b)
    module = types.ModuleType(name)
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


# --- special functions ---------------------------------------------------------------------------------------------------------------
for z in [-40, -8.3, -3, -1.2, -1e-3, 0, 1e-9, 0.5, 1.959963984540054, 4, 10, 37]:
    add("special", "normalUpper", "scipy norm.sf", st.norm.sf(z), z=z)
for p in [1e-300, 1e-20, 1e-9, 0.001, 0.025, 0.3, 0.5, 0.7, 0.975, 0.999999]:
    add("special", "normalQuantile", "scipy norm.ppf", st.norm.ppf(p), p=p)
for df in [1, 2, 3.7, 10, 100, 56000]:
    for t in [-5, -1, 0, 0.1, 2.1, 12, 80]:
        add("special", "tUpper", "scipy t.sf", st.t.sf(t, df), t=t, df=df)
    for p in [1e-8, 0.005, 0.025, 0.4, 0.5, 0.9, 0.975]:
        add("special", "tQuantile", "scipy t.ppf", st.t.ppf(p, df), p=p, df=df)
for df in [1, 2, 5, 40, 1000]:
    for x in [1e-6, 0.3, 1, 3.841458820694124, 30, 200, 1100]:
        add("special", "chiSquareUpper", "scipy chi2.sf", st.chi2.sf(x, df), x=x, df=df)
for d1, d2 in [(1, 1), (3, 20), (9, 36), (200, 7)]:
    for f in [0.01, 0.9, 2.5, 40]:
        add("special", "fUpper", "scipy f.sf", st.f.sf(f, d1, d2), f=f, d1=d1, d2=d2)
    for p in [0.001, 0.025, 0.5, 0.975]:
        add("special", "fQuantile", "scipy f.ppf", st.f.ppf(p, d1, d2), p=p, d1=d1, d2=d2)
for a, b in [(0.5, 0.5), (1, 3), (2.5, 40), (300, 12), (28000, 28001), (1, 56000)]:
    for x in [1e-9, 1e-5, 0.1, 0.4999, 0.5, 0.96]:
        add("special", "incompleteBeta", "scipy betainc, betaincc", [special.betainc(a, b, x), special.betaincc(a, b, x)], a=a, b=b, x=x)
    for p in [1e-6, 0.025, 0.5, 0.975]:
        add("special", "betaQuantile", "scipy beta.ppf", st.beta.ppf(p, a, b), p=p, a=a, b=b)
for a in [0.5, 1, 3.3, 70, 5000]:
    for x in [1e-4, 0.5, 3, 60, 5100]:
        add("special", "incompleteGamma", "scipy gammainc, gammaincc", [special.gammainc(a, x), special.gammaincc(a, x)], a=a, x=x)
for x in [1e-5, 0.3, 1, 1.5, 2, 7, 29.9, 31, 1e6]:
    add("special", "logGamma", "scipy gammaln", special.gammaln(x), x=x)
for n, p in [(1, 0.5), (12, 0.3), (1000, 0.01), (56000, 0.7)]:
    for k in sorted({0, 1, n // 10, int(n * p), n - 1, n}):
        add("special", "binomial", "scipy binom.cdf, sf, pmf", [st.binom.cdf(k, n, p), st.binom.sf(k - 1, n, p), st.binom.pmf(k, n, p)], k=k, n=n, p=p)
for k, marked, other, drawn in [(0, 5, 6, 4), (3, 5, 6, 4), (40, 300, 500, 90), (1, 1, 1, 1)]:
    add("special", "hypergeometric", "scipy hypergeom.pmf", st.hypergeom.pmf(k, marked + other, marked, drawn), k=k, marked=marked, plain=other, drawn=drawn)

# --- classification ------------------------------------------------------------------------------------------------------------------
names = ["a", "b", "c", "d"]
for n, k in [(1, 1), (2, 2), (7, 2), (30, 3), (60, 4), (200, 4)]:
    truth = [names[i] for i in rng.integers(0, k, n)]
    said = [t if rng.random() < 0.6 else names[i] for t, i in zip(truth, rng.integers(0, k, n))]
    labels = sorted(set(truth) | set(said))
    f = lambda average, what=skm.f1_score: what(truth, said, average=average, labels=labels, zero_division=0)
    I = dict(truth=truth, predicted=said)
    add("classification", "confusion", "scikit-learn confusion_matrix", skm.confusion_matrix(truth, said, labels=labels), **I)
    add("classification", "accuracy", "scikit-learn accuracy_score", skm.accuracy_score(truth, said), **I)
    recalls = [np.mean([s == t for s, t in zip(said, truth) if t == l]) for l in sorted(set(truth))]
    add("classification", "balanced-accuracy", "scikit-learn balanced_accuracy_score", skm.balanced_accuracy_score(truth, said) if k > 1 else recalls[0], **I)
    add("classification", "f1", "scikit-learn f1_score, precision_score, recall_score",
        [f("micro"), f("macro"), f("weighted"), f("macro", skm.precision_score), f("macro", skm.recall_score), f("micro", skm.precision_score), list(f(None))], **I)
    add("classification", "matthews", "scikit-learn matthews_corrcoef", None if len(set(truth)) == 1 or len(set(said)) == 1 else skm.matthews_corrcoef(truth, said), **I)
# A label that neither occurs nor is predicted counts 0 in the macro mean.
add("classification", "f1-empty-label", "scikit-learn f1_score", skm.f1_score(["a", "b", "a"], ["a", "b", "b"], labels=["a", "b", "c"], average="macro", zero_division=0),
    truth=["a", "b", "a"], predicted=["a", "b", "b"], labels=["a", "b", "c"])
for n, k in [(1, 2), (20, 3), (80, 14)]:
    truth = rng.random((n, k)) < 0.3
    said = np.where(rng.random((n, k)) < 0.25, ~truth, truth)
    said[:, 0] = truth[:, 0] = False
    add("classification", "multi-label-f1", "scikit-learn f1_score", [skm.f1_score(truth, said, average=a, zero_division=0) for a in ["micro", "macro", "weighted"]],
        truth=truth, predicted=said)
for n in [6, 40, 300]:
    truth = rng.random(n) < 0.4
    said = np.where(rng.random(n) < 0.3, ~truth, truth)
    truth[0], truth[1], said[0], said[1] = True, False, True, False
    tn, fp, fn, tp = skm.confusion_matrix(truth, said).ravel()
    p_lr, n_lr = (tp / (tp + fn)) / (fp / (fp + tn)) if fp else None, (fn / (tp + fn)) / (tn / (fp + tn))
    add("classification", "binary", "scikit-learn precision, recall, f1, fbeta, matthews", [skm.recall_score(truth, said), skm.recall_score(~truth, ~said), skm.precision_score(truth, said),
        skm.precision_score(~truth, ~said), skm.f1_score(truth, said), skm.matthews_corrcoef(truth, said), skm.fbeta_score(truth, said, beta=2), p_lr, n_lr, np.mean(truth)], truth=truth, predicted=said)


def scored(n, share, digits):
    positive = rng.random(n) < share
    scores = np.round(rng.normal(size=n) + 0.8 * positive, digits)
    return scores, positive


for n, share, digits in [(1, 1, 2), (2, 0.5, 1), (5, 0, 2), (9, 0.5, 0), (30, 0.3, 1), (120, 0.1, 3), (500, 0.5, 1)]:
    scores, positive = scored(n, share, digits)
    if n == 2:
        positive = np.array([True, False])
    both = 0 < positive.sum() < n
    I = dict(scores=scores, positive=positive)
    add("classification", "auroc", "scikit-learn roc_auc_score", skm.roc_auc_score(positive, scores) if both else None, **I)
    add("classification", "average-precision", "scikit-learn average_precision_score", skm.average_precision_score(positive, scores) if positive.any() else None, **I)
    if both:
        fpr, tpr, thresholds = skm.roc_curve(positive, scores, drop_intermediate=False)
        add("classification", "roc-curve", "scikit-learn roc_curve", [list(thresholds[1:]), list(tpr), list(fpr)], **I)
    if positive.any():
        precision, recall, thresholds = skm.precision_recall_curve(positive, scores)
        add("classification", "pr-curve", "scikit-learn precision_recall_curve", [list(thresholds[::-1]), list(precision[:-1][::-1]), list(recall[:-1][::-1])], **I)
    probabilities = np.round(1 / (1 + np.exp(-scores)), 2)
    I = dict(probabilities=probabilities, positive=positive)
    add("classification", "brier", "scikit-learn brier_score_loss", np.mean((probabilities - positive) ** 2) if not both else skm.brier_score_loss(positive, probabilities), **I)
    clipped = np.clip(probabilities, 0.01, 0.99)
    add("classification", "log-loss", "scikit-learn log_loss", skm.log_loss(positive, clipped, labels=[False, True]), probabilities=clipped, positive=positive)
    for scheme, strategy in [("equal-width", "uniform"), ("equal-mass", "quantile")]:
        if not both:
            continue
        # The product's edges are i / bins; NumPy's linspace differs from them in the last digit, so probabilities stay off the edges.
        off = probabilities * 0.97 + 0.0131 if scheme == "equal-width" else scores * 0 + (probabilities + 0.001 * np.arange(n) / n) * 0.9
        observed, expected = calibration_curve(positive, off, n_bins=10, strategy=strategy)
        edges = np.linspace(0, 1, 11) if scheme == "equal-width" else np.percentile(off, np.linspace(0, 1, 11) * 100)
        counts = np.bincount(np.searchsorted(edges[1:-1], off), minlength=10)
        counts = counts[counts > 0]
        gaps = np.abs(observed - expected)
        I = dict(probabilities=off, positive=positive, scheme=scheme)
        add("classification", "reliability", "scikit-learn calibration_curve", [list(observed), list(expected)], **I)
        add("classification", "ece", "hand, from calibration_curve", [float((gaps * counts).sum() / n), float(gaps.max())], **I)
    if n >= 120:
        logit = np.log(clipped / (1 - clipped))
        slope = sm.Logit(positive.astype(float), sm.add_constant(logit)).fit(disp=0, tol=1e-14, maxiter=200).params[1]
        large = sm.GLM(positive.astype(float), np.ones(n), family=sm.families.Binomial(), offset=logit).fit(tol=1e-14, maxiter=200).params[0]
        add("classification", "calibration-line", "statsmodels Logit, GLM", [large, slope], probabilities=clipped, positive=positive)
add("classification", "calibration-line", "separated", None, probabilities=[0.2, 0.3, 0.7, 0.8], positive=[False, False, True, True])
for n, k in [(12, 3), (60, 5)]:
    truth = np.concatenate([np.arange(k), rng.integers(0, k, n - k)])
    p = rng.dirichlet(np.ones(k), n) * 0.6 + 0.4 * np.eye(k)[truth]
    I = dict(scores=p, truth=truth)
    add("classification", "auroc-ovr", "scikit-learn roc_auc_score multi_class=ovr",
        [skm.roc_auc_score(truth, p, multi_class="ovr", average=a) for a in ["macro", "weighted", "micro"]], **I)
    add("classification", "brier-multiclass", "hand", np.mean(((p - np.eye(k)[truth]) ** 2).sum(1)), **I)
    noisy = rng.random((n, k))
    add("classification", "top-k", "scikit-learn top_k_accuracy_score", [skm.top_k_accuracy_score(truth, noisy, k=j) for j in [1, 2]], scores=noisy, truth=truth)
first = [None if rng.random() < 0.3 else int(rng.integers(1, 12)) for _ in range(40)]
add("classification", "top-n", "hand", [sum(f is not None and f <= n for f in first) / 40 for n in range(1, 11)] + [sum(1 / f for f in first if f) / 40], first=first)
right, condition = rng.random(50) < 0.7, rng.integers(0, 5, 50)
add("classification", "macro-accuracy", "hand", np.mean([right[condition == c].mean() for c in np.unique(condition)]), right=right, condition=condition)
items = ["chr%d" % i for i in range(20)]
gold = [[x for x in items if rng.random() < 0.3] for _ in range(12)]
said = [g if rng.random() < 0.3 else [x for x in items if (x in g) != (rng.random() < 0.15)] for g in gold]
matrix = lambda rows: np.array([[x in r for x in items] for r in rows])
add("classification", "set-f1", "scikit-learn f1_score micro, accuracy_score", [skm.f1_score(matrix(gold), matrix(said), average="micro"), skm.precision_score(matrix(gold), matrix(said), average="micro"),
    skm.accuracy_score(matrix(gold), matrix(said))], predicted=said, gold=gold)

# --- regression ----------------------------------------------------------------------------------------------------------------------
for n, digits in [(1, 3), (2, 3), (3, 0), (25, 0), (25, 5), (400, 1)]:
    x = np.round(rng.normal(3, 2, n), digits)
    y = np.round(x + rng.normal(0, 1.5, n), digits)
    if n == 2:
        x, y = np.array([1.0, 2.0]), np.array([4.0, 3.5])
    varied = n > 1 and np.ptp(x) > 0 and np.ptp(y) > 0
    I = dict(x=x, y=y)
    add("regression", "errors", "scikit-learn mean_absolute_error, median_absolute_error, mean_squared_error",
        [skm.mean_absolute_error(y, x), skm.median_absolute_error(y, x), skm.mean_squared_error(y, x), skm.root_mean_squared_error(y, x)], **I)
    add("regression", "r2", "scikit-learn r2_score", skm.r2_score(y, x) if varied else None, **I)
    add("regression", "pearson", "scipy pearsonr", st.pearsonr(x, y).statistic if varied else None, **I)
    add("regression", "spearman", "scipy spearmanr", st.spearmanr(x, y).statistic if varied else None, **I)
    add("regression", "kendall", "scipy kendalltau", st.kendalltau(x, y).statistic if varied else None, **I)
    if n > 2:
        add("tests", "correlation", "scipy pearsonr p", st.pearsonr(x, y).pvalue, r=st.pearsonr(x, y).statistic, n=n)
for m in ["pearson", "spearman", "kendall"]:
    add("regression", m, "constant", None, x=[1, 1, 1], y=[1, 2, 3])
add("regression", "quantile", "numpy quantile", [np.quantile([1, 2.5, 9, 10], q) for q in [0, 0.025, 0.3, 0.5, 1]], sorted=[1, 2.5, 9, 10], shares=[0, 0.025, 0.3, 0.5, 1])

# --- text ----------------------------------------------------------------------------------------------------------------------------
vocabulary = ("the a no there is are small large left right pleural effusion effusions pneumothorax atelectasis cardiomegaly heart size normal mild "
              "moderate consolidation in lower lobe lobes bilateral opacities seen stable unchanged, improved. worsened; (new) 3.5 10,000 mm x-ray CT-scan T2-weighted "
              "Dr. Größe naïve œdème cm² café don't it's \"quoted\" &amp; 50% A/P 1-2 2024-01-05 …").split()


def sentence(n):
    return " ".join(rng.choice(vocabulary, n))


def altered(text):
    w = [x for x in text.split() if rng.random() > 0.15]
    w = [str(rng.choice(vocabulary)) if rng.random() < 0.15 else x for x in w]
    if len(w) > 4 and rng.random() < 0.4:
        i = int(rng.integers(0, len(w) - 3))
        w[i:i + 3] = w[i:i + 3][::-1]
    return " ".join(w)


corpora = []
for n, refs, length in [(1, 1, 12), (1, 3, 9), (4, 1, 25), (12, 2, 15), (25, 1, 40)]:
    R = [[sentence(int(rng.integers(3, length))) for _ in range(refs)] for _ in range(n)]
    corpora.append(([altered(r[0]) for r in R], R))
corpora.append((["completely different words", "nothing shared"], [["pleural effusion"], ["heart"]]))
corpora.append((["effusion", "ab", ""], [["effusion"], ["ab cd"], ["no words said"]]))
corpora.append((["the the the the the"], [["the cat is on the mat", "there is a cat on the mat"]]))
corpora.append((["Größe 3.5cm, naïve\nline two  -\nend (ok)"], [["Größe 3,5 cm naïve line two -end ok."]]))
for C, R in corpora:
    turned = [list(x) for x in zip(*R)]
    I = dict(candidates=C, references=R)
    variants, values = [], []
    for order, smooth, tokenize, lower in [(1, "exp", "13a", False), (2, "exp", "13a", False), (4, "exp", "13a", False), (4, "floor", "13a", False), (4, "add-k", "13a", False), (4, "none", "13a", False), (4, "exp", "none", True)]:
        variants.append(dict(order=order, smoothing=smooth, tokenize=tokenize, lowercase=lower))
        values.append(sacrebleu.BLEU(smooth_method=smooth, max_ngram_order=order, tokenize=tokenize, lowercase=lower).corpus_score(C, turned).score / 100)
    add("text", "bleu", "sacrebleu BLEU", [values, [sacrebleu.BLEU(effective_order=True).sentence_score(c, r).score / 100 for c, r in zip(C, R)]], variants=variants, **I)
    add("text", "chrf", "sacrebleu CHRF", [sacrebleu.CHRF(word_order=order).corpus_score(C, turned).score / 100 for order in [0, 2]], **I)
for text in [sentence(20) for _ in range(6)] + ["3,500.5 -a b- 5-6 &quot;x&quot; ~{}[]`!", "", "a.b,c 1.2,3 .5 5."]:
    add("text", "tokenize13a", "sacrebleu Tokenizer13a", sacrebleu.tokenizers.tokenizer_13a.Tokenizer13a()(text.rstrip()).split(), text=text)

bleu_scorer = load(references / "coco/bleu/bleu_scorer.py", "bleu_scorer")
cider_scorer = load(references / "coco/cider/cider_scorer.py", "cider_scorer")
coco_rouge = load(references / "coco/rouge/rouge.py", "coco_rouge").Rouge()
for C, R in corpora:
    if any(c == "" for c in C):
        continue
    scorer = bleu_scorer.BleuScorer(n=4)
    for c, r in zip(C, R):
        scorer += (c, r)
    add("text", "bleu-coco", "pycocoevalcap bleu_scorer", scorer.compute_score(option=None)[0], candidates=C, references=R)
    add("text", "rouge-l-coco", "pycocoevalcap rouge", [coco_rouge.calc_score([c], r) for c, r in zip(C, R)], candidates=C, references=R)
    scorer = cider_scorer.CiderScorer(n=4, sigma=6.0)
    for c, r in zip(C, R):
        scorer += (c, r)
    score, each = scorer.compute_score()
    add("text", "cider-d", "pycocoevalcap cider_scorer", [score, *each] if len(C) > 1 else None, candidates=C, references=R)

for missing in ["absl", "absl.logging", "six", "six.moves"]:
    try:
        importlib.import_module(missing)
    except ImportError:
        stub = types.ModuleType(missing)
        stub.ensure_str, stub.iterkeys, stub.map, stub.range, stub.info = str, iter, map, range, lambda *a: None
        sys.modules[missing] = stub
        if missing == "absl.logging":
            sys.modules["absl"].logging = stub
sys.path.insert(0, str(references / "google"))
from rouge import rouge_scorer  # noqa: E402

pairs = [(c, r[0]) for C, R in corpora for c, r in zip(C, R)][:30]
pairs += [("", ""), ("a", ""), ("Lungs are clear.\nHeart is enlarged.\nNo effusions seen", "No pleural effusion is seen.\nThe heart is enlarging.\nClear lungs"),
          ("running runs ponies flies generalizations", "run runner pony fly general"), (sentence(30) + "\n" + sentence(10), sentence(25) + "\n\n" + sentence(14))]
kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
scorers = [rouge_scorer.RougeScorer(kinds, use_stemmer=stem) for stem in [False, True]]
for c, r in pairs:
    scores = [scorer.score(r, c) for scorer in scorers]
    add("text", "rouge-google", "google rouge_scorer", [[[s[k].precision, s[k].recall, s[k].fmeasure] for k in kinds] for s in scores], candidate=c, reference=r)
stemmer = PorterStemmer()
endings = "s es ies sses ed eed ied ing y ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent sion tion ou ism ate iti ous ive ize e ll".split()
stems = "hop hopp tann fall hiss fizz fail fil conflat troubl siz sky d ti cri agre plast bl mot s rel cond rat val digit conform radic differ vil analog vietnam predic oper feud decis hope call form sens tripl electr good reviv allow infer airlin gyroscop adjust defens irrit replac depend adopt homolog commun activ angular effect bowdler prob contro rol cardi pneum oed y yy by toy syzyg geo archaeo".split()
made = sorted({s + e for s in stems for e in endings} | {"dying", "lying", "news", "innings", "skies", "howe", "proceed", "exceed", "succeed", "sky", "die", "dies", "died", "enjoy", "spy", "feed", "pleuritic", "opacities", "consolidations", "effusions", "hyperinflated"})
made = [w for w in made if len(w) > 2][::2]
add("text", "porter", "nltk PorterStemmer", [stemmer.stem(w) for w in made], words=made)

# The evaluation script of SQuAD, by hand.
import re  # noqa: E402
import string  # noqa: E402


def squad(s):
    s = "".join(ch for ch in s.lower() if ch not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", s).split())


answers = [("The left lung.", "left lung"), ("A an the", "the"), ("", ""), ("no", ""), ("théa the a-an", "thea"), ("yes yes yes", "yes"), ("an x-ray, of  the chest", "Xray of chest")]
answers += [(altered(t), t) for t in (sentence(int(rng.integers(1, 9))) for _ in range(25))]
for said, gold in answers:
    p, g = squad(said).split(), squad(gold).split()
    common = sum((Counter(p) & Counter(g)).values())
    if not p or not g:
        v = [float(p == g)] * 3
    elif common == 0:
        v = [0, 0, 0]
    else:
        v = [common / len(p), common / len(g), 2 * common / (len(p) + len(g))]
    add("text", "token-overlap", "hand (SQuAD 2.0's script)", v, predicted=said, reference=gold)
    add("text", "exact-match", "hand (SQuAD's script)", [said == gold, " ".join(said.lower().split()) == " ".join(gold.lower().split()), squad(said) == squad(gold)], predicted=said, reference=gold)
    add("text", "edit-distance", "nltk edit_distance", nltk.edit_distance(said, gold), a=said, b=gold)
some = [(a, b) for a, b in answers if b]
add("text", "error-rate", "nltk edit_distance", [sum(nltk.edit_distance(a.split(), b.split()) for a, b in some) / sum(len(b.split()) for _, b in some),
    sum(nltk.edit_distance(a, b) for a, b in some) / sum(len(b) for _, b in some)], predicted=[a for a, _ in some], references=[b for _, b in some])

# --- boxes ---------------------------------------------------------------------------------------------------------------------------


def box():
    x0, y0 = rng.integers(0, 60, 2)
    w, h = rng.integers(5, 40, 2)
    return [int(x0), int(y0), int(x0 + w), int(y0 + h)]


def iou(a, b):
    w, h = max(0, min(a[2], b[2]) - max(a[0], b[0])), max(0, min(a[3], b[3]) - max(a[1], b[1]))
    u = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h
    return w * h / u if u else 0.0


for a, b in [(box(), box()) for _ in range(12)] + [([0, 0, 10, 10], [0, 0, 10, 10]), ([0, 0, 0, 0], [0, 0, 0, 0]), ([0, 0, 5, 5], [5, 0, 9, 5])]:
    grid = np.zeros((2, 110, 110), bool)
    for g, q in zip(grid, (a, b)):
        g[q[1]:q[3], q[0]:q[2]] = True
    union = (grid[0] | grid[1]).sum()
    add("boxes", "box-iou", "hand, by counting pixels", (grid[0] & grid[1]).sum() / union if union else 0, a=a, b=b)
    add("boxes", "temporal-iou", "hand", iou([a[0], 0, a[2], 1], [b[0], 0, b[2], 1]), a=[a[0], a[2]], b=[b[0], b[2]])
for n in [30, 400]:
    a, b = rng.random(n) < 0.4, rng.random(n) < 0.4
    add("boxes", "mask", "scikit-learn f1_score, jaccard_score", [skm.f1_score(a, b), skm.jaccard_score(a, b)], a=a.astype(int), b=b.astype(int))
add("boxes", "mask", "both empty", None, a=[0, 0], b=[0, 0])

np.float = float
xywh = lambda q: [q[0], q[1], q[2] - q[0], q[3] - q[1]]
mask = types.SimpleNamespace(iou=lambda d, g, crowd: np.array([[iou([p[0], p[1], p[0] + p[2], p[1] + p[3]], [q[0], q[1], q[0] + q[2], q[1] + q[3]]) for q in g] for p in d]))
cocoeval = load(references / "coco/cocoeval.py", "cocoeval", words=[("from . import mask as maskUtils", "maskUtils = None")])
cocoeval.maskUtils = mask


class Coco:
    def __init__(self, rows, images, labels):
        self.rows, self.images, self.labels = rows, images, labels

    def getImgIds(self):
        return self.images

    def getCatIds(self):
        return self.labels

    def getAnnIds(self, imgIds, catIds=None):
        return [r["id"] for r in self.rows if r["image_id"] in imgIds and (catIds is None or r["category_id"] in catIds)]

    def loadAnns(self, ids):
        return [r for r in self.rows if r["id"] in set(ids)]


def voc(cases, label, threshold):
    total = sum(t["label"] == label for c in cases for t in c["truth"])
    claims = sorted(((-d["score"], i, j) for i, c in enumerate(cases) for j, d in enumerate(c["detections"]) if d["label"] == label))
    used, tp, fp = set(), [], []
    for s, i, j in claims:
        best = max(((iou(cases[i]["detections"][j]["box"], t["box"]), -k) for k, t in enumerate(cases[i]["truth"]) if t["label"] == label), default=(-1, 0))
        hit = best[0] >= threshold and (i, best[1]) not in used
        if hit:
            used.add((i, best[1]))
        tp.append(hit)
        fp.append(not hit)
    tp, fp = np.cumsum(tp), np.cumsum(fp)
    mrec = np.concatenate([[0], tp / total, [1]])
    mpre = np.concatenate([[0], tp / (tp + fp), [0]]) if len(tp) else np.array([0, 0])
    if not len(tp):
        return 0.0
    for i in range(len(mpre) - 1, 0, -1):
        mpre[i - 1] = max(mpre[i - 1], mpre[i])
    i = np.where(mrec[1:] != mrec[:-1])[0]
    return float(((mrec[i + 1] - mrec[i]) * mpre[i + 1]).sum())


for images, noise in [(1, 1), (5, 3), (12, 6), (20, 2)]:
    cases = []
    for _ in range(images):
        truth = [{"box": box(), "label": str(rng.choice(["1", "2", "3"]))} for _ in range(rng.integers(1, 4))]
        found = [{"box": [v + int(rng.integers(-min(noise, 2), noise + 1)) + (5 if i > 1 else 0) for i, v in enumerate(t["box"])], "label": t["label"] if rng.random() < 0.85 else "1", "score": float(np.round(rng.random(), 1 if images > 5 else 3))}
                 for t in truth + truth[:1] if rng.random() < 0.85]
        found += [{"box": box(), "label": "2", "score": float(np.round(rng.random(), 2))} for _ in range(rng.integers(0, 2))]
        cases.append({"detections": found, "truth": truth})
    labels = sorted({t["label"] for c in cases for t in c["truth"]})
    number = itertools.count(1)
    gt = [dict(id=next(number), image_id=i, category_id=int(t["label"]), bbox=xywh(t["box"]), iscrowd=0, area=(t["box"][2] - t["box"][0]) * (t["box"][3] - t["box"][1])) for i, c in enumerate(cases) for t in c["truth"]]
    dt = [dict(id=next(number), image_id=i, category_id=int(d["label"]), bbox=xywh(d["box"]), score=d["score"], area=(d["box"][2] - d["box"][0]) * (d["box"][3] - d["box"][1])) for i, c in enumerate(cases) for d in c["detections"]]
    ids = [int(l) for l in labels]
    ev = cocoeval.COCOeval(Coco(gt, list(range(images)), ids), Coco(dt, list(range(images)), ids), "bbox")
    ev.evaluate()
    ev.accumulate()
    ap = ev.eval["precision"][:, :, :, 0, 2]
    add("boxes", "map-coco", "pycocotools cocoeval", [ap.mean(), ap[0].mean(), ap[5].mean()], cases=cases)
    add("boxes", "map-voc", "hand (VOC development kit)", np.mean([voc(cases, l, 0.5) for l in labels]), cases=cases)
add("boxes", "map-coco", "no true box", None, cases=[{"detections": [], "truth": []}])

# --- agreement -----------------------------------------------------------------------------------------------------------------------
for n, k in [(1, 2), (10, 2), (40, 3), (150, 5)]:
    a = rng.integers(0, k, n)
    b = np.where(rng.random(n) < 0.6, a, rng.integers(0, k, n))
    if n == 1:
        a, b = np.array([0]), np.array([1])
    for w in [None, "linear", "quadratic"]:
        add("agreement", "cohen", "scikit-learn cohen_kappa_score", skm.cohen_kappa_score(a, b, weights=w, labels=list(range(k))), first=a, second=b, weights=w or "none", labels=list(range(k)))
add("agreement", "cohen", "one category", None, first=[1, 1], second=[1, 1], weights="none", labels=[1, 2])
for n, k, raters in [(1, 3, 4), (12, 3, 3), (50, 5, 6)]:
    table = np.array([np.bincount(np.where(rng.random(raters) < 0.5, rng.integers(0, k), rng.integers(0, k, raters)), minlength=k) for _ in range(n)])
    for method in ["fleiss", "randolph"]:
        same = method == "fleiss" and (table.sum(0) > 0).sum() == 1
        add("agreement", method, "statsmodels fleiss_kappa", None if same else inter_rater.fleiss_kappa(table, method=method), counts=table)
add("agreement", "fleiss", "one category", None, counts=[[3, 0], [3, 0]])
example = [[1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3], [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]]
sets = [example]
for raters, n in [(2, 6), (4, 25)]:
    base = rng.integers(1, 6, n)
    sets.append([[None if rng.random() < 0.2 else int(np.clip(v + rng.integers(-1, 2), 1, 5)) for v in base] for _ in range(raters)])
for ratings in sets:
    counted = Counter(v for i in range(len(ratings[0])) for v in [r[i] for r in ratings if r[i] is not None] if sum(r[i] is not None for r in ratings) > 1)
    ordinal = lambda a, b: 0 if a == b else (sum(counted[g] for g in range(min(a, b), max(a, b) + 1)) - (counted[a] + counted[b]) / 2) ** 2
    ratio = lambda a, b: 0 if a == b else ((a - b) / (a + b)) ** 2
    for level, d in [("nominal", distance.binary_distance), ("interval", distance.interval_distance), ("ordinal", ordinal), ("ratio", ratio)]:
        task = agreement.AnnotationTask([(str(r), str(i), v) for r, row in enumerate(ratings) for i, v in enumerate(row) if v is not None], distance=d)
        add("agreement", "krippendorff", "nltk AnnotationTask.alpha", task.alpha(), ratings=ratings, level=level)
add("agreement", "krippendorff", "all equal", None, ratings=[[1, 1], [1, 1]], level="nominal")
add("agreement", "krippendorff", "no pair", None, ratings=[[1, None], [None, 1]], level="nominal")
import pandas as pd  # noqa: E402
from statsmodels.formula.api import ols  # noqa: E402

del C  # patsy's formulas look names up here, and C means categorical
shrout = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
for X in [np.array(shrout, float), np.round(rng.normal(size=(3, 2)), 2), rng.normal(0, 2, (30, 1)) + rng.normal(0, 0.3, (1, 3)) + rng.normal(size=(30, 3))]:
    n, k = X.shape
    frame = pd.DataFrame([(i, j, X[i, j]) for i in range(n) for j in range(k)], columns=["item", "rater", "v"])
    an = sm.stats.anova_lm(ols("v ~ C(item) + C(rater)", frame).fit())
    R, J, E = an["mean_sq"].to_numpy()
    W = (an["sum_sq"].iloc[1] + an["sum_sq"].iloc[2]) / (n * (k - 1))
    dE, dW = (n - 1) * (k - 1), n * (k - 1)
    q = lambda p, a, b: st.f.ppf(p, a, b)
    one, three, two = (R - W) / (R + (k - 1) * W), (R - E) / (R + (k - 1) * E), (R - E) / (R + (k - 1) * E + k * (J - E) / n)
    l1, u1 = R / W / q(.975, n - 1, dW), R / W * q(.975, dW, n - 1)
    l3, u3 = R / E / q(.975, n - 1, dE), R / E * q(.975, dE, n - 1)
    a_, b_ = k * two / (n * (1 - two)), 1 + k * two * (n - 1) / (n * (1 - two))
    v = (a_ * J + b_ * E) ** 2 / ((a_ * J) ** 2 / (k - 1) + (b_ * E) ** 2 / dE)
    fl, fu = q(.975, n - 1, v), q(.975, v, n - 1)
    l2 = n * (R - fl * E) / (fl * (k * J + (k * n - k - n) * E) + n * R)
    u2 = n * (fu * R - E) / (k * J + (k * n - k - n) * E + n * fu * R)
    up = lambda r: k * r / (1 + (k - 1) * r)
    for form, value, low, high, F, d2 in [("icc1", one, (l1 - 1) / (l1 + k - 1), (u1 - 1) / (u1 + k - 1), R / W, dW), ("icc2", two, l2, u2, R / E, dE), ("icc3", three, (l3 - 1) / (l3 + k - 1), (u3 - 1) / (u3 + k - 1), R / E, dE),
                                          ("icc1k", (R - W) / R, 1 - 1 / l1, 1 - 1 / u1, R / W, dW), ("icc2k", (R - E) / (R + (J - E) / n), up(l2), up(u2), R / E, dE), ("icc3k", (R - E) / R, 1 - 1 / l3, 1 - 1 / u3, R / E, dE)]:
        add("agreement", "icc", "statsmodels anova_lm, scipy f; McGraw and Wong's formulas by hand", [value, low, high, F, st.f.sf(F, n - 1, d2)], ratings=X, form=form)
add("agreement", "icc", "exact agreement", None, ratings=[[1, 1], [2, 2]], form="icc3")

# --- intervals -----------------------------------------------------------------------------------------------------------------------
for right, n in [(0, 1), (1, 1), (0, 20), (3, 7), (20, 20), (867, 1273), (39000, 56000), (1, 56000)]:
    for level in [0.95, 0.99]:
        I = dict(right=right, n=n, level=level)
        w = proportion.proportion_confint(right, n, 1 - level, "wilson")
        add("intervals", "wilson", "statsmodels proportion_confint", [0 if right == 0 else w[0], 1 if right == n else w[1]], **I)
        add("intervals", "clopper-pearson", "statsmodels proportion_confint", proportion.proportion_confint(right, n, 1 - level, "beta"), **I)
for m in ["wilson", "clopper-pearson"]:
    add("intervals", m, "no case", None, right=0, n=0, level=0.95)
for n in [2, 15, 100]:
    x = rng.normal(3, 2, n)
    add("intervals", "mean", "scipy t.interval", st.t.interval(0.95, n - 1, x.mean(), st.sem(x)), values=x)


def scipy_bootstrap(data, statistic, indices, method, paired=False):
    """scipy's own bootstrap on our draws: indices[sample] is [resample, draw]."""
    queue = list(indices)
    original = _resampling.rng_integers
    _resampling.rng_integers = lambda *a, **k: queue.pop(0)
    try:
        r = st.bootstrap(data, statistic, n_resamples=len(indices[0]), method=method, vectorized=False, paired=paired)
    finally:
        _resampling.rng_integers = original
    return [r.confidence_interval.low, r.confidence_interval.high, r.standard_error]


B = 300
for n in [2, 9, 40]:
    x = np.round(rng.exponential(2, n), 2)
    random = Random(n)
    draws = np.array([[random.below(n) for _ in range(n)] for _ in range(B)])
    for method in ["percentile", "BCa"]:
        add("intervals", "bootstrap-mean", "scipy bootstrap on the same draws", scipy_bootstrap((x,), np.mean, [draws], method), values=x, seed=n, resamples=B, method=method.lower())
    if n > 2:
        add("intervals", "bootstrap-median", "scipy bootstrap on the same draws", scipy_bootstrap((x,), np.median, [draws], "BCa"), values=x, seed=n, resamples=B, method="bca")
for n in [12, 50]:
    scores, positive = scored(n, 0.4, 1)
    positive[0], positive[1] = True, False
    pos, neg = scores[positive], scores[~positive]
    random = Random(7)
    drawn = [([random.below(len(pos)) for _ in pos], [random.below(len(neg)) for _ in neg]) for _ in range(B)]
    auc = lambda p, q: np.mean((p[:, None] > q[None]) + 0.5 * (p[:, None] == q[None]))
    for method in ["percentile", "BCa"]:
        add("intervals", "bootstrap-auroc-stratified", "scipy bootstrap of two samples on the same draws", scipy_bootstrap((pos, neg), auc, [np.array([d[0] for d in drawn]), np.array([d[1] for d in drawn])], method),
            scores=scores, positive=positive, seed=7, resamples=B, method=method.lower())
    # Not stratified: resamples of one class have no value and are left out.
    random = Random(8)
    values, skipped = [], 0
    for _ in range(B):
        i = [random.below(n) for _ in range(n)]
        if 0 < positive[i].sum() < n:
            values.append(skm.roc_auc_score(positive[i], scores[i]))
        else:
            skipped += 1
    add("intervals", "bootstrap-auroc", "scikit-learn, numpy quantile on the same draws", [*np.quantile(values, [0.025, 0.975]), np.std(values, ddof=1), skipped], scores=scores, positive=positive, seed=8, resamples=B)
x, clusters = rng.normal(size=30), rng.integers(0, 8, 30)
seen = list(dict.fromkeys(clusters))
random = Random(3)
values = []
for _ in range(B):
    rows = [i for _ in seen for c in [seen[random.below(len(seen))]] for i in range(30) if clusters[i] == c]
    values.append(x[rows].mean())
add("intervals", "bootstrap-clustered", "numpy quantile on the same draws", [*np.quantile(values, [0.025, 0.975]), np.std(values, ddof=1)], values=x, clusters=clusters, seed=3, resamples=B)
add("intervals", "bootstrap-mean", "one case", None, values=[1], seed=1, resamples=10, method="percentile")

# --- tests ---------------------------------------------------------------------------------------------------------------------------
for b, c in [(10, 2), (25, 10), (60, 13), (0, 0), (0, 1), (4, 4), (300, 260)]:
    t = [[5, b], [c, 5]]
    I = dict(firstOnly=b, secondOnly=c)
    exact = contingency_tables.mcnemar(t, exact=True)
    add("tests", "mcnemar-exact", "statsmodels mcnemar", [exact.statistic, exact.pvalue], **I)
    for variant, corrected in [("plain", False), ("corrected", True)]:
        r = contingency_tables.mcnemar(t, exact=False, correction=corrected) if b + c else None
        if r is not None and corrected and b == c:
            # statsmodels gives (|0| - 1)^2 / (b + c) for b = c, where the correction must not pass 0.
            r = types.SimpleNamespace(statistic=0.0, pvalue=1.0)
        add("tests", "mcnemar-" + variant, "statsmodels mcnemar", r and [r.statistic, r.pvalue], **I)


def exact_signed_rank(d, zeros, alternative):
    d = np.asarray(d, float)
    if zeros == "wilcox":
        d = d[d != 0]
    ranks = st.rankdata(abs(d))[d != 0]
    d = d[d != 0]
    w = ranks[d > 0].sum()
    sums = np.array([sum(r for r, s in zip(ranks, signs) if s) for signs in itertools.product([0, 1], repeat=len(d))])
    low, high = np.mean(sums <= w + 1e-9), np.mean(sums >= w - 1e-9)
    return {"less": low, "greater": high, "two-sided": min(1, 2 * min(low, high))}[alternative]


for n, digits in [(1, 2), (6, 3), (10, 0), (12, 1), (35, 4), (80, 1)]:
    d = np.round(rng.normal(0.4, 1.2, n), digits)
    d[0] = 0.5 if digits else 1
    nonzero = d[d != 0]
    free = len(set(abs(d))) == n and (d != 0).all()
    for alternative in ["two-sided", "less", "greater"]:
        if free:
            r = st.wilcoxon(d, method="exact", alternative=alternative)
            add("tests", "wilcoxon", "scipy wilcoxon exact", [r.statistic, r.pvalue], differences=d, alternative=alternative, zeros="wilcox", method="exact", correction=False)
        if n <= 12:
            for zeros in ["wilcox", "pratt"]:
                add("tests", "wilcoxon-exact-p", "hand, all signs", exact_signed_rank(d, zeros, alternative), differences=d, alternative=alternative, zeros=zeros)
        if n > 1:
            for zeros in ["wilcox", "pratt", "zsplit"]:
                for correction in [False, True]:
                    r = st.wilcoxon(d, zero_method=zeros, correction=correction, alternative=alternative, method="approx")
                    add("tests", "wilcoxon", "scipy wilcoxon normal", [r.statistic, r.pvalue], differences=d, alternative=alternative, zeros=zeros, method="normal", correction=correction)
    s, p = sign_test(d)
    add("tests", "sign", "statsmodels sign_test", p, differences=d)
add("tests", "wilcoxon", "all zero", None, differences=[0, 0], alternative="two-sided", zeros="wilcox", method="exact", correction=False)
add("tests", "sign", "all zero", None, differences=[0, 0])
for n1, n2, digits in [(1, 1, 3), (3, 5, 4), (8, 8, 5), (20, 30, 1), (60, 15, 3)]:
    x, y = np.round(rng.normal(0.4, 1, n1), digits), np.round(rng.normal(0, 1, n2), digits)
    free = len(set(x) | set(y)) == n1 + n2
    for alternative in ["two-sided", "less", "greater"]:
        if free and n1 * n2 < 100:
            r = st.mannwhitneyu(x, y, alternative=alternative, method="exact")
            add("tests", "mann-whitney", "scipy mannwhitneyu exact", [r.statistic, r.pvalue], first=x, second=y, alternative=alternative, method="exact")
        r = st.mannwhitneyu(x, y, alternative=alternative, method="asymptotic")
        add("tests", "mann-whitney", "scipy mannwhitneyu asymptotic", [r.statistic, r.pvalue], first=x, second=y, alternative=alternative, method="normal")
        if n1 > 1:
            for variant in ["welch", "student"]:
                r = st.ttest_ind(x, y, equal_var=variant == "student", alternative=alternative)
                add("tests", "t-unpaired", "scipy ttest_ind", [r.statistic, r.pvalue, r.df], first=x, second=y, variant=variant, alternative=alternative)
            m = min(n1, n2)
            r = st.ttest_rel(x[:m], y[:m], alternative=alternative)
            add("tests", "t-paired", "scipy ttest_rel", [r.statistic, r.pvalue, r.df], first=x[:m], second=y[:m], alternative=alternative)
add("tests", "mann-whitney", "all equal", None, first=[1, 1], second=[1, 1], alternative="two-sided", method="normal")
add("tests", "t-paired", "no variance", None, first=[1, 2], second=[1, 2], alternative="two-sided")
for table in [[[10, 20], [30, 40]], [[1, 9], [11, 3]], [[5, 5], [5, 5]], [[12, 3, 7], [4, 9, 8]]]:
    for correction in [False, True]:
        r = st.chi2_contingency(table, correction=correction)
        add("tests", "chi-square", "scipy chi2_contingency", [r.statistic, r.pvalue, r.dof], table=table, correction=correction)
    if len(table[0]) == 2:
        for alternative in ["two-sided", "less", "greater"]:
            add("tests", "fisher", "scipy fisher_exact", list(st.fisher_exact(table, alternative)), table=table, alternative=alternative)
            count, total = [table[0][0], table[1][0]], [sum(table[0]), sum(table[1])]
            z, p = proportion.proportions_ztest(count, total, alternative={"two-sided": "two-sided", "less": "smaller", "greater": "larger"}[alternative])
            add("tests", "two-proportions", "statsmodels proportions_ztest", [z, p], right=count, n=total, alternative=alternative)
for table in [[[300, 20], [280, 45]], [[0, 8], [6, 2]]]:
    for alternative in ["two-sided", "less", "greater"]:
        add("tests", "fisher", "scipy fisher_exact", list(st.fisher_exact(table, alternative)), table=table, alternative=alternative)
add("tests", "chi-square", "empty row", None, table=[[0, 0], [1, 2]], correction=False)
add("tests", "goodness-of-fit", "scipy chisquare", list(st.chisquare([16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8])), observed=[16, 18, 16, 14, 12, 12], expected=[16, 16, 16, 16, 16, 8])


def hand_delong(sets, positive):
    psi = [(s[positive][:, None] > s[~positive][None]) + 0.5 * (s[positive][:, None] == s[~positive][None]) for s in sets]
    m, n = psi[0].shape
    S = np.cov(np.array([p.mean(1) for p in psi])).reshape(len(sets), -1) / m + np.cov(np.array([p.mean(0) for p in psi])).reshape(len(sets), -1) / n
    return [p.mean() for p in psi], S


for n, digits in [(4, 2), (30, 1), (150, 0), (400, 3)]:
    a, positive = scored(n, 0.4, digits)
    positive[:4] = [True, False, True, False]
    a[:4] = [0, 1, 2, 1.5]
    b = np.round(a * 0.5 + rng.normal(size=n), digits)
    (auc,), S = hand_delong([a], positive)
    se = math.sqrt(S[0, 0])
    add("tests", "delong", "hand, all pairs", [auc, se, max(0, auc - st.norm.ppf(.975) * se), min(1, auc + st.norm.ppf(.975) * se)], scores=a, positive=positive)
    aucs, S = hand_delong([a, b], positive)
    z = (aucs[0] - aucs[1]) / math.sqrt(S[0, 0] + S[1, 1] - 2 * S[0, 1])
    add("tests", "delong-paired", "hand, all pairs", [z, 2 * st.norm.sf(abs(z)), *aucs], first=a, second=b, positive=positive)
add("tests", "delong", "separated", None, scores=[0, 1, 2, 3], positive=[False, False, True, True])
add("tests", "delong", "one positive", None, scores=[0, 1, 2], positive=[False, False, True])
add("tests", "delong-paired", "same scores", None, first=[0, 2, 1, 3], second=[0, 2, 1, 3], positive=[False, False, True, True])
for n in [5, 9, 12]:
    x, y = np.round(rng.normal(0.5, 1, n), 1), np.round(rng.normal(0, 1, n), 1)
    for alternative in ["two-sided", "less", "greater"]:
        r = st.permutation_test((x, y), lambda p, q: np.mean(p) - np.mean(q), permutation_type="samples", n_resamples=np.inf, alternative=alternative)
        add("tests", "permutation-paired", "scipy permutation_test, all", [r.statistic, r.pvalue], first=x, second=y, alternative=alternative, resamples=10000, seed=1)
        if n < 9:
            r = st.permutation_test((x, y[:4]), lambda p, q: np.mean(p) - np.mean(q), permutation_type="independent", n_resamples=np.inf, alternative=alternative)
            add("tests", "permutation-unpaired", "scipy permutation_test, all", [r.statistic, r.pvalue], first=x, second=y[:4], alternative=alternative, resamples=10000, seed=1)


def two_sided(values, observed):
    tolerance = 1e-9
    low, high = np.sum(values <= observed + tolerance), np.sum(values >= observed - tolerance)
    return min(1, 2 * (min(low, high) + 1) / (len(values) + 1))


x, y, blocks = np.round(rng.normal(0.3, 1, 60), 2), np.round(rng.normal(0, 1, 60), 2), rng.integers(0, 40, 60)
seen = list(dict.fromkeys(blocks))
sums = [sum(x[i] - y[i] for i in range(60) if blocks[i] == s) for s in seen]
random, values = Random(5), []
for _ in range(500):
    bits = [(w >> i) & 1 for w in [random.uint32() for _ in range((len(sums) + 31) // 32)] for i in range(32)]
    values.append(sum(-s if bit else s for s, bit in zip(sums, bits)) / 60)
add("tests", "permutation-paired", "hand, the same draws", [sum(sums) / 60, two_sided(np.array(values), sum(sums) / 60)], first=x, second=y, blocks=blocks, alternative="two-sided", resamples=500, seed=5)
both, random, values = np.concatenate([x, y[:40]]), Random(6), []
order = list(range(100))
for _ in range(500):
    for i in range(60):
        j = i + random.below(100 - i)
        order[i], order[j] = order[j], order[i]
    own = both[order[:60]].sum()
    values.append(own / 60 - (both.sum() - own) / 40)
observed = x.mean() - y[:40].mean()
add("tests", "permutation-unpaired", "hand, the same draws", [observed, two_sided(np.array(values), observed)], first=x, second=y[:40], alternative="two-sided", resamples=500, seed=6)
a, b = (rng.random(80) < 0.7).astype(float), (rng.random(80) < 0.55).astype(float)
random = Random(4)
values = np.array([(a - b)[[random.below(80) for _ in range(80)]].mean() for _ in range(400)])
add("tests", "bootstrap-difference", "numpy on the same draws", [np.mean(a - b), min(1, 2 * (min((values <= 0).sum(), (values >= 0).sum()) + 1) / 401), *np.quantile(values, [0.025, 0.975])], first=a, second=b, resamples=400, seed=4)
for p in [[0.01], [0.04, 0.01, 0.03, 0.01, 0.9], list(np.round(rng.random(12) ** 3, 3)), [0, 1, 1], [0.05] * 4]:
    add("tests", "benjamini-hochberg", "statsmodels multipletests", multitest.multipletests(p, method="fdr_bh")[1], p=p)
    add("tests", "holm", "statsmodels multipletests", multitest.multipletests(p, method="holm")[1], p=p)
f, s, lower = [0.8, 2.0, 0.5], [0.6, 3.0, 0.5], [False, True, False]
add("tests", "normalised-differences", "hand", [0.2 / 0.7, 1 / 2.5, 0], first=f, second=s, lowerIsBetter=lower)

# --- selective -----------------------------------------------------------------------------------------------------------------------
for n, digits in [(1, 1), (5, 0), (6, 1), (7, 3)]:
    c, right = np.round(rng.random(n), digits), rng.random(n) < 0.6
    orders = [o for o in itertools.permutations(range(n)) if all(c[o[i]] >= c[o[i + 1]] for i in range(n - 1))]
    value = np.mean([np.mean([np.mean([not right[o[j]] for j in range(k + 1)]) for k in range(n)]) for o in orders])
    wrong = int((~right).sum())
    best = np.mean([max(0, k - (n - wrong)) / k for k in range(1, n + 1)])
    add("selective", "aurc", "hand, all orders of ties", [value, value - best], confidence=c, right=right)
    points = [(t, np.mean(c >= t), np.mean(~right[c >= t])) for t in sorted(set(c), reverse=True)]
    add("selective", "risk-coverage", "hand", points, confidence=c, right=right)
    ok = [q for q in points if q[1] <= 0.55]
    add("selective", "selective-accuracy", "hand", [1 - ok[-1][2], ok[-1][1]] if ok else None, confidence=c, right=right, deferral=0.45)
for counts in [[11], [6, 5], [7, 3, 1, 0], [1] * 11]:
    add("selective", "entropy", "scipy entropy", st.entropy(counts), counts=counts)

# --- survival ------------------------------------------------------------------------------------------------------------------------
for n, digits in [(2, 1), (15, 0), (60, 1), (120, 3)]:
    t, e, r = np.round(rng.exponential(5, n), digits), rng.random(n) < 0.6, np.round(rng.normal(size=n), digits)
    t[0], e[0], t[1] = 0, True, 9
    good = comparable = tied = 0
    for i in range(n):
        for j in range(n):
            if i != j and e[i] and (t[i] < t[j] or (t[i] == t[j] and not e[j])):
                comparable += 1
                good += r[i] > r[j]
                tied += r[i] == r[j]
    add("survival", "c-index", "hand, all pairs (rules of scikit-survival)", [(good + tied / 2) / comparable, comparable, tied], times=t, events=e, risk=r)
add("survival", "c-index", "no event", None, times=[1, 2], events=[False, False], risk=[1, 2])
for n in [60, 500]:
    x = rng.normal(size=n)
    y = rng.random(n) < 1 / (1 + np.exp(-x))
    fit = sm.Logit(y.astype(float), sm.add_constant(x)).fit(disp=0, tol=1e-13)
    add("survival", "log-likelihood", "statsmodels Logit.llf", [fit.llf, fit.llnull], probabilities=fit.predict(), null=np.full(n, y.mean()), positive=y)
    add("survival", "nagelkerke", "statsmodels llf, formula by hand", (1 - math.exp(2 * (fit.llnull - fit.llf) / n)) / (1 - math.exp(2 * fit.llnull / n)), logLikelihood=fit.llf, nullLogLikelihood=fit.llnull, n=n)
for r2, K, P in [(0.05, 0.01, 0.5), (0.1, 0.15, 0.15), (0.2, 0.4, 0.3)]:
    t = -st.norm.ppf(K)
    z = st.norm.pdf(t)
    m = z / K
    theta = m * (P - K) / (1 - K) * (m * (P - K) / (1 - K) - t)
    c = K * (1 - K) / z ** 2 * K * (1 - K) / (P * (1 - P))
    add("survival", "liability-r2", "hand (Lee et al. 2012, equation 15)", r2 * c / (1 + r2 * theta * c), linearR2=r2, prevalence=K, caseShare=P)

# --- reports -------------------------------------------------------------------------------------------------------------------------
fourteen = ["Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Opacity", "Lung Lesion", "Edema", "Consolidation", "Pneumonia", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Pleural Other", "Fracture", "Support Devices", "No Finding"]
five = ["Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion"]
mention = lambda: {l: str(rng.choice(["present", "absent", "uncertain"])) for l in fourteen if rng.random() < 0.4}
R = [mention() for _ in range(25)]
C = [{l: m for l, m in (r if rng.random() < 0.6 else mention()).items() if rng.random() < 0.8} for r in R]
for policy in ["positive", "negative"]:
    yes = {"present"} | ({"uncertain"} if policy == "positive" else set())
    for labels in [fourteen, five]:
        m = lambda rows: np.array([[row.get(l) in yes for l in labels] for row in rows])
        add("reports", "chexbert", "scikit-learn f1_score", [skm.f1_score(m(R), m(C), average=a, zero_division=0) for a in ["micro", "macro"]], candidates=C, references=R, uncertain=policy, labels=labels)


def graph():
    n = int(rng.integers(0, 6))
    return {str(i): {"tokens": str(rng.choice(["effusion", "Lung", "left", "small"])), "label": str(rng.choice(["ANAT-DP", "OBS-DP", "OBS-DA"])),
                     "relations": [[str(rng.choice(["modify", "located_at"])), str(rng.integers(0, n))] for _ in range(rng.integers(0, 3))]} for i in range(n)}


def f1(a, b):
    p, r = (len(a & b) / len(a) if a else 0), (len(a & b) / len(b) if b else 0)
    return 2 * p * r / (p + r) if p + r else 0


for _ in range(12):
    g = [graph(), graph()]
    if rng.random() < 0.5 and g[0]:
        g[1] = {k: dict(v) for k, v in g[0].items()}
        g[1]["0"]["label"] = "OBS-U"
    entity = [{(e["tokens"], e["label"]) for e in q.values()} for q in g]
    flag = [{(e["tokens"], e["label"], bool(e["relations"])) for e in q.values()} for q in g]
    relation = [{(e["tokens"].lower(), e["label"], k, q[t]["tokens"].lower()) for e in q.values() for k, t in e["relations"]} for q in g]
    complete = [r | {(e["tokens"], e["label"]) for e in q.values() if not e["relations"]} for r, q in zip(relation, g)]
    values = [f1(*entity), f1(*flag), f1(*complete), (f1(*entity) + f1(*relation)) / 2] if g[0] and g[1] else [0, 0, 0, 0]
    add("reports", "radgraph", "hand (rules of the radgraph package's rewards)", values, candidate=g[0], reference=g[1])
add("reports", "green", "hand", 3 / 5, matched=3, errors=[0, 1, 0, 1, 0, 0])
add("reports", "green", "nothing counted", None, matched=0, errors=[0, 0, 0, 0, 0, 0])

by = ", ".join(f"{m.__name__} {m.__version__}" for m in [np, scipy, statsmodels, sklearn, sacrebleu, nltk])
out.mkdir(parents=True, exist_ok=True)
for theme, cases in themes.items():
    lines = ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in cases)
    (out / f"{theme}.json").write_text(f'{{"by":"{by}","cases":[\n{lines}\n]}}\n')
    print(theme, len(cases), file=sys.stderr)
