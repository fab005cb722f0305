"""Logits of the tiny Gemma 3 with a vision tower under two LoRA adapters, computed by Python PEFT: one that Polyclinic trained and saved
(tools/reference/learn/peft_adapter.mjs), one that PEFT made and saved. Writes src/learn/learners/goldens/peft/{saved-by-peft, logits.safetensors}.

    pip install torch transformers peft safetensors
    node tools/reference/learn/peft_adapter.mjs && python tools/reference/learn/peft_goldens.py
"""

import json
import shutil
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import Gemma3ForConditionalGeneration

sys.path.insert(0, str(Path(__file__).parents[1]))
from nn_goldens import IMAGE_SOFT, OUT as BASES, pixels  # noqa: E402

BASE = BASES / "gemma3-multimodal"
OUT = Path(__file__).resolve().parents[3] / "src/learn/learners/goldens/peft"
CASE = json.loads((BASE / "cases.json").read_text())["text-between"]


def base() -> Gemma3ForConditionalGeneration:
    return Gemma3ForConditionalGeneration.from_pretrained(BASE, dtype=torch.float32, attn_implementation="eager").eval()


@torch.no_grad()
def logits(model) -> torch.Tensor:
    ids = torch.tensor([CASE["ids"]])
    images = torch.stack([pixels(i) for i in CASE["images"]])
    rows = model(input_ids=ids, pixel_values=images, token_type_ids=(ids == IMAGE_SOFT).long()).logits[0]
    return rows[-8:].contiguous()


def main() -> None:
    plain = logits(base())
    trained = PeftModel.from_pretrained(base(), OUT / "trained-here")
    modules = sum(1 for name, _ in trained.named_modules() if name.endswith("lora_A"))
    loaded = logits(trained)

    torch.manual_seed(11)
    config = LoraConfig(r=3, lora_alpha=5, target_modules=["q_proj", "v_proj", "down_proj", "fc1"], task_type="CAUSAL_LM")
    made = get_peft_model(base(), config)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.1)
    shutil.rmtree(OUT / "saved-by-peft", ignore_errors=True)
    made.save_pretrained(OUT / "saved-by-peft")
    (OUT / "saved-by-peft" / "README.md").unlink(missing_ok=True)
    file = OUT / "saved-by-peft" / "adapter_config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "base_model_name_or_path": "gemma3-multimodal"}, indent=2) + "\n")
    own = logits(made)
    save_file({"base": plain, "trained-here": loaded, "saved-by-peft": own}, OUT / "logits.safetensors")
    print(f"{modules} modules adapted; logits moved by {(loaded - plain).abs().max():.3f} and {(own - plain).abs().max():.3f}")


main()
