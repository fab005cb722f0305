/**
 * A LoRA adapter trained by Polyclinic on the tiny Gemma 3 with eyes of the parity tests: what `peft_goldens.py` loads in Python.
 *
 *     npm run build && node tools/reference/learn/peft_adapter.mjs && python tools/reference/learn/peft_goldens.py
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { readTuneConfig, tune } from "../../../dist/learn/index.js";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "peft-adapter-"));
const lines = [];
for (const [i, red] of [20, 230].entries()) {
  await sharp({ create: { width: 16, height: 16, channels: 3, background: { r: red, g: 90, b: 128 } } })
    .png()
    .toFile(join(folder, `${i}.png`));
  const content = [
    { type: "image", image: `${i}.png` },
    { type: "text", text: "the lung is" },
  ];
  const answer = red < 128 ? "clear" : "not clear";
  lines.push(
    JSON.stringify({
      messages: [
        { role: "user", content },
        { role: "assistant", content: answer },
      ],
    }),
  );
}
writeFileSync(join(folder, "train.jsonl"), lines.join("\n"));
const config = readTuneConfig(
  `
base: ${at("../../../src/model/engine/goldens/gemma3-multimodal")}
out: run
data: { train: train.jsonl }
learner: { kind: lora, rank: 2, alpha: 6, dropout: 0, targets: all-linear }
schedule: { steps: 12, learningRate: 0.03, warmup: 0, shape: constant }
batch: { rows: 2 }
optimizer: { clipNorm: 10 }
threads: 1
`,
  join(folder, "tune.yaml"),
);
const { saved } = await tune(config, { codeVersion: "goldens" });
const target = at("../../../src/learn/learners/goldens/peft/trained-here");
rmSync(target, { recursive: true, force: true });
cpSync(saved, target, { recursive: true });
const file = join(target, "adapter_config.json");
const adapter = { ...JSON.parse(readFileSync(file, "utf8")), base_model_name_or_path: "gemma3-multimodal" };
writeFileSync(file, `${JSON.stringify(adapter, undefined, 2)}\n`);
rmSync(folder, { recursive: true });
