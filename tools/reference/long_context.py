"""Logits of long prompts on the tiny text model of nn_goldens.py with a window of 64 and MedGemma's RoPE scaling, by transformers in
float32: after 4,096 tokens and after 131,072, the family's whole context. Writes src/model/engine/goldens/long-context.json.

    python tools/reference/long_context.py        # torch, transformers 5.18; some minutes
"""

import json
import sys
import time
from pathlib import Path

import torch
from transformers import DynamicCache, Gemma3ForCausalLM, Gemma3TextConfig

sys.path.insert(0, str(Path(__file__).parent))
from nn_goldens import OUT as BASES  # noqa: E402

FIELDS = {"sliding_window": 64, "max_position_embeddings": 131072}
CHECKPOINTS = (4096, 131072)


def ids_of(count: int, vocabulary: int) -> list[int]:
    """A sequence that both sides compute: Lehmer's generator."""
    x, ids = 1, []
    for _ in range(count):
        x = x * 48271 % 2147483647
        ids.append(4 + x % (vocabulary - 4))
    return ids


@torch.no_grad()
def main() -> None:
    raw = json.loads((BASES / "gemma3-text" / "config.json").read_text())
    raw.update(FIELDS)
    config = Gemma3TextConfig(**{k: v for k, v in raw.items() if k != "architectures"})
    print(config.rope_parameters, config.layer_types)
    model = Gemma3ForCausalLM.from_pretrained(BASES / "gemma3-text", config=config, dtype=torch.float32, attn_implementation="sdpa").eval()
    ids = torch.tensor([ids_of(CHECKPOINTS[-1], config.vocab_size)])
    cache = DynamicCache(config=config)
    rows, begun = {}, time.time()
    for start in range(0, CHECKPOINTS[-1], 1024):
        end = start + 1024
        logits = model(input_ids=ids[:, start:end], past_key_values=cache, use_cache=True, logits_to_keep=3).logits[0]
        if end in CHECKPOINTS:
            rows[end] = [[round(v, 6) for v in row] for row in logits.tolist()]
            print(end, f"{time.time() - begun:.0f} s", float(logits.abs().max()), flush=True)
    golden = {"base": "gemma3-text", "fields": FIELDS, "logits": rows}
    (BASES / "long-context.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")


main()
