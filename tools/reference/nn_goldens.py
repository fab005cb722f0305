"""Golden values of the neural networks, computed by Hugging Face transformers on random weights.

Writes src/model/engine/goldens/<model>/{config.json, model.safetensors, cases.json, goldens.safetensors} for tiny Gemma 1, 2 and 3 text
models, a tiny Gemma 3 multimodal model and a tiny SigLIP dual encoder. Weights are rounded to bfloat16 (half the bytes) and run in float32.

    python tools/reference/nn_goldens.py        # torch, transformers >= 5, safetensors, numpy
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3Config,
    Gemma3ForCausalLM,
    Gemma3ForConditionalGeneration,
    Gemma3TextConfig,
    GemmaConfig,
    GemmaForCausalLM,
    SiglipConfig,
    SiglipModel,
)

sys.path.insert(0, str(Path(__file__).parent))
from tiny_tokenizer import IMAGE_SOFT, START_OF_IMAGE, END_OF_IMAGE, VOCABULARY, write_tokenizer  # noqa: E402

OUT = Path(__file__).resolve().parents[2] / "src/model/engine/goldens"
GREEDY = 10

DECODER = dict(
    vocab_size=VOCABULARY,
    hidden_size=32,
    intermediate_size=56,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=16,
    max_position_embeddings=512,
    rms_norm_eps=1e-6,
)


def randomise(model: torch.nn.Module, seed: int) -> None:
    """Weights large enough that every part moves the logits; norms near one; all exactly representable in bfloat16."""
    generator = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        noise = torch.randn(p.shape, generator=generator)
        if "norm" in name:
            # Gemma multiplies by 1 + weight, SigLIP by weight.
            p.data = 0.2 * noise + (1.0 if "layer_norm" in name or "layernorm.weight" in name and "vision" in name else 0.0)
        elif p.dim() < 2:
            p.data = 0.2 * noise
        elif "embed_tokens" in name or "embedding" in name or "probe" in name:
            # Small beside what the layers add, or a tied head would only ever repeat the last token.
            p.data = 0.15 * noise
        else:
            p.data = noise * (1.5 / math.sqrt(p[0].numel()))
        p.data = p.data.to(torch.bfloat16).float()


def record(model: torch.nn.Module, wanted: dict[str, str]):
    """Hooks that keep the outputs of the modules in `wanted` (module name -> golden name)."""
    kept: dict[str, torch.Tensor] = {}

    def hook(golden):
        def keep(_module, _inputs, output):
            kept[golden] = (output[0] if isinstance(output, tuple) else output).detach()

        return keep

    handles = [m.register_forward_hook(hook(wanted[n])) for n, m in model.named_modules() if n in wanted]
    assert len(handles) == len(wanted), sorted(set(wanted) - {n for n, _ in model.named_modules()})
    return kept, handles


def text_ids(seed: int, length: int) -> list[int]:
    """<bos> and random ordinary tokens."""
    rng = np.random.default_rng(seed)
    return [2] + [int(x) for x in rng.integers(270, IMAGE_SOFT, length - 1)]


def decoder_names(prefix: str, layers: int) -> dict[str, str]:
    wanted = {f"{prefix}norm": "norm"}
    for i in range(layers):
        wanted[f"{prefix}layers.{i}"] = f"layers.{i}"
        wanted[f"{prefix}layers.{i}.input_layernorm"] = f"layers.{i}.input_layernorm"
        wanted[f"{prefix}layers.{i}.self_attn"] = f"layers.{i}.self_attn"
        wanted[f"{prefix}layers.{i}.mlp"] = f"layers.{i}.mlp"
    return wanted


@torch.no_grad()
def run_cases(model, cases, wanted, tower=None):
    """Last-token and (for the case with intermediates) all-token logits, and the greedy continuation."""
    goldens, described = {}, {}
    for name, case in cases.items():
        ids = torch.tensor([case["ids"]])
        extra = {}
        if case.get("images"):
            extra = dict(pixel_values=torch.stack([pixels(i) for i in case["images"]]), token_type_ids=(ids == IMAGE_SOFT).long())
        kept, handles = record(model, wanted) if case.get("intermediates") else ({}, [])
        logits = model(input_ids=ids, **extra, use_cache=False).logits[0]
        for h in handles:
            h.remove()
        keep = logits.shape[0] if case.get("intermediates") else min(6, logits.shape[0])
        goldens[f"{name}/logits"] = logits[-keep:].clone()
        for k, v in kept.items():
            goldens[f"{name}/{k}"] = v.reshape(v.shape[-2:] if v.shape[0] == 1 else v.shape).clone()
        tokens = list(case["ids"])
        for _ in range(GREEDY):
            ids = torch.tensor([tokens])
            if case.get("images"):
                extra["token_type_ids"] = (ids == IMAGE_SOFT).long()
            step = model(input_ids=ids, **extra, use_cache=False).logits[0, -1]
            top = torch.topk(step, 2).values
            assert top[0] - top[1] > 1e-3, (name, "a near tie makes the greedy golden meaningless: change the seed")
            tokens.append(int(step.argmax()))
        described[name] = {**case, "greedy": tokens[len(case["ids"]) :]}
    return goldens, described


def write(folder: str, config: dict, weights: dict, goldens: dict, cases: dict) -> None:
    path = OUT / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    save_file({k: v.to(torch.bfloat16).contiguous() for k, v in weights.items()}, path / "model.safetensors")
    save_file({k: v.float().contiguous() for k, v in goldens.items()}, path / "goldens.safetensors")
    for file in path.glob("*.safetensors"):
        file.chmod(0o644)
    (path / "cases.json").write_text(json.dumps(cases) + "\n")


def text_cases(seed: int) -> dict:
    return {
        "short": {"ids": text_ids(seed, 7), "intermediates": True},
        "one": {"ids": [2]},
        "over-window": {"ids": text_ids(seed + 1, 13)},
        "several-windows": {"ids": text_ids(seed + 2, 45)},
    }


def text_model(folder: str, config: dict, config_class, model_class, seed: int) -> None:
    parsed = config_class.from_dict(config)
    parsed._attn_implementation = "eager"
    model = model_class(parsed).float().eval()
    randomise(model, seed)
    goldens, cases = run_cases(model, text_cases(seed), decoder_names("model.", parsed.num_hidden_layers))
    weights = dict(model.state_dict())
    if config.get("tie_word_embeddings", True):
        weights.pop("lm_head.weight", None)
    write(folder, config, weights, goldens, cases)


VISION = dict(
    model_type="siglip_vision_model",
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=2,
    image_size=16,
    patch_size=4,
    vision_use_head=False,
)


def image_bytes(index: int) -> np.ndarray:
    """Image `index` of the goldens, [16, 16, 3] uint8: a formula, so that no pixels are stored. The tests hold the same one."""
    n = np.arange(16 * 16 * 3, dtype=np.uint64)
    return ((((n + 7919 * (index + 1)) * 2654435761) % 2**32) >> 24).astype(np.uint8).reshape(16, 16, 3)


def pixels(index: int) -> torch.Tensor:
    return torch.from_numpy(image_bytes(index).astype(np.float32) / 127.5 - 1).permute(2, 0, 1)


IMAGE = [START_OF_IMAGE] + [IMAGE_SOFT] * 4 + [END_OF_IMAGE]


def multimodal(seed: int) -> None:
    # Written as the hub stores it: only what differs from the class defaults, the old spelling of the rotary settings.
    text = dict(DECODER, model_type="gemma3_text", num_hidden_layers=6, sliding_window=8, query_pre_attn_scalar=16)
    text["rope_scaling"] = {"factor": 8.0, "rope_type": "linear"}
    config = dict(
        architectures=["Gemma3ForConditionalGeneration"],
        model_type="gemma3",
        boi_token_index=START_OF_IMAGE,
        eoi_token_index=END_OF_IMAGE,
        image_token_index=IMAGE_SOFT,
        mm_tokens_per_image=4,
        eos_token_id=[1, 9],
        text_config=text,
        vision_config=VISION,
    )
    parsed = Gemma3Config.from_dict(config)
    parsed._attn_implementation = "eager"
    parsed.text_config._attn_implementation = "eager"
    parsed.vision_config._attn_implementation = "eager"
    model = Gemma3ForConditionalGeneration(parsed).float().eval()
    randomise(model, seed)
    t = lambda s, n: text_ids(s, n + 1)[1:]  # noqa: E731
    cases = {
        "one-image": {"ids": [2] + t(1, 2) + IMAGE + t(2, 3), "images": [0], "intermediates": True},
        "three-images": {"ids": [2] + IMAGE + IMAGE + IMAGE + t(3, 4), "images": [0, 1, 2]},
        "text-between": {"ids": [2] + t(4, 3) + IMAGE + t(5, 5) + IMAGE + t(6, 1) + IMAGE + t(7, 6), "images": [2, 3, 0]},
        "image-first": {"ids": [IMAGE_SOFT] * 4 + [END_OF_IMAGE] + t(8, 4), "images": [4]},
        "several-windows": {"ids": [2] + t(9, 11) + IMAGE + t(10, 17) + IMAGE + IMAGE + t(11, 13), "images": [1, 4, 3]},
        "text-only": {"ids": [2] + t(12, 9)},
    }
    wanted = decoder_names("model.language_model.", 6)
    wanted["model.multi_modal_projector"] = "vision.projector"
    for i in range(2):
        wanted[f"model.vision_tower.encoder.layers.{i}"] = f"vision.layers.{i}"
    wanted["model.vision_tower.embeddings"] = "vision.embeddings"
    wanted["model.vision_tower.post_layernorm"] = "vision.post_layernorm"
    names = {n for n, _ in model.named_modules()}
    if "model.vision_tower.embeddings" not in names:
        wanted = {k.replace("vision_tower.", "vision_tower.vision_model."): v for k, v in wanted.items()}
    goldens, cases = run_cases(model, cases, wanted)
    weights = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        name = name.replace("model.language_model.", "language_model.model.").replace("model.vision_tower.", "vision_tower.")
        if name.startswith("vision_tower.") and "vision_model" not in name:
            name = name.replace("vision_tower.", "vision_tower.vision_model.")
        weights[name.replace("model.multi_modal_projector", "multi_modal_projector")] = value
    write("gemma3-multimodal", config, weights, goldens, cases)
    write_tokenizer(OUT / "gemma3-multimodal")


@torch.no_grad()
def siglip(seed: int) -> None:
    vision = {k: v for k, v in VISION.items() if k != "vision_use_head"}
    text = dict(
        model_type="siglip_text_model",
        vocab_size=VOCABULARY,
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=16,
        projection_size=24,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=1,
    )
    config = dict(architectures=["SiglipModel"], model_type="siglip", text_config=text, vision_config=vision)
    parsed = SiglipConfig.from_dict(config)
    parsed._attn_implementation = "eager"
    model = SiglipModel(parsed).float().eval()
    randomise(model, seed)
    texts = [text_ids(seed, n)[1:] for n in (4, 16, 9)]
    texts = [t + [1] * (16 - len(t)) for t in texts]
    images = [0, 1]
    wanted = {f"vision_model.encoder.layers.{i}": f"vision.layers.{i}" for i in range(2)}
    wanted |= {f"text_model.encoder.layers.{i}": f"text.layers.{i}" for i in range(2)}
    wanted |= {
        "vision_model.embeddings": "vision.embeddings",
        "vision_model.post_layernorm": "vision.post_layernorm",
        "vision_model.head": "vision.pooled",
        "text_model.embeddings": "text.embeddings",
        "text_model.final_layer_norm": "text.final_layer_norm",
        "text_model.head": "text.pooled",
    }
    kept, _ = record(model, wanted)
    out = model(input_ids=torch.tensor(texts), pixel_values=torch.stack([pixels(i) for i in images]))
    goldens = {**{k: v.clone() for k, v in kept.items()}, "logits": out.logits_per_image.T.contiguous()}
    goldens |= {"imageEmbeds": out.image_embeds, "textEmbeds": out.text_embeds}
    write("siglip", config, model.state_dict(), goldens, {"texts": texts, "images": images})


if __name__ == "__main__":
    torch.manual_seed(0)
    gemma1 = dict(DECODER, architectures=["GemmaForCausalLM"], model_type="gemma", num_hidden_layers=3, rope_theta=10000.0)
    gemma1["num_key_value_heads"] = 1
    text_model("gemma1", gemma1, GemmaConfig, GemmaForCausalLM, 11)
    gemma2 = dict(DECODER, architectures=["Gemma2ForCausalLM"], model_type="gemma2", num_hidden_layers=4, rope_theta=10000.0)
    gemma2 |= dict(sliding_window=8, query_pre_attn_scalar=8, attn_logit_softcapping=5.0, final_logit_softcapping=10.0)
    text_model("gemma2", gemma2, Gemma2Config, Gemma2ForCausalLM, 21)
    gemma3 = dict(DECODER, architectures=["Gemma3ForCausalLM"], model_type="gemma3_text", num_hidden_layers=3, sliding_window=8)
    gemma3 |= dict(
        query_pre_attn_scalar=16,
        tie_word_embeddings=False,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={
            "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1000000.0},
        },
    )
    text_model("gemma3-text", gemma3, Gemma3TextConfig, Gemma3ForCausalLM, 31)
    multimodal(41)
    siglip(51)
