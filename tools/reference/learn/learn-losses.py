"""Golden values of src/learn/learners: contrastive and distillation losses with torch, a probe with scikit-learn.

Recompute: python tools/reference/learn/learn-losses.py > src/learn/learners/goldens/losses.json
"""
import json, torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression

torch.manual_seed(11)
logits = torch.randn(5, 5) * 3
sign = 2 * torch.eye(5) - 1
siglip = -F.logsigmoid(sign * logits).sum(1).mean()
own = torch.arange(5)
info = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2

student, teacher = torch.randn(3, 9), torch.randn(3, 9) * 2
weights = torch.tensor([0.5, 0.3, 0.2])
full = (weights * F.kl_div(F.log_softmax(student, 1), F.log_softmax(teacher, 1), log_target=True, reduction="none").sum(1)).sum()
kept = torch.topk(teacher, 4, dim=1).indices
renormalised = (weights * -(F.softmax(teacher.gather(1, kept), 1) * F.log_softmax(student.gather(1, kept), 1)).sum(1)).sum()
drawn = torch.multinomial(F.softmax(teacher, 1), 6, replacement=True)
counted = (weights * -F.log_softmax(student, 1).gather(1, drawn).mean(1)).sum()

x = torch.randn(60, 5); y = (x[:, 0] + 0.5 * torch.randn(60) > 0.4).long() + (x[:, 1] > 0.8).long()
probe = LogisticRegression(C=0.7, max_iter=5000, tol=1e-10).fit(x.numpy(), y.numpy())
flat = lambda t: [round(float(v), 7) for v in t.flatten()]
print(json.dumps({
    "logits": flat(logits), "siglip": float(siglip), "infoNce": float(info),
    "student": flat(student), "teacher": flat(teacher), "weights": flat(weights), "full": float(full),
    "kept": kept.flatten().tolist(), "keptTeacher": flat(teacher.gather(1, kept)), "renormalised": float(renormalised),
    "drawn": drawn.flatten().tolist(), "counted": float(counted),
    "x": [flat(r) for r in x], "y": y.tolist(), "probabilities": [[float(v) for v in r] for r in probe.predict_proba(x.numpy()[:4])],
}))
