"""Golden distributions of the next token, computed with transformers' own logits processors in the order `generate` applies them:
repetition penalty, temperature, top-k, top-p, min-p. Logits are drawn from few values, so that ties are common.

    pip install torch transformers
    python tools/reference/sampling_goldens.py
"""

import json
import random
from pathlib import Path

import torch
import transformers
from transformers import (
    LogitsProcessorList,
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

OUT = Path(__file__).resolve().parents[2] / "src" / "model" / "engine" / "goldens" / "sampling.json"


def main() -> None:
    rng = random.Random(5)
    cases = []
    while len(cases) < 80:
        size = rng.randint(3, 12)
        # Quarters: exact in float32, with ties. Top-p with a tie at its border is not defined by transformers (an unstable sort), and is left out.
        logits = [rng.randint(-12, 12) / 4 for _ in range(size)]
        settings = {
            "temperature": rng.choice([0.5, 1.0, 2.0]),
            "topK": rng.choice([0, 1, 2, 3, 50]),
            "topP": rng.choice([1.0, 1.0, 0.9, 0.6]),
            "minP": rng.choice([0.0, 0.0, 0.05, 0.3]),
            "repetitionPenalty": rng.choice([1.0, 1.0, 1.25, 2.0]),
        }
        context = [rng.randrange(size) for _ in range(rng.randint(0, 4))]
        if settings["topP"] < 1 and len(set(logits)) < size:
            continue
        ids = torch.tensor([context], dtype=torch.long)
        steps = LogitsProcessorList()
        if settings["repetitionPenalty"] != 1:
            steps.append(RepetitionPenaltyLogitsProcessor(settings["repetitionPenalty"]))
        steps.append(TemperatureLogitsWarper(settings["temperature"]))
        if settings["topK"] > 0:
            steps.append(TopKLogitsWarper(settings["topK"]))
        if settings["topP"] < 1:
            steps.append(TopPLogitsWarper(settings["topP"]))
        if settings["minP"] > 0:
            steps.append(MinPLogitsWarper(settings["minP"]))
        probabilities = torch.softmax(steps(ids, torch.tensor([logits])), -1)[0].tolist()
        if settings["topP"] < 1 and len({round(x, 6) for x in probabilities if x > 0}) < sum(x > 0 for x in probabilities):
            continue
        cases.append({"logits": logits, "context": context, **settings, "probabilities": probabilities})
    OUT.write_text(json.dumps({"transformers": transformers.__version__, "cases": cases}) + "\n")


if __name__ == "__main__":
    main()
