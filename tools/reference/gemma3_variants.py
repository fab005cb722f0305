"""Fields of a Gemma 3 configuration that are easily misread, each changed on the tiny models of nn_goldens.py, and the logits transformers
computes. Writes src/model/engine/goldens/variants/{cases.json, goldens.safetensors}: the changed fields, the last rows of logits, and the
tensors a variant adds.

    python tools/reference/gemma3_variants.py        # torch, transformers 5.18, safetensors
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import Gemma3Config, Gemma3ForCausalLM, Gemma3ForConditionalGeneration, Gemma3TextConfig

sys.path.insert(0, str(Path(__file__).parent))
from nn_goldens import IMAGE_SOFT, OUT as BASES, pixels  # noqa: E402

OUT = BASES / "variants"
VARIANTS = {
    # name: base, case, fields of the text configuration
    "window-3": ("gemma3-multimodal", "text-between", {"sliding_window": 3}),
    "window-2-images": ("gemma3-multimodal", "several-windows", {"sliding_window": 2}),
    "window-1": ("gemma3-multimodal", "one-image", {"sliding_window": 1}),
    "caps-multimodal": ("gemma3-multimodal", "text-between", {"attn_logit_softcapping": 1.0, "final_logit_softcapping": 2.0}),
    "caps-text": ("gemma3-text", "several-windows", {"attn_logit_softcapping": 1.0, "final_logit_softcapping": 2.0}),
    "bias-multimodal": ("gemma3-multimodal", "text-between", {"attention_bias": True}),
    "bias-text": ("gemma3-text", "several-windows", {"attention_bias": True}),
}


@torch.no_grad()
def main() -> None:
    OUT.mkdir(exist_ok=True)
    cases, tensors = {}, {}
    for name, (folder, case, fields) in VARIANTS.items():
        raw = json.loads((BASES / folder / "config.json").read_text())
        multimodal = "text_config" in raw
        (raw["text_config"] if multimodal else raw).update(fields)
        config = (Gemma3Config if multimodal else Gemma3TextConfig)(**{k: v for k, v in raw.items() if k != "architectures"})
        config._attn_implementation = "eager"
        model = (Gemma3ForConditionalGeneration if multimodal else Gemma3ForCausalLM).from_pretrained(
            BASES / folder, config=config, dtype=torch.float32, attn_implementation="eager"
        ).eval()
        generator = torch.Generator().manual_seed(7)
        for key, parameter in model.named_parameters():
            if fields.get("attention_bias") and "layers" in key and "vision" not in key and key.endswith("_proj.bias"):
                parameter.data = torch.randn(parameter.shape, generator=generator) * 0.3
                tensors[f"{name}/{key}"] = parameter.data.contiguous()
        golden = json.loads((BASES / folder / "cases.json").read_text())[case]
        ids = torch.tensor([golden["ids"]])
        extra = {}
        if multimodal:
            extra = {"pixel_values": torch.stack([pixels(i) for i in golden["images"]]), "token_type_ids": (ids == IMAGE_SOFT).long()}
        rows = model(input_ids=ids, **extra).logits[0]
        tensors[f"{name}/logits"] = rows[-3:].contiguous()
        cases[name] = {"base": folder, "case": case, "fields": fields}
        print(name, float(rows.abs().max()), len([k for k in tensors if k.startswith(name)]) - 1, "biases")
    save_file(tensors, OUT / "goldens.safetensors")
    (OUT / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


main()
