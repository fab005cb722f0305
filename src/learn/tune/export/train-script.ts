/**
 * The program that trains an exported run with PEFT, under TRL's trainer where it is installed and otherwise under that of transformers. It takes tokens, targets and pixels as
 * they were exported and asserts what it relies on, so that the adapter fits this package's engine.
 */

/** Versions with which the program was run; `requirements.txt` of an export. */
export const requirements = `accelerate==1.15.0
peft==0.21.0
pillow==12.3.0
safetensors==0.8.0
torch==2.13.0
transformers==5.18.0
trl==1.13.0
`;

export const trainScript = `"""Trains a LoRA adapter on data exported by \`polyclinic tune --export trl\`.

    python train.py --base FOLDER-OR-HUB-NAME [--output adapter] [--device cuda] [--dtype bfloat16]
    python train.py --base FOLDER-OR-HUB-NAME --check     # data, tokens and modules only
    python train.py --base FOLDER-OR-HUB-NAME --print-adapter   # a Ray job: the log brings the adapter back

Tokens, targets and pixels are used as exported: nothing is tokenised or resized here.
Research software, not for clinical use.
"""

import argparse
import base64
import hashlib
import json
import pathlib
import sys

import numpy
import torch
from PIL import Image

# Bytes of an adapter that is printed.
PRINTED = 64 * 1024 * 1024
HERE = pathlib.Path(__file__).resolve().parent
RUN = json.loads((HERE / "run.json").read_text("utf-8"))


class Conversations(torch.utils.data.Dataset):
    def __init__(self, path):
        self.rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, index):
        row = self.rows[index]
        ids = row["input_ids"]
        labels = [-100] * len(ids)
        for start, end in row["learned"]:
            labels[start:end] = ids[start:end]
        # Not "images": TRL would prepare a column of that name itself.
        return {"input_ids": ids, "labels": labels, "pictures": row["images"]}


def pixels(name):
    image = Image.open(HERE / name).convert("RGB")
    side = RUN["image"]["size"]
    if image.size != (side, side):
        sys.exit(f"{name}: {image.size} instead of {side} x {side} pixels: export the run again")
    values = torch.from_numpy(numpy.asarray(image).astype("float32")) * RUN["image"]["rescale_factor"]
    mean, std = (torch.tensor(RUN["image"][key]) for key in ("mean", "std"))
    return ((values - mean) / std).permute(2, 0, 1)


def collate(rows):
    def padded(values, filler):
        return torch.nn.utils.rnn.pad_sequence([torch.tensor(one) for one in values], batch_first=True, padding_value=filler)

    ids = padded([row["input_ids"] for row in rows], RUN["pad_token_id"])
    batch = {
        "input_ids": ids,
        "labels": padded([row["labels"] for row in rows], -100),
        "attention_mask": padded([[1] * len(row["input_ids"]) for row in rows], 0),
    }
    if RUN["image"] is not None:
        # 1 where the tokens of one image see each other.
        batch["token_type_ids"] = (ids == RUN["image"]["token_id"]).long()
        images = [pixels(name) for row in rows for name in row["pictures"]]
        if images:
            batch["pixel_values"] = torch.stack(images)
    return batch


def verify_files():
    for name, digest in RUN["sha256"].items():
        if hashlib.sha256((HERE / name).read_bytes()).hexdigest() != digest:
            sys.exit(f"{name}: the content has changed since the export: export the run again")


def adapted(base, dtype):
    import transformers
    from peft import LoraConfig, get_peft_model

    kind = "AutoModelForCausalLM" if RUN["image"] is None else "AutoModelForImageTextToText"
    model = getattr(transformers, kind).from_pretrained(base, dtype=getattr(torch, dtype), attn_implementation="eager")
    lora = RUN["lora"]
    # transformers 5 leaves the level \`vision_model\` out of the names of a tower's modules.
    known = {name for name, _ in model.named_modules()}
    modules = [name if name in known else name.replace(".vision_model.", ".") for name in lora["modules"]]
    config = LoraConfig(
        r=lora["rank"],
        lora_alpha=lora["alpha"],
        lora_dropout=lora["dropout"],
        target_modules=modules,
        bias="none",
        task_type="CAUSAL_LM",
    )
    model = get_peft_model(model, config)
    found = sum(1 for name, _ in model.named_parameters() if ".lora_A." in name)
    if found != len(lora["modules"]):
        sys.exit(f"{found} modules were adapted instead of {len(lora['modules'])}: --base is not {RUN['base']}, or this version of transformers names its modules otherwise")
    return model


def trainer_of(model, output, device, dtype):
    import transformers

    schedule, batch, optimizer = RUN["schedule"], RUN["batch"], RUN["optimizer"]
    held = HERE / "data" / "validation.jsonl"
    common = dict(
        output_dir=str(output / "trainer"),
        per_device_train_batch_size=batch["rows"],
        gradient_accumulation_steps=batch["accumulation"],
        num_train_epochs=schedule["epochs"],
        max_steps=schedule["steps"] or -1,
        learning_rate=schedule["learning_rate"],
        warmup_steps=schedule["warmup"],
        lr_scheduler_type=schedule["shape"],
        adam_beta1=optimizer["beta1"],
        adam_beta2=optimizer["beta2"],
        adam_epsilon=optimizer["epsilon"],
        weight_decay=optimizer["weight_decay"],
        max_grad_norm=optimizer["clip_norm"],
        gradient_checkpointing=RUN["gradient_checkpointing"],
        seed=RUN["seed"],
        bf16=dtype == "bfloat16" and device != "cpu",
        use_cpu=device == "cpu",
        remove_unused_columns=False,
        eval_strategy="epoch" if held.exists() else "no",
        save_strategy="no",
        logging_steps=1,
        report_to="none",
    )
    data = dict(
        train_dataset=Conversations(HERE / "data" / "train.jsonl"),
        eval_dataset=Conversations(held) if held.exists() else None,
        data_collator=collate,
    )
    try:
        from trl import SFTConfig, SFTTrainer
    except ImportError:
        return transformers.Trainer(model=model, args=transformers.TrainingArguments(**common), **data)
    import datasets

    # TRL takes no other kind of dataset.
    for name in ("train_dataset", "eval_dataset"):
        if data[name] is not None:
            data[name] = datasets.Dataset.from_list([data[name][i] for i in range(len(data[name]))])
    processing = transformers.AutoTokenizer.from_pretrained(model.get_base_model().config._name_or_path)
    config = SFTConfig(dataset_kwargs={"skip_prepare_dataset": True}, max_length=None, **common)
    return SFTTrainer(model=model, args=config, processing_class=processing, **data)


def print_adapter(folder):
    """Into the log, which is all that Ray's Jobs API returns: base64 in numbered pieces, with the hash of each file."""
    files = {name: (folder / name).read_bytes() for name in ("adapter_config.json", "adapter_model.safetensors")}
    size = sum(map(len, files.values()))
    if size > PRINTED:
        sys.exit(f"the adapter has {size} bytes, more than a log should hold ({PRINTED}): it stays in {folder}; submit with --storage and copy it")
    for name, content in files.items():
        text, digest = base64.b64encode(content).decode("ascii"), hashlib.sha256(content).hexdigest()
        pieces = [text[i : i + 4096] for i in range(0, len(text), 4096)]
        for i, piece in enumerate(pieces):
            print(f"POLYCLINIC-ADAPTER {name} {digest} {i} {len(pieces)} {piece}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", required=True, help=f"folder or hub name of {RUN['base']}")
    parser.add_argument("--output", type=pathlib.Path, default=HERE / "adapter")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--dtype", default="bfloat16" if torch.cuda.is_available() else "float32")
    parser.add_argument("--check", action="store_true", help="check data, tokens and modules, and stop")
    parser.add_argument("--print-adapter", action="store_true", help="print the adapter at the end, for a Ray job")
    asked = parser.parse_args()
    verify_files()
    torch.manual_seed(RUN["seed"])
    model = adapted(asked.base, asked.dtype)
    first = collate([Conversations(HERE / "data" / "train.jsonl")[0]])
    with torch.no_grad():
        loss = model(**{key: value.to(model.device) for key, value in first.items()}).loss.item()
    print(f"loss of the first example before training: {loss:.6f}")
    if asked.check:
        return
    trainer = trainer_of(model, asked.output, asked.device, asked.dtype)
    trainer.train()
    model.save_pretrained(str(asked.output))
    moved = max(value.abs().max().item() for name, value in model.named_parameters() if ".lora_B." in name)
    if moved == 0:
        sys.exit("the adapter did not move: every lora_B is zero")
    print(f"saved {asked.output}; largest value of lora_B {moved:.3g}")
    if asked.print_adapter:
        print_adapter(asked.output)


if __name__ == "__main__":
    main()
`;
