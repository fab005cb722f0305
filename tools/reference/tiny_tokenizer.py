"""A tokenizer of 352 pieces in Gemma's shape (BPE, byte fallback, U+2581 for spaces) with its chat template, for the tiny models."""

import json
from pathlib import Path

SPECIAL = [
    "<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "[multimodal]", "<unused94>", "<unused95>",
    "<start_of_turn>", "<end_of_turn>", "\n", "\n\n", "<start_of_image>", "<end_of_image>",
]  # fmt: skip
PIECES = SPECIAL + [f"<0x{i:02X}>" for i in range(256)]
PIECES += ["\u2581"] + [chr(c) for c in range(ord("a"), ord("z") + 1)] + [chr(c) for c in range(ord("A"), ord("Z") + 1)]
PIECES += list("0123456789.,:?-!")
MERGES = [("t", "h"), ("i", "n"), ("e", "r"), ("a", "n"), ("o", "n"), ("th", "e"), ("e", "s"), ("o", "r"), ("s", "t")]
MERGES += [("\u2581", "the")]
PIECES += [a + b for a, b in MERGES]
while len(PIECES) < 351:
    PIECES.append(f"<unused{len(PIECES)}>")
PIECES = PIECES[:351] + ["<image_soft_token>"]
VOCABULARY = len(PIECES)
START_OF_IMAGE, END_OF_IMAGE, IMAGE_SOFT = PIECES.index("<start_of_image>"), PIECES.index("<end_of_image>"), VOCABULARY - 1

CHAT_TEMPLATE = """{{ bos_token }}
{%- set first_user = "" -%}
{%- if messages[0]["role"] == "system" -%}
{%- set first_user = (messages[0]["content"] if messages[0]["content"] is string else messages[0]["content"][0]["text"]) + "\n\n" -%}
{%- set turns = messages[1:] -%}
{%- else -%}
{%- set turns = messages -%}
{%- endif -%}
{%- for turn in turns -%}
{%- if (turn["role"] == "user") != (loop.index0 % 2 == 0) -%}
{{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
{%- endif -%}
{{ "<start_of_turn>" + ("model" if turn["role"] == "assistant" else turn["role"]) + "\n" + (first_user if loop.first else "") }}
{%- if turn["content"] is string -%}
{{ turn["content"] | trim }}
{%- else -%}
{%- for item in turn["content"] -%}
{%- if item["type"] == "image" -%}{{ "<start_of_image>" }}
{%- elif item["type"] == "text" -%}{{ item["text"] | trim }}
{%- endif -%}
{%- endfor -%}
{%- endif -%}
{{ "<end_of_turn>\n" }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ "<start_of_turn>model\n" }}{%- endif -%}
"""


def write_tokenizer(folder: Path) -> None:
    special = [p for p in PIECES if p.startswith("<") and not p.startswith("<0x") or p == "[multimodal]"]
    added = [
        {"id": PIECES.index(p), "content": p, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for p in special
    ] + [
        {"id": PIECES.index(p), "content": p, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}
        for p in ("\n", "\n\n")
    ]  # fmt: skip
    space = {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": sorted(added, key=lambda t: t["id"]),
        "normalizer": space,
        "pre_tokenizer": {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False},
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": {p: i for i, p in enumerate(PIECES)},
            "merges": [list(m) for m in MERGES],
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, indent=0) + "\n")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "GemmaTokenizerFast", "bos_token": "<bos>", "eos_token": "<eos>", "pad_token": "<pad>",
                    "unk_token": "<unk>", "add_bos_token": True, "boi_token": "<start_of_image>", "eoi_token": "<end_of_image>",
                    "image_token": "<image_soft_token>"}, indent=1) + "\n"
    )  # fmt: skip
    (folder / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    (folder / "generation_config.json").write_text(json.dumps({"bos_token_id": 2, "eos_token_id": [1, 9], "pad_token_id": 0, "do_sample": False}) + "\n")
    (folder / "preprocessor_config.json").write_text(
        json.dumps({"image_processor_type": "Gemma3ImageProcessor", "do_resize": True, "size": {"height": 16, "width": 16}, "resample": 2,
                    "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True, "image_mean": [0.5] * 3, "image_std": [0.5] * 3,
                    "image_seq_length": 4}, indent=1) + "\n"
    )  # fmt: skip
