"""Golden token ids and renderings, computed with Hugging Face tokenizers and transformers (fast tokenizer, Gemma3 expansion rule).

Two tokenizers: the embedded model's (models/nano) and one trained here with the Rust library in the family's style
(BPE with byte fallback, U+2581 for spaces, digits one by one, newline runs as added tokens, no dummy prefix).

    pip install transformers tokenizers jinja2
    python tools/reference/text_goldens.py
"""

import json
import random
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "src" / "text" / "goldens"
NANO = ROOT / "models" / "nano"
TOKENS_PER_IMAGE = 4

TEXTS = [
    "", " ", "  ", "a", " a", "a ", "\n", "\n\n", "\n\n\n\n\n", "Is there pneumonia?", "Final Answer: yes", "SLICE 12\n\nSLICE 13",
    "x\n\ny\n z", "café, naïve, Übergröße", "体积 1583 mm³ ± 2", "emoji 🫁🩻 and 👩‍⚕️", "\ufeffbom", "tab\there\r\nwindows", "a\u00a0b", "\u2581already\u2581marked",
    '```json\n[{"box_2d": [120, 85, 873, 464], "label": "right lung"}]\n```', "0123456789 00 1e-5 3.14", "<b>not special</b>", "<unused94>thought\nhm<unused95>yes",
    "The lungs are clear.  No   focal\n consolidation.", "ﬁ ligature Å Å", "\x00\x01\x7f", "ไทย हिन्दी العربية", "<start_of_turn>user\nhi<end_of_turn>\n",
]  # fmt: skip


def random_texts(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    alphabet = list("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 \n\t.,:;-_()[]{}\"'<>/\\|") + ["é", "³", "µ", "中", "🫁", "\u0301", "\u2581", "  ", "\n\n"]
    words = ["pneumonia", "the", "lung", "Findings", "Impression", "right", "effusion", "no", "consolidation", "mm³", "<eos>", "<unused95>", "<end_of_image>"]
    texts = []
    for _ in range(count):
        parts = [rng.choice(words) if rng.random() < 0.3 else rng.choice(alphabet) for _ in range(rng.randint(1, 60))]
        texts.append("".join(parts))
    return texts


def trained() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Replace(" ", "\u2581")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"\d|\n+|\u2581?[^\u2581\d\n]+"), "isolated")
    control = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>", "<unused94>", "<unused95>"]
    trainer = trainers.BpeTrainer(
        vocab_size=900,
        special_tokens=control + [f"<0x{b:02X}>" for b in range(256)],
        initial_alphabet=list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,:;!?\u2581"),
        limit_alphabet=120,
    )
    corpus = [(ROOT / "tools" / "nano-corpus.mjs").read_text(encoding="utf-8")]
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()])
    state = json.loads(tokenizer.to_str())
    # The byte pieces must be ordinary pieces, and text is not split before merging, as in the family's own files.
    state["added_tokens"] = [t for t in state["added_tokens"] if not t["content"].startswith("<0x")]
    state["pre_tokenizer"] = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithPrevious", "invert": False}
    tokenizer = Tokenizer.from_str(json.dumps(state))
    tokenizer.add_tokens([AddedToken("\n" * n, normalized=False, special=False) for n in (1, 2, 3)] + [AddedToken("<b>", normalized=False, special=False)])
    return tokenizer


CONVERSATIONS = [
    [{"role": "user", "content": [{"type": "text", "text": "  Is there pneumonia?  "}]}],
    [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "\n\nIs there pneumonia?"}]}],
    [
        {"role": "system", "content": [{"type": "text", "text": "SYSTEM INSTRUCTION: think silently if needed."}]},
        {"role": "user", "content": [{"type": "text", "text": "Look."}, {"type": "image"}, {"type": "text", "text": "SLICE 1"}, {"type": "image"}, {"type": "text", "text": "SLICE 2\n\nWhat is it?"}]},
        {"role": "assistant", "content": [{"type": "text", "text": "Final Answer: normal"}]},
        {"role": "user", "content": [{"type": "text", "text": "And now?"}, {"type": "image"}]},
    ],
]


def golden(tokenizer: PreTrainedTokenizerFast, texts: list[str], template: str) -> dict:
    encoded = [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False)} for text in texts]
    rng = random.Random(7)
    runs = [[rng.randrange(len(tokenizer)) for _ in range(rng.randint(1, 20))] for _ in range(60)]
    special = set(tokenizer.all_special_ids)
    decoded = [{"ids": ids, "text": tokenizer.decode([i for i in ids if i not in special], clean_up_tokenization_spaces=False)} for ids in runs]
    conversations = []
    for messages in CONVERSATIONS:
        rendered = tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, add_generation_prompt=True)
        image = "\n\n<start_of_image>" + "<image_soft_token>" * TOKENS_PER_IMAGE + "<end_of_image>\n\n"
        ids = tokenizer.encode(rendered.replace("<start_of_image>", image), add_special_tokens=False)
        conversations.append({"messages": messages, "rendered": rendered, "ids": ids})
    return {"tokensPerImage": TOKENS_PER_IMAGE, "encoded": encoded, "decoded": decoded, "conversations": conversations}


def siglip() -> None:
    """A Unigram tokenizer with MedSigLIP's pipeline: lower case, no punctuation, single spaces; closed and padded with </s> to 64."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Lowercase(), normalizers.Replace(Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]"), ""),
        normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(),
    ])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=["<unk>", "</s>"], unk_token="<unk>")
    tokenizer.train_from_iterator([(ROOT / "tools" / "nano-corpus.mjs").read_text(encoding="utf-8")], trainer)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", tokenizer.token_to_id("</s>"))])
    tokenizer.save(str(OUT / "siglip-tokenizer.json"))
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</s>", pad_token="</s>", unk_token="<unk>", model_max_length=64, padding_side="right")
    texts = ["", "a chest X-ray with pneumonia", "Findings:  No pleural\neffusion!", "normal", "caf\u00e9 3.5 mm", "the lungs are clear " * 30]
    encoded = [{"text": t, "ids": fast(t, padding="max_length", truncation=True, max_length=64)["input_ids"]} for t in texts]
    (OUT / "siglip.json").write_text(json.dumps({"padTokenId": fast.pad_token_id, "length": 64, "encoded": encoded}) + "\n", encoding="utf-8")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    template = (NANO / "chat_template.jinja").read_text(encoding="utf-8")
    trained().save(str(OUT / "trained-tokenizer.json"))
    for name, path in [("nano", NANO / "tokenizer.json"), ("trained", OUT / "trained-tokenizer.json")]:
        json_file = json.loads(path.read_text(encoding="utf-8"))
        control = [t["content"] for t in json_file["added_tokens"] if t["special"]]
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_file=str(path), bos_token="<bos>", eos_token="<eos>", pad_token="<pad>", unk_token="<unk>", extra_special_tokens=control,
        )
        result = golden(tokenizer, TEXTS + random_texts(11, 150), template)
        (OUT / f"{name}.json").write_text(json.dumps(result, ensure_ascii=True) + "\n", encoding="utf-8")


main()
siglip()
