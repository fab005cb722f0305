/**
 * A dataset to tune on, made from the public BCCD blood smears (MIT licence, github.com/Shenggan/BCCD_Dataset): are there few or many red
 * cells in the picture? The official splits: `train.jsonl` to learn from, `val.jsonl` to choose the checkpoint, `test.jsonl` scored once before
 * and once after; and a configuration for `polyclinic tune`.
 *
 *     node examples/tune-cells.mjs PATH/TO/BCCD runs/cells
 *     npx polyclinic tune runs/cells/tune.yaml
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  console.error("usage: node examples/tune-cells.mjs PATH/TO/BCCD OUTPUT_FOLDER");
  process.exit(2);
}
mkdirSync(target, { recursive: true });

/** Half of the pictures have more red cells than this. */
const few = 11;
const question =
  'How many red cells are in this blood smear?\nChoose one of: few, many.\nYou MUST end your responce with either "Final Answer: few" or "Final Answer: many"';

for (const split of ["train", "val", "test"]) {
  const names = readFileSync(join(source, `ImageSets/Main/${split}.txt`), "utf8")
    .split(/\s+/)
    .filter(Boolean);
  const lines = names.map((name) => {
    const cells = readFileSync(join(source, `Annotations/${name}.xml`), "utf8").split("<name>RBC</name>").length - 1;
    const image = { type: "image", image: resolve(source, `JPEGImages/${name}.jpg`) };
    const answer = `Final Answer: ${cells > few ? "many" : "few"}`;
    return JSON.stringify({
      messages: [
        { role: "user", content: [image, { type: "text", text: question }] },
        { role: "assistant", content: [{ type: "text", text: answer }] },
      ],
    });
  });
  writeFileSync(join(target, `${split}.jsonl`), `${lines.join("\n")}\n`);
}

writeFileSync(
  join(target, "tune.yaml"),
  `base: nano
out: run
data:
  train: train.jsonl
  validation: val.jsonl
  test: test.jsonl
  labels: [few, many]
learner: { kind: lora, rank: 8, alpha: 16, dropout: 0.05, targets: all-linear }
schedule: { epochs: 12, peak: 1.0e-3, warmup: 0.05, shape: cosine }
batch: { rows: 8 }
validate: { times: 1 }
`,
);
