/**
 * Precisions and runtimes against the exact one: `npm run build && npm run parity`, two minutes. Prints docs/parity.md and writes it; with
 * `--check`, fails instead of writing where a row is outside its bound. A graphics device gets rows of its own where there is one; `--device-name`
 * says which it is.
 *
 * Every row is a prepared model (nano as it ships, and its shapes with random weights) in one precision under one runtime, fed the same prompts as
 * float32 under onnxruntime-node, token by token along its greedy answer.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { embeddedFolder } from "../dist/base/embedded-model.js";
import { openCheckpoint } from "../dist/checkpoint/index.js";
import { placeImages } from "../dist/model/engine/decode/prompt-tokens.js";
import { probe } from "../dist/model/engine/device/on-device.js";
import { Engine } from "../dist/model/engine/engine.js";
import { prepareModel } from "../dist/model/engine/prepare/prepare.js";
import { memoryStore } from "../dist/model/engine/prepare/store.js";
import { writeRandomCheckpoint } from "../dist/model/random-checkpoint.js";
import { deviceRuntimes } from "../dist/model/runtime/devices.js";
import { nodeRuntime, webRuntime } from "../dist/model/runtime/index.js";
import { PromptBuilder } from "../dist/text/index.js";

const tokens = 24;
const questions = [
  "Is there pneumonia?",
  "What is seen?",
  "Write a report.",
  "On which side is the opacity?",
  "Is this CT or MRI?",
  "Hm",
];
/**
 * Maximum deviation of a row: the largest difference of a logit relative to the logits' spread, and the mean KL
 * divergence in nats.
 */
const bounds = {
  "onnxruntime-node": { f32: [1e-4, 1e-9], int8: [0.4, 2e-3], int4: [3, 0.15] },
  "onnxruntime-web": { f32: [1e-4, 1e-9], int8: [0.4, 2e-3], int4: [3, 0.15] },
};
for (const device of ["webgpu", "cuda"]) bounds[device] = { ...bounds["onnxruntime-node"], f32: [2e-3, 1e-6] };
const temporary = mkdtempSync(join(tmpdir(), "polyclinic-parity-"));
const runtimes = { "onnxruntime-node": nodeRuntime, "onnxruntime-web": webRuntime() };
const named = process.argv.indexOf("--device-name");
const deviceName = named < 0 ? "a device without a name" : process.argv[named + 1];
for (const { provider, runtime } of await deviceRuntimes()) {
  const problem = await probe(runtime);
  if (problem === undefined) runtimes[provider] = runtime;
  else console.error(`no rows for ${provider}: ${problem}`);
}

/** Synthetic pictures, six of them: half of the prompts have one, one has two. */
/** @returns {import("../dist/imaging/index.js").Image} */
function picture(side, seed) {
  const data = Uint8Array.from(
    { length: side * side },
    (_, i) => 127 * (1 + Math.sin(0.02 * seed * (i % side)) * Math.cos((0.03 * i) / side)),
  );
  return { kind: "image", width: side, height: side, channels: 1, data };
}
async function prompts({ config, tokenizer }) {
  const builder = new PromptBuilder({ ...tokenizer, tokensPerImage: config.tokensPerImage });
  return Promise.all(
    questions.map((text, i) => {
      const images = Array.from({ length: i === 1 ? 2 : i % 2 === 0 ? 1 : 0 }, (_, k) =>
        picture(config.vision.imageSize, i + 7 * k + 1),
      );
      const content = [
        ...images.map((image) => ({ type: /** @type {const} */ ("image"), image })),
        { type: /** @type {const} */ ("text"), text },
      ];
      const { ids, imageSpans } = builder.build([{ role: "user", content }]);
      return placeImages(ids, imageSpans, images);
    }),
  );
}

/** Logits along an answer, the reference's greedy choices. */
async function along(engine, prompt, chosen) {
  const cache = engine.newCache();
  const rows = [];
  let [logits] = await engine.prefill(cache, prompt);
  for (let i = 0; ; i++) {
    rows.push(logits.slice());
    if (i === tokens - 1) return rows;
    [logits] = await engine.decode(cache, [chosen?.[i] ?? argmax(logits)]);
  }
}
const argmax = (row) => row.reduce((best, x, i) => (x > row[best] ? i : best), 0);

function softmax(row) {
  const most = row.reduce((a, b) => Math.max(a, b));
  const e = Float64Array.from(row, (x) => Math.exp(x - most));
  const sum = e.reduce((a, b) => a + b);
  return e.map((x) => x / sum);
}
function compare(reference, found) {
  let [most, kl, agree] = [0, 0, 0];
  for (const [i, row] of reference.entries()) {
    const [p, q] = [softmax(row), softmax(found[i])];
    for (let j = 0; j < row.length; j++) {
      most = Math.max(most, Math.abs(row[j] - found[i][j]));
      if (p[j] > 0) kl += p[j] * Math.log(p[j] / Math.max(q[j], Number.MIN_VALUE));
    }
    if (argmax(row) === argmax(found[i])) agree++;
  }
  return { most, kl: kl / reference.length, agree, n: reference.length };
}

async function open(folder, precision, name) {
  const checkpoint = await openCheckpoint(folder);
  const hash = createHash("sha256")
    .update(readFileSync(join(folder, "model.safetensors")))
    .digest("hex");
  const source = { config: checkpoint.config, weights: checkpoint.weights, where: folder, hash };
  const prepared = await prepareModel(source, { precision, cacheFolder: temporary });
  const runtime = runtimes[name];
  /** @type {import("../dist/model/engine/prepare/store.js").PreparedStore} */
  let store = prepared;
  if (!runtime.capabilities.files) {
    // The same graphs as bytes, as a web page would fetch them.
    const graphs = Object.fromEntries(
      prepared.manifest.graphs.map((graph) => [graph, readFileSync(join(prepared.folder, `${graph}.onnx`))]),
    );
    store = memoryStore(prepared.manifest, graphs, {
      name: "weights.bin",
      bytes: readFileSync(join(prepared.folder, "weights.bin")),
    });
  }
  const engine = await Engine.open(runtime, store, checkpoint.config, checkpoint.preprocessor, { threads: 1 });
  const close = async () => {
    await engine.close();
    await checkpoint.close();
  };
  return { engine, checkpoint, close };
}

function spread(rows) {
  const all = rows.flat();
  return Math.sqrt(
    all.reduce((sum, row) => {
      const mean = row.reduce((a, b) => a + b) / row.length;
      return sum + row.reduce((a, b) => a + (b - mean) ** 2, 0) / row.length;
    }, 0) / all.length,
  );
}

const random = join(temporary, "random");
await writeRandomCheckpoint(random, { like: "nano", seed: 1 });
const lines = [];
const failed = [];
for (const [model, folder] of [
  ["nano", embeddedFolder],
  ["nano's shapes, random weights", random],
]) {
  const exact = await open(folder, "f32", "onnxruntime-node");
  const promptSet = await prompts(exact.checkpoint);
  const reference = [];
  for (const prompt of promptSet) reference.push(await along(exact.engine, prompt));
  await exact.close();
  const deviation = await spread(reference);
  for (const name of Object.keys(runtimes))
    for (const precision of ["f32", "int8", "int4"]) {
      console.error(`${model}, ${name}, ${precision}`);
      const { engine, close } = await open(folder, precision, name);
      const found = [];
      for (const [i, prompt] of promptSet.entries()) found.push(await along(engine, prompt, reference[i].map(argmax)));
      await close();
      const { most, kl, agree, n } = compare(reference.flat(), found.flat());
      const [mostBound, klBound] = bounds[name][precision];
      if (!(most / deviation <= mostBound && kl <= klBound))
        failed.push(`${model}, ${name}, ${precision}: ${most / deviation} and ${kl}`);
      const [low, high] = wilson(agree, n);
      lines.push(
        `| ${model} | ${precision} | ${name} | ${number(most)} (${number(most / deviation)}) | ${number(kl)} | ${((100 * agree) / n).toFixed(1)} % (${low} to ${high}) |`,
      );
    }
}
rmSync(temporary, { recursive: true });

/** 95 % interval of a proportion, percent. */
function wilson(k, n, z = 1.96) {
  const [p, zz] = [k / n, (z * z) / n];
  const half = (z * Math.sqrt((p * (1 - p)) / n + zz / (4 * n))) / (1 + zz);
  const middle = (p + zz / 2) / (1 + zz);
  return [middle - half, middle + half].map((x) => (100 * x).toFixed(1));
}
function number(x) {
  return x === 0 ? "0" : x < 0.01 ? x.toExponential(1) : x.toPrecision(2);
}

const text = `# Precisions and runtimes compared with the reference

Regenerate with \`npm run build && npm run parity\`; \`npm run parity -- --check\` fails if a row exceeds the bounds in
[\`tools/parity.mjs\`](../tools/parity.mjs). The reference is float32 under onnxruntime-node on one thread, which \`src/model/engine/parity\` tests against
Hugging Face transformers. Every row uses the same ${questions.length} prompts (none, one or two synthetic images) and the reference's greedy answer, ${tokens} tokens each: n is
${questions.length * tokens} next-token distributions over 2,048 ids.

Largest difference of a logit (in brackets: divided by the logits' standard deviation), mean Kullback-Leibler divergence from the reference in nats, and how often the
most likely token is the same, with a 95 % Wilson interval. The interval treats tokens as independent, although those of one answer are not.

| model | precision | runtime | largest difference | KL | greedy agreement |
|---|---|---|---|---|---|
${lines.join("\n")}

onnxruntime-web runs here as WebAssembly inside Node, the same module that a page loads.${
  runtimes.webgpu || runtimes.cuda ? `\nThe rows for the GPU were measured on ${deviceName}.` : ""
} The first row of each model
is the reference itself. int8 results depend on the processor: weights are limited to 63 steps instead of 127 where 16-bit sums saturate (\`prepare/saturation.ts\`).
`;
console.log(text);
if (failed.length > 0) {
  console.error(`rows outside their bounds:\n${failed.join("\n")}`);
  process.exitCode = 1;
}
if (!process.argv.includes("--check")) writeFileSync(new URL("../docs/parity.md", import.meta.url), text);
process.exit();
