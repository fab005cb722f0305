"""Checks a folder of `polyclinic tune --export trl`, and an adapter trained with it, against transformers and PEFT.

    python tools/reference/learn/trl-export.py EXPORT BASE [ADAPTER]

Prints, for each training example, whether the processor's own chat template gives the exported tokens, and the log-likelihood (natural logarithm) of the learned tokens without
the end of turn, to compare with `score` of this package's model.
"""

import importlib.util
import json
import pathlib
import sys

import torch
import transformers

folder, base = pathlib.Path(sys.argv[1]), sys.argv[2]
spec = importlib.util.spec_from_file_location("train", folder / "train.py")
train = importlib.util.module_from_spec(spec)
spec.loader.exec_module(train)
train.verify_files()
model = transformers.AutoModelForImageTextToText.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
if len(sys.argv) > 3:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, sys.argv[3])
tokenizer = transformers.AutoTokenizer.from_pretrained(base)
data = train.Conversations(folder / "data" / "train.jsonl")
for i, row in enumerate(data.rows):
    ids = row["input_ids"]
    (start, end) = row["learned"][-1]
    text = tokenizer.apply_chat_template(row["messages"][:-1], tokenize=False, add_generation_prompt=True)
    soft = tokenizer.convert_ids_to_tokens(train.RUN["image"]["token_id"])
    count = sum(1 for id in ids if id == train.RUN["image"]["token_id"]) // max(1, len(row["images"]))
    begin, stop = (tokenizer.convert_ids_to_tokens(int(id)) for id in (ids[ids.index(train.RUN["image"]["token_id"]) - 1], ids[ids.index(train.RUN["image"]["token_id"]) + count]))
    text = text.replace(begin, f"\n\n{begin}{soft * count}{stop}\n\n")
    prompt = tokenizer(text, add_special_tokens=False)["input_ids"]
    batch = train.collate([data[i]])
    with torch.no_grad():
        logits = model(**{key: value for key, value in batch.items() if key != "labels"}).logits[0].log_softmax(-1)
    total = sum(logits[k - 1, ids[k]].item() for k in range(start, end - 1))
    print(json.dumps({"example": i, "template agrees": prompt == ids[:start], "log-likelihood": round(total, 5)}))
