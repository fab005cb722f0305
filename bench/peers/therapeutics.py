"""A random forest and a multilayer perceptron of scikit-learn on fingerprints and a split given on standard input; scores on standard output."""

import base64
import json
import sys
import warnings

import numpy as np
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor

warnings.filterwarnings("ignore")
problem = json.load(sys.stdin)
bits = np.stack([np.unpackbits(np.frombuffer(base64.b64decode(row), np.uint8), bitorder="little") for row in problem["bits"]]).astype(np.float32)
labels = np.array(problem["labels"], dtype=float)
train, test = np.array(problem["train"]), np.array(problem["test"])
classify = problem["kind"] == "auroc"
seed = problem["seed"]
models = {
    "RF": lambda: (RandomForestClassifier if classify else RandomForestRegressor)(
        n_estimators=300, max_features="sqrt" if classify else 0.1, random_state=seed, n_jobs=1
    ),
    "MLP": lambda: (MLPClassifier if classify else MLPRegressor)(hidden_layer_sizes=(256,), alpha=1e-3, early_stopping=True, max_iter=60, random_state=seed),
}
out = {}
for name, make in models.items():
    scores = []
    for task in range(labels.shape[1]):
        known = train[~np.isnan(labels[train, task])]
        asked = test[~np.isnan(labels[test, task])]
        truth = labels[asked, task]
        if classify and (len(set(truth)) < 2 or len(set(labels[known, task])) < 2):
            continue
        model = make().fit(bits[known], labels[known, task])
        if classify:
            scores.append(roc_auc_score(truth, model.predict_proba(bits[asked])[:, 1]))
        else:
            scores.append(float(np.sqrt(np.mean((model.predict(bits[asked]) - truth) ** 2))))
    out[name] = float(np.mean(scores))
print(json.dumps(out))
