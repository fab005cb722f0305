"""A tiny Gemma 3 decoder with a LoRA adapter, saved by PEFT, and the weights PEFT merges: what reading and applying adapters is tested on.

    pip install torch transformers peft safetensors
    python tools/reference/learn/lora_goldens.py
    python tools/reference/learn/lora_goldens.py --check FOLDER   # loads an adapter written by Polyclinic and prints its largest merged delta
"""

import shutil
import sys
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

OUT = Path(__file__).resolve().parents[3] / "src" / "checkpoint" / "goldens" / "lora"


def base() -> Gemma3ForCausalLM:
    torch.manual_seed(3)
    config = Gemma3TextConfig(
        vocab_size=40, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
        head_dim=8, sliding_window=8, initializer_range=0.3,
    )
    return Gemma3ForCausalLM(config).eval()


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    model = base()
    model.save_pretrained(OUT / "base")
    (OUT / "base" / "generation_config.json").unlink(missing_ok=True)
    config = LoraConfig(
        r=3, lora_alpha=6, use_rslora=True, target_modules=["q_proj", "o_proj", "down_proj"], rank_pattern={"down_proj": 2},
        alpha_pattern={"layers.1.self_attn.q_proj": 9}, task_type="CAUSAL_LM",
    )
    tuned = get_peft_model(model, config)
    with torch.no_grad():
        for name, parameter in tuned.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.2)
    tuned.save_pretrained(OUT / "adapter")
    (OUT / "adapter" / "README.md").unlink(missing_ok=True)
    merged = tuned.merge_and_unload().state_dict()
    keep = {name: tensor.contiguous() for name, tensor in merged.items() if "proj" in name}
    save_file(keep, OUT / "merged.safetensors", metadata={"format": "pt"})


def check(folder: str) -> None:
    model = base()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    after = PeftModel.from_pretrained(model, folder).merge_and_unload().state_dict()
    for name, tensor in after.items():
        change = (tensor - before[name]).abs().max().item()
        if change > 0:
            print(f"{name} {change:.6f} {tensor.double().sum().item():.6f}")


if len(sys.argv) == 3 and sys.argv[1] == "--check":
    check(sys.argv[2])
else:
    main()
