"""Golden values at the real widths of the 4B model: one local and one global decoder layer and one vision layer.

The weights come from a formula that the test holds as well (src/model/engine/parity/width.test.ts), so none are stored.
Writes src/model/engine/goldens/width-4b/{config.json, goldens.safetensors, cases.json}.

    python tools/reference/nn_width.py        # torch, transformers >= 5, safetensors, numpy; 3 GB of memory
"""

import json
import math

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import Gemma3Config, Gemma3ForConditionalGeneration

from nn_goldens import OUT, decoder_names, record

CONFIG = dict(
    architectures=["Gemma3ForConditionalGeneration"],
    model_type="gemma3",
    boi_token_index=508,
    eoi_token_index=509,
    image_token_index=511,
    mm_tokens_per_image=4,
    eos_token_id=[1, 106],
    text_config=dict(
        model_type="gemma3_text",
        vocab_size=512,
        hidden_size=2560,
        intermediate_size=10240,
        num_hidden_layers=2,
        layer_types=["sliding_attention", "full_attention"],
        sliding_window=16,
        rope_scaling={"factor": 8.0, "rope_type": "linear"},
    ),
    vision_config=dict(
        model_type="siglip_vision_model",
        hidden_size=1152,
        intermediate_size=4304,
        num_hidden_layers=1,
        num_attention_heads=16,
        image_size=56,
        patch_size=14,
        vision_use_head=False,
    ),
)


def uniform(name: str, size: int) -> np.ndarray:
    """`size` numbers in [-0.5, 0.5): a 32-bit integer hash (lowbias32) of the index and of the name's FNV-1a hash, 24 bits kept."""
    salt = 0x811C9DC5
    for byte in name.encode():
        salt = ((salt ^ byte) * 0x01000193) & 0xFFFFFFFF
    x = np.arange(size, dtype=np.uint32) + np.uint32(salt)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float32) * np.float32(2**-24) - np.float32(0.5)


def stored_name(name: str) -> str:
    """The hub's spelling of a parameter, which the formula hashes."""
    name = name.replace("model.language_model.", "language_model.model.").replace("model.vision_tower.", "vision_tower.")
    if name.startswith("vision_tower.") and "vision_model" not in name:
        name = name.replace("vision_tower.", "vision_tower.vision_model.")
    return name.replace("model.multi_modal_projector", "multi_modal_projector")


def scale_of(name: str, shape) -> float:
    """Uniform noise of unit variance over the square root of the fan-in for matrices; 0.4 around zero for vectors."""
    if len(shape) < 2:
        return 0.4
    if "embed" in name:
        return 0.1 if "patch" not in name else math.sqrt(12 / (3 * 14 * 14))
    fan_in = shape[0] if "mm_input_projection" in name else shape[1]
    return math.sqrt(12 / fan_in)


@torch.no_grad()
def main() -> None:
    parsed = Gemma3Config.from_dict(CONFIG)
    for c in (parsed, parsed.text_config, parsed.vision_config):
        c._attn_implementation = "eager"
    model = Gemma3ForConditionalGeneration(parsed).float().eval()
    for name, p in model.named_parameters():
        stored = stored_name(name)
        values = torch.from_numpy(uniform(stored, p.numel())).reshape(p.shape) * torch.tensor(scale_of(stored, p.shape), dtype=torch.float32)
        is_layer_norm = "layer_norm" in stored or "post_layernorm.weight" in stored and "vision" in stored
        p.data = values + (1.0 if is_layer_norm and stored.endswith("weight") else 0.0)
    ids = [2, 5, 11, 508, 511, 511, 511, 511, 509] + [(37 * i) % 500 + 3 for i in range(31)]
    pixels = torch.from_numpy(uniform("pixels", 3 * 56 * 56)).reshape(1, 3, 56, 56) * 2
    wanted = decoder_names("model.language_model.", 2) | {"model.multi_modal_projector": "vision.projector"}
    kept, _ = record(model, wanted)
    t = torch.tensor([ids])
    logits = model(input_ids=t, pixel_values=pixels, token_type_ids=(t == 511).long(), use_cache=False).logits[0]
    goldens = {"logits": logits[-3:].clone()}
    # Every eighth value of the last row of each intermediate: enough to point at the part that is wrong.
    goldens |= {k: v.reshape(-1, v.shape[-1])[-1, ::8].clone() for k, v in kept.items()}
    folder = OUT / "width-4b"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG, indent=1) + "\n")
    (folder / "cases.json").write_text(json.dumps({"ids": ids}) + "\n")
    save_file({k: v.contiguous() for k, v in goldens.items()}, folder / "goldens.safetensors")
    (folder / "goldens.safetensors").chmod(0o644)
    print({k: float(v.std()) for k, v in goldens.items()})


if __name__ == "__main__":
    main()
