"""Hugging Face transformers on PyTorch trains the problem that bench/training/problem.mjs wrote, two threads: the nano configuration from the same
weights on the same batch with the same AdamW. Seconds of each step and the losses as a JSON line.

    python training.py FOLDER STEPS

PyTorch gets what makes it fast: its fused AdamW, scaled_dot_product_attention, logits of the answer positions only, no gradients in a frozen tower.
"""

import json
import math
import resource
import sys
import time

import numpy
import torch
from torch.nn import functional as F
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

torch.set_num_threads(2)
folder, steps = sys.argv[1], int(sys.argv[2])
with open(f"{folder}/problem.json") as file:
    problem = json.load(file)
memory = numpy.fromfile(f"{folder}/arrays.bin", numpy.uint8)
words = {"float32": (numpy.float32, 4), "int32": (numpy.int32, 4), "uint8": (numpy.uint8, 1)}


def read(entry):
    dtype, size = words[entry["dtype"]]
    bytes_ = memory[entry["offset"] : entry["offset"] + size * entry["length"]]
    return torch.from_numpy(bytes_.view(dtype).reshape(entry["dims"]).copy())


weights = {entry["name"]: read(entry) for entry in problem["weights"]}
batch = {entry["name"]: read(entry) for entry in problem["batch"]}
heads = {name: torch.nn.Parameter(value) for name, value in weights.items() if name.startswith("heads.")}


def build():
    config = Gemma3Config.from_dict(problem["json"])
    config._attn_implementation = "sdpa"
    model = Gemma3ForConditionalGeneration(config).float().train()
    own = model.state_dict()
    # Releases of transformers differ in whether the tower has a `vision_model` in its names.
    renamed = {
        name if name in own else name.replace("vision_tower.vision_model.", "vision_tower."): value
        for name, value in weights.items()
        if name not in heads
    }
    missing, unexpected = model.load_state_dict(renamed, strict=False)
    left = [name for name in missing if problem["stage"] == "language" and name != "lm_head.weight"]
    assert not unexpected and not left, (unexpected, left)
    return model


def head(x, name):
    return F.linear(x, heads[f"heads.{name}.weight"], heads[f"heads.{name}.bias"])


def tower_loss(model):
    patches = model.model.vision_tower(pixel_values=batch["pixels"]).last_hidden_state
    pooled = patches.mean(1)
    loss = sum(F.cross_entropy(head(pooled, q), batch[q]) for q in ("cxr", "ct", "histology", "kind"))
    boxes = torch.sigmoid(head(pooled, "boxes"))
    parts = problem["lossWeights"]
    loss = loss + parts["boxes"] * ((boxes - batch["boxes"]).abs() * batch["boxWeights"]).sum(1).mean()
    shares = F.binary_cross_entropy_with_logits(head(patches, "patches"), batch["patches"], reduction="none")
    loss = loss + parts["patches"] * (shares * batch["patchWeights"]).mean(1).sum(1).mean()
    soft = pool(patches)
    soft = soft * torch.rsqrt(soft.square().mean(-1, keepdim=True) + problem["model"]["vision"]["layerNormEps"])
    soft = head(soft * (1 + heads["heads.soft.weight"]), "areas")
    targets = pool(batch["patches"]) / torch.tensor(problem["usualShares"])
    loss = loss + parts["softShares"] * ((soft - targets).abs() * batch["patchWeights"]).mean(1).sum(1).mean()
    areas = (soft.mean(1) - targets.mean(1)).abs() * batch["patchWeights"][:, 0]
    return loss + parts["areas"] * areas.sum(1).mean()


def pool(patches):
    n, count, width = patches.shape
    side, small = round(count**0.5), round(problem["model"]["tokensPerImage"] ** 0.5)
    return patches.reshape(n, small, side // small, small, side // small, width).mean((2, 4)).flatten(1, 2)


def language_inputs():
    ids = batch["ids"].long()
    ids[batch["isSoft"].bool()] = problem["model"]["imageTokenId"]
    masks = {"full_attention": batch["globalBias"][:, 0], "sliding_attention": batch["localBias"][:, 0]}
    used = batch["answerWeights"] > 0
    return ids, batch["positions"].long(), masks, batch["answerRows"].long()[used], batch["targets"].long()[used]


def language_loss(model, inputs):
    ids, positions, masks, rows, targets = inputs
    hidden = model.model(
        input_ids=ids, pixel_values=batch["pixels"], attention_mask=dict(masks), position_ids=positions, use_cache=False
    ).last_hidden_state
    return F.cross_entropy(model.lm_head(hidden.flatten(0, 1)[rows]), targets)


model = build()
if problem["stage"] == "tower":
    learned = [*model.model.vision_tower.parameters(), *heads.values()]
    loss_of = lambda: tower_loss(model)
else:
    model.model.vision_tower.requires_grad_(False)
    learned = [p for p in model.parameters() if p.requires_grad]
    inputs = language_inputs()
    loss_of = lambda: language_loss(model, inputs)
matrices = [p for p in learned if sum(side > 1 for side in p.shape) > 1]
vectors = [p for p in learned if sum(side > 1 for side in p.shape) <= 1]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": problem["weightDecay"]}, {"params": vectors, "weight_decay": 0}],
    lr=problem["learningRate"],
    betas=tuple(problem["betas"]),
    eps=problem["epsilon"],
    fused=True,
)


def step():
    optimizer.zero_grad(set_to_none=True)
    loss = loss_of()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learned, problem["clipNorm"])
    optimizer.step()
    value = loss.item()
    assert math.isfinite(value)
    return value


losses, seconds, cpu_seconds = [step(), step()], [], []
for _ in range(steps):
    cpu, start = time.process_time(), time.perf_counter()
    losses.append(step())
    seconds.append(time.perf_counter() - start)
    cpu_seconds.append(time.process_time() - cpu)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(
    json.dumps(
        {"seconds": seconds, "cpuSeconds": cpu_seconds, "losses": losses, "peakBytes": peak, "version": torch.__version__}
    )
)
