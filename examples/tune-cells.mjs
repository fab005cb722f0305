/**
 * A dataset to tune on, made from the public BCCD blood smears (MIT licence, github.com/Shenggan/BCCD_Dataset): which kind of cell is in the
 * middle of the picture? Crops around annotated cells, the kinds equally often, in the official splits: `train.jsonl` to learn from,
 * `val.jsonl` to choose the checkpoint, `test.jsonl` scored once before and once after; and a configuration for `polyclinic tune`.
 *
 *     node examples/tune-cells.mjs PATH/TO/BCCD runs/cells
 *     npx polyclinic tune runs/cells/tune.yaml
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import sharp from "sharp";

const [source, target] = process.argv.slice(2);
if (source === undefined || target === undefined) {
  console.error("usage: node examples/tune-cells.mjs PATH/TO/BCCD OUTPUT_FOLDER");
  process.exit(2);
}

const kinds = { RBC: "red cell", WBC: "white cell", Platelets: "platelets" };
/** Cells of each kind, at most. */
const most = { train: 150, val: 40, test: 72 };
/** Side of a crop, pixels. */
const side = 112;
const names = Object.values(kinds);
const ends = names.map((name) => `"Final Answer: ${name}"`).join(" or ");
const question = `Which kind of cell is in the middle?\nChoose one of: ${names.join(", ")}.\nYou MUST end your responce with ${ends}`;

/** One cell of each kind a picture, so that no picture and no kind rules. */
async function crops(split, name) {
  const annotation = readFileSync(join(source, `Annotations/${name}.xml`), "utf8");
  const picture = sharp(join(source, `JPEGImages/${name}.jpg`));
  const { width, height } = await picture.metadata();
  const found = [];
  for (const [tag, kind] of Object.entries(kinds)) {
    const box = new RegExp(`<name>${tag}</name>[^]*?<xmin>(\\d+).*?<ymin>(\\d+).*?<xmax>(\\d+).*?<ymax>(\\d+)`, "s");
    const corners = box.exec(annotation)?.slice(1).map(Number);
    if (corners === undefined) continue;
    const corner = (low, high, size) => Math.max(0, Math.min(size - side, Math.round((low + high - side) / 2)));
    const left = corner(corners[0], corners[2], width);
    const top = corner(corners[1], corners[3], height);
    const image = resolve(target, "crops", `${split}-${tag}-${name}.png`);
    await picture.clone().extract({ left, top, width: side, height: side }).toFile(image);
    found.push({ image, kind });
  }
  return found;
}

mkdirSync(join(target, "crops"), { recursive: true });
for (const split of ["train", "val", "test"]) {
  const pictures = readFileSync(join(source, `ImageSets/Main/${split}.txt`), "utf8")
    .split(/\s+/)
    .filter(Boolean);
  const all = [];
  for (const name of pictures) all.push(...(await crops(split, name)));
  const chosen = names.flatMap((name) => all.filter(({ kind }) => kind === name).slice(0, most[split]));
  const lines = chosen.map(({ image, kind }) =>
    JSON.stringify({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", image },
            { type: "text", text: question },
          ],
        },
        { role: "assistant", content: [{ type: "text", text: `Final Answer: ${kind}` }] },
      ],
    }),
  );
  writeFileSync(join(target, `${split}.jsonl`), `${lines.join("\n")}\n`);
  console.log(split, chosen.length, "crops");
}

writeFileSync(
  join(target, "tune.yaml"),
  `base: nano
out: run
data:
  train: train.jsonl
  validation: val.jsonl
  test: test.jsonl
  labels: [${names.join(", ")}]
learner: { kind: lora, rank: 8, alpha: 16, dropout: 0.05, targets: all-linear }
schedule: { epochs: 5, learningRate: 2.0e-3, warmup: 0.05, shape: cosine }
batch: { rows: 8 }
validate: { times: 1 }
`,
);
