"""Gradients of whole tiny models, computed by PyTorch on the golden checkpoints that nn_goldens.py wrote.

The loss is the mean cross-entropy of predicting token i+1 at every text position i >= 1. Writes
src/learn/language/goldens/<model>-gradients.safetensors with one tensor a weight (names as in the checkpoint) and the loss as `lm_head.weight`.

    python tools/reference/nn_gradients.py      # torch, transformers >= 5, safetensors
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, Gemma2ForCausalLM, Gemma3ForConditionalGeneration

sys.path.insert(0, str(Path(__file__).parent))
from nn_goldens import pixels  # noqa: E402
from tiny_tokenizer import IMAGE_SOFT  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
CASES = {"gemma2": ("several-windows", Gemma2ForCausalLM), "gemma3-multimodal": ("text-between", Gemma3ForConditionalGeneration)}

for folder, (case_name, model_class) in CASES.items():
    path = ROOT / "src/model/engine/goldens" / folder
    config = AutoConfig.from_pretrained(path)
    config._attn_implementation = "eager"
    model = model_class.from_pretrained(path, config=config, dtype=torch.float32).eval()
    case = json.loads((path / "cases.json").read_text())[case_name]
    ids = torch.tensor([case["ids"]])
    extra = {}
    if case.get("images"):
        extra = dict(pixel_values=torch.stack([pixels(i) for i in case["images"]]), token_type_ids=(ids == IMAGE_SOFT).long())
    logits = model(input_ids=ids, **extra, use_cache=False).logits[0]
    rows = [i for i in range(1, ids.shape[1] - 1) if ids[0, i] != IMAGE_SOFT]
    loss = torch.nn.functional.cross_entropy(logits[rows], ids[0, [i + 1 for i in rows]])
    loss.backward()
    stored = load_file(path / "model.safetensors")
    out = {}
    for name, p in model.named_parameters():
        if p.grad is None:
            continue
        out[name] = p.grad.clone()
    # Named as the untied head, which neither model has, so that a checkpoint reader finds it.
    out["lm_head.weight"] = loss.detach().reshape(1)
    target = ROOT / "src/learn/language/goldens"
    target.mkdir(exist_ok=True)
    save_file(out, target / f"{folder}-gradients.safetensors")
    (target / f"{folder}-gradients.safetensors").chmod(0o644)
    print(folder, float(loss), len(out) - 1, "of", len(stored), "tensors", list(out)[1])
