"""Golden values of src/learn/optimizer: torch.optim.AdamW with clipping and a cosine schedule (transformers' get_cosine_schedule_with_warmup).

Recompute: python tools/reference/learn/learn-optimizer.py > src/learn/optimizer/goldens/adamw.json
"""
import json, math, torch

torch.manual_seed(7)
shapes = {"layer.weight": (3, 4), "layer.bias": (4,)}
weights = {n: torch.nn.Parameter(torch.randn(s)) for n, s in shapes.items()}
initial = {n: w.detach().flatten().tolist() for n, w in weights.items()}
optimizer = torch.optim.AdamW(
    [{"params": [weights["layer.weight"]], "weight_decay": 0.1}, {"params": [weights["layer.bias"]], "weight_decay": 0.0}],
    lr=0.02, betas=(0.9, 0.99), eps=1e-8)
steps, warmup = 12, 3
gradients, rates, norms = [], [], []
for step in range(steps):
    rate = 0.02 * (step + 1) / warmup if step < warmup else 0.02 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
    for group in optimizer.param_groups:
        group["lr"] = rate
    for w in weights.values():
        w.grad = torch.randn_like(w) * (2.0 if step % 3 == 0 else 0.2)
    gradients.append({n: w.grad.flatten().tolist() for n, w in weights.items()})
    norms.append(float(torch.nn.utils.clip_grad_norm_(weights.values(), 1.0)))
    rates.append(rate)
    optimizer.step()
print(json.dumps({"torch": torch.__version__, "shapes": shapes, "initial": initial, "gradients": gradients, "rates": rates, "norms": norms,
                  "final": {n: w.detach().flatten().tolist() for n, w in weights.items()}}))
