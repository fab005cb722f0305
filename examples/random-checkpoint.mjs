// A checkpoint with random weights, end to end: image in, tokens out, streamed. What it says is noise; that it runs is the point.
//
//     node examples/random-checkpoint.mjs
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadModel, writeRandomCheckpoint } from "polyclinic/model";
import { openStudy, viewOf } from "polyclinic/study";

const folder = join(await mkdtemp(join(tmpdir(), "polyclinic-")), "random");
await writeRandomCheckpoint(folder, { like: "nano", seed: 1 });
const model = await loadModel(folder);

const study = await openStudy("samples/chest-xray.jpg");
const view = await viewOf(study, model.limits);
const { image } = view.items.find((item) => item.kind === "image");
/** @type {import("polyclinic/model").Content[]} */
const content = [
  { type: "image", image },
  { type: "text", text: "What is seen?" },
];

const answer = model.generate([{ role: "user", content }], { maxTokens: 24 });
for await (const { text } of answer) process.stdout.write(text);
console.log("\n", (await answer.result).usage);
await model.close();
