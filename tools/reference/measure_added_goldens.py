"""Golden values of METEOR's variants, the ROC band and intervals of agreement, put into the files that measure_goldens.py writes (run it after that one).

Run: python tools/reference/measure_added_goldens.py src/measure/goldens
(needs numpy, nltk; WordNet is not used: NLTK's own parameters replace it with nothing)
"""
import json
import math
import re
import sys
from pathlib import Path

import nltk
import numpy as np
from nltk.translate.meteor_score import meteor_score

out = Path(sys.argv[1])
rng = np.random.default_rng(714)
added = {}


def add(theme, measure, reference, value, /, **inputs):
    plain = lambda v: v.tolist() if isinstance(v, np.ndarray) else float(v) if isinstance(v, np.floating) else [plain(x) for x in v] if isinstance(v, list) else v
    added.setdefault(theme, []).append({"measure": measure, "reference": reference, "input": {k: plain(x) for k, x in inputs.items()}, "value": plain(value)})


# The product's generator: xoshiro128** seeded by splitmix32, from the other script's own text.
source = (Path(__file__).parent / "measure_goldens.py").read_text()
exec(re.search(r"class Random:.*?(?=\n\n\ndef )", source, re.S).group(0))


class NoWordNet:
    def synsets(self, word):
        return []


class NoStemmer:
    def stem(self, word):
        return word


vocabulary = "the heart size is normal and lungs are clear clearing cleared effusion effusions small pleural left right no pneumothorax consolidation consolidations worsening worsened opacity opacities mild mildly enlarged".split()
texts = [(" ".join(rng.choice(vocabulary, rng.integers(1, 25))), [" ".join(rng.choice(vocabulary, rng.integers(1, 25))) for _ in range(rng.integers(1, 4))]) for _ in range(24)]
same = "The Heart size is normal"
texts += [(same, [same.lower()]), ("nothing here", ["other words"]), ("", ["a word"]), ("clear", ["Clearing clear"])]
for candidate, references in texts:
    value = [meteor_score([r.split() for r in references], candidate.split(), stemmer=s, wordnet=NoWordNet()) for s in [NoStemmer(), nltk.PorterStemmer()]]
    add("text", "meteor", "nltk meteor_score without WordNet", value, candidate=candidate, references=references)

for n, digits, seed in [(12, 1, 3), (60, 1, 4), (60, 6, 5)]:
    positive = rng.random(n) < 0.4
    positive[:2] = [True, False]
    scores = np.round(rng.normal(size=n) + positive, digits)
    grid = [i / 10 for i in range(11)]

    def curve(rows):
        s, p = scores[rows], positive[rows]
        # Every threshold, and the highest sensitivity of those that keep to the rate.
        return [max([0] + [np.mean(s[p] >= t) for t in s if np.mean(s[~p] >= t) <= rate + 1e-12]) for rate in grid]

    random, drawn, B = Random(seed), [], 200
    for _ in range(B):
        rows = np.array([random.below(n) for _ in range(n)])
        if 0 < positive[rows].sum() < n:
            drawn.append(curve(rows))
    low, high = np.quantile(np.array(drawn), [0.025, 0.975], axis=0)
    add("intervals", "roc-band", "hand, all thresholds, on the same draws", [curve(np.arange(n)), low, high, len(drawn)], scores=scores, positive=positive, points=11, resamples=B, seed=seed)
add("intervals", "roc-band", "one kind", None, scores=[1, 2], positive=[True, True], points=11, resamples=10, seed=1)

for theme, cases in added.items():
    path = out / f"{theme}.json"
    whole = json.loads(path.read_text())
    own = {case["measure"] for case in cases}
    kept = [case for case in whole["cases"] if case["measure"] not in own]
    lines = ",\n".join(json.dumps(c, separators=(",", ":"), ensure_ascii=False) for c in kept + cases)
    path.write_text(f'{{"by":{json.dumps(whole["by"])},"cases":[\n{lines}\n]}}\n')
    print(theme, len(cases), "added", file=sys.stderr)
