"""The kinds of LoRA adapter that users bring, each saved by PEFT for the tiny multimodal Gemma 3, and the logits PEFT computes under each when
it loads the folder again. Writes src/checkpoint/goldens/kinds/<kind>/ and src/checkpoint/goldens/kinds/logits.safetensors.

    pip install torch transformers peft safetensors      # PEFT 0.21, transformers 5.18
    python tools/reference/learn/peft_kinds.py
"""

import json
import shutil
import sys
import warnings
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import Gemma3ForConditionalGeneration

sys.path.insert(0, str(Path(__file__).parents[1]))
from nn_goldens import IMAGE_SOFT, OUT as BASES, pixels  # noqa: E402

warnings.filterwarnings("ignore")
BASE = BASES / "gemma3-multimodal"
OUT = Path(__file__).resolve().parents[3] / "src/checkpoint/goldens/kinds"
CASE = json.loads((BASE / "cases.json").read_text())["text-between"]
ATTENTION = ["q_proj", "v_proj"]
# Two layers are enough to tell kinds apart, and keep the folders small.
FEW = r".*language_model\.layers\.[01]\.self_attn\.(q|v)_proj"
FEW_VISION = r".*vision_tower\..*layers\.0\.self_attn\.(q|v)_proj"


def fresh() -> Gemma3ForConditionalGeneration:
    return Gemma3ForConditionalGeneration.from_pretrained(BASE, dtype=torch.float32, attn_implementation="eager").eval()


@torch.no_grad()
def logits(model) -> torch.Tensor:
    ids = torch.tensor([CASE["ids"]])
    images = torch.stack([pixels(i) for i in CASE["images"]])
    rows = model(input_ids=ids, pixel_values=images, token_type_ids=(ids == IMAGE_SOFT).long()).logits[0]
    return rows[-2:].contiguous()


def older(folder: Path) -> None:
    """The names of transformers 4.51 and before, in tensors and patterns."""
    def name(s: str) -> str:
        s = s.replace("base_model.model.model.language_model.", "base_model.model.language_model.model.")
        return s.replace("base_model.model.model.vision_tower.", "base_model.model.vision_tower.vision_model.")
    file = folder / "adapter_model.safetensors"
    save_file({name(k): v for k, v in load_file(file).items()}, file)
    path = folder / "adapter_config.json"
    config = json.loads(path.read_text())
    for key in ("alpha_pattern", "rank_pattern"):
        config[key] = {name("base_model.model." + k)[len("base_model.model."):]: v for k, v in config[key].items()}
    path.write_text(json.dumps(config, indent=1))


KINDS = {
    "plain": {},
    "rslora": dict(use_rslora=True),
    "regex": dict(target_modules=FEW),
    "layers-to-transform": dict(layers_to_transform=[0, 3], layers_pattern="layers"),
    "all-linear": dict(target_modules="all-linear", r=1),
    "vision-only": dict(target_modules=FEW_VISION),
    "alpha-pattern-short": dict(alpha_pattern={"q_proj": 64}),
    "alpha-pattern-full": dict(alpha_pattern={"model.language_model.layers.0.self_attn.q_proj": 64}),
    "alpha-pattern-vision": dict(
        target_modules=FEW_VISION, alpha_pattern={"model.vision_tower.encoder.layers.0.self_attn.q_proj": 64}
    ),
    "alpha-pattern-tail": dict(alpha_pattern={"layers.1.self_attn.v_proj": 48, "v_proj": 3}),
    "alpha-pattern-regex": dict(
        alpha_pattern={r"^model\.language_model\.layers\.[1-3]\.self_attn\.v_proj": 99, r".*layers\.(0|5)\..*q_pr\w+": 2.5}
    ),
    "rank-pattern-regex": dict(rank_pattern={r".*layers\.[0-2]\.self_attn\.q_proj": 3}),
    "rank-pattern-vision": dict(
        target_modules=FEW_VISION, rank_pattern={"model.vision_tower.encoder.layers.0.self_attn.q_proj": 3}
    ),
    "rank-and-alpha-rslora": dict(rank_pattern={"q_proj": 4}, alpha_pattern={"q_proj": 10}, use_rslora=True),
    "gaussian": dict(init_lora_weights="gaussian"),
    "orthogonal": dict(init_lora_weights="orthogonal"),
    "no-init": dict(init_lora_weights=False),
    "fan-in-fan-out": dict(fan_in_fan_out=True),
    "dropout": dict(lora_dropout=0.3),
    "older-names": dict(target_modules=FEW, alpha_pattern={"model.language_model.layers.0.self_attn.q_proj": 64}),
    "older-names-vision": dict(
        target_modules=FEW_VISION, alpha_pattern={"model.vision_tower.encoder.layers.0.self_attn.q_proj": 64}
    ),
    "head-saved": dict(modules_to_save=["lm_head"]),
    "head-and-embedding-saved": dict(modules_to_save=["lm_head", "embed_tokens"]),
    "embedding-saved": dict(modules_to_save=["embed_tokens"]),
    "embedding-saved-tied": dict(modules_to_save=["embed_tokens"], ensure_weight_tying=True),
    "embedding-lora": dict(target_modules=[*ATTENTION, "embed_tokens"]),
    "embedding-lora-tied": dict(target_modules=[*ATTENTION, "embed_tokens"], ensure_weight_tying=True),
    "head-lora": dict(target_modules=[*ATTENTION, "lm_head"]),
    "projector-saved": dict(modules_to_save=["multi_modal_projector"]),
    "norm-saved": dict(modules_to_save=["input_layernorm"]),
    "patch-embedding": dict(target_modules=["patch_embedding"]),
    "position-embedding": dict(target_modules=["position_embedding"]),
    # Refused by their true reason.
    "pissa": dict(init_lora_weights="pissa"),
    "pissa-niter": dict(init_lora_weights="pissa_niter_4"),
    "olora": dict(init_lora_weights="olora"),
    "dora": dict(use_dora=True),
    "bias-all": dict(bias="all"),
    "lora-bias": dict(lora_bias=True),
    "token-indices": dict(trainable_token_indices=[5, 9]),
}


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    results = {"base": logits(fresh())}
    for kind, options in KINDS.items():
        torch.manual_seed(1)
        settings = {"r": 2, "lora_alpha": 8, "target_modules": ATTENTION, **options}
        if settings["target_modules"] == ATTENTION and "layers_to_transform" not in settings and "pattern" not in kind:
            settings.update(layers_to_transform=[0, 1], layers_pattern="layers")
        try:
            model = get_peft_model(fresh(), LoraConfig(**settings)).eval()
            generator = torch.Generator().manual_seed(5)
            with torch.no_grad():
                for name, p in model.named_parameters():
                    if "lora_" in name and p.is_floating_point():
                        p.add_(torch.randn(p.shape, generator=generator) * 0.2)
                    elif ("modules_to_save" in name or "token_adapter" in name) and p.is_floating_point():
                        p.add_(torch.randn(p.shape, generator=generator) * 0.1)
            folder = OUT / kind
            model.save_pretrained(folder)
            (folder / "README.md").unlink(missing_ok=True)
            path = folder / "adapter_config.json"
            config = {**json.loads(path.read_text()), "base_model_name_or_path": "gemma3-multimodal"}
            path.write_text(json.dumps(config, indent=1) + "\n")
            results[kind] = logits(PeftModel.from_pretrained(fresh(), folder).eval())
            if kind.startswith("older"):
                older(folder)
            tensors = load_file(folder / "adapter_model.safetensors")
            moved = (results[kind] - results["base"]).abs().max().item()
            print(f"{kind}: {len(tensors)} tensors, logits moved by {moved:.3f}, trained and loaded differ by "
                  f"{(logits(model) - results[kind]).abs().max().item():.1e}")
        except Exception as error:  # noqa: BLE001
            shutil.rmtree(OUT / kind, ignore_errors=True)
            print(f"{kind}: PEFT refuses: {type(error).__name__}: {str(error)[:160]}")
    save_file(results, OUT / "logits.safetensors")


if __name__ == "__main__":
    main()
