// A checkpoint with random weights, end to end: image in, tokens out, streamed. What it says is noise; that it runs is the point.
//
//     node examples/random-checkpoint.mjs
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, readConfig, writeCheckpoint } from "polyclinic/model";
import { expectedTensors } from "polyclinic/nn";

const nano = (file) => readFile(new URL(`../models/nano/${file}`, import.meta.url), "utf8");
const json = async (file) => JSON.parse(await nano(file));
const config = await json("config.json");
const random = (shape) =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.2 * (Math.random() - 0.5));
const folder = join(await mkdtemp(join(tmpdir(), "polyclinic-")), "random");
await writeCheckpoint(folder, {
  config,
  tokenizer: {
    tokenizer: await json("tokenizer.json"),
    tokenizerConfig: await json("tokenizer_config.json"),
    chatTemplate: await nano("chat_template.jinja"),
  },
  tensors: [...expectedTensors(readConfig(config, "config.json"))].map(([name, shape]) => ({
    name,
    shape,
    data: () => random(shape),
  })),
});

const model = await loadModel(folder);
const side = model.limits.imageSize;
const image = {
  kind: "image",
  width: side,
  height: side,
  channels: 3,
  data: Uint8Array.from({ length: 3 * side * side }, (_, i) => i % 256),
};
const answer = model.generate(
  [
    {
      role: "user",
      content: [
        { type: "image", image },
        { type: "text", text: "Is there pneumonia?" },
      ],
    },
  ],
  { maxTokens: 24 },
);
for await (const { text } of answer) process.stdout.write(text);
console.log("\n", (await answer.result).usage);
await model.close();
