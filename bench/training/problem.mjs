/**
 * One training problem for all trainers: the nano configuration with fresh weights and one batch, written to a folder
 * as `problem.json` and `arrays.bin` (little-endian, one array after another). All trainers start from the same
 * numbers, so their losses can be compared.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The settings of nano's recipe, stage by stage. */
async function settingsOf(stage) {
  const [{ tower, language, towerRounds }, { lossWeights }, { patchStructures, usualShares }] = await Promise.all([
    import("../../dist/recipes/nano/train/stages.js"),
    import("../../dist/recipes/nano/train/tower.js"),
    import("../../dist/recipes/nano/train/tower-batch.js"),
  ]);
  const { optimizer, clipNorm } = stage === "tower" ? tower : language;
  const { beta1, beta2, epsilon, weightDecay } = optimizer;
  const shared = { betas: [beta1, beta2], epsilon, weightDecay, clipNorm };
  if (stage === "language") return { ...shared, shape: language.shape, learningRate: language.learningRate };
  const shares = patchStructures.map((name) => usualShares[name]);
  return { ...shared, count: tower.batch, learningRate: towerRounds[0].learningRate, lossWeights, usualShares: shares };
}

/** An example of the language stage: one image, a question, an answer; four fill a row of 448 tokens, and three rows 504 of 512 answers. */
const example = { tokens: 112, answer: 42, examples: 12 };

/**
 * Writes the problem of a stage, `tower` or `language`, into `folder`; returns the number of images and tokens of its
 * batch.
 */
export async function writeProblem(stage, folder) {
  const [{ Random }, { expectedTensors, multimodalPrefix }, { freshTensors }, { towerHeads }, { readConfig }] =
    await Promise.all([
      import("../../dist/base/random.js"),
      import("../../dist/nn/index.js"),
      import("../../dist/learn/initialise.js"),
      import("../../dist/recipes/nano/train/tower.js"),
      import("../../dist/checkpoint/index.js"),
    ]);
  const json = JSON.parse(readFileSync(new URL("../../models/nano/config.json", import.meta.url), "utf8"));
  const model = readConfig(json);
  if (model.kind !== "multimodal") throw new Error(`models/nano is ${model.kind} instead of multimodal`);
  const random = new Random(7);
  const shapes = [...expectedTensors(model)];
  const isVision = (name) => name.startsWith(multimodalPrefix.vision);
  const parameterShapes =
    stage === "tower" ? [...shapes.filter(([name]) => isVision(name)), ...towerHeads(model)] : shapes;
  const weights = [...freshTensors(new Map(parameterShapes), 11)].map(([name, { shape, data }]) => [name, shape, data]);
  const settings = await settingsOf(stage);
  const batch =
    "shape" in settings
      ? await languageBatch(random, settings.shape, model)
      : towerBatch(random, settings.count, model.vision);
  writeArrays(folder, { stage, json, model, ...settings }, { weights, batch: batch.arrays });
  return batch.counts;
}

function towerBatch(random, n, { imageSize, patchSize }) {
  const fill = (length, draw) => Float32Array.from({ length }, draw);
  const oneHot = (classes) => {
    const data = new Float32Array(n * classes);
    for (let i = 0; i < n; i++) data[i * classes + random.below(classes)] = 1;
    return [[n, classes], data];
  };
  const patches = (imageSize / patchSize) ** 2;
  return {
    counts: { images: n, tokens: n * patches },
    arrays: [
      ["pixels", [n, 3, imageSize, imageSize], fill(n * 3 * imageSize ** 2, () => 2 * random.next() - 1)],
      ["cxr", ...oneHot(3)],
      ["ct", ...oneHot(3)],
      ["histology", ...oneHot(3)],
      ["kind", ...oneHot(5)],
      ["boxes", [n, 8], fill(n * 8, () => random.next())],
      ["boxWeights", [n, 1], fill(n, () => random.below(2))],
      ["patches", [n, patches, 4], fill(n * patches * 4, () => random.next())],
      ["patchWeights", [n, 1, 4], fill(n * 4, () => random.below(2))],
    ],
  };
}

async function languageBatch(random, shape, { text, vision, tokensPerImage, imageTokenId }) {
  const { Packer, packedFeeds } = await import("../../dist/learn/language/pack.js");
  const packer = new Packer(shape);
  for (let i = 0; i < example.examples; i++) {
    const ids = Int32Array.from({ length: example.tokens }, () => 110 + random.below(1900));
    const imageStarts = [6];
    ids.fill(imageTokenId, 6, 6 + tokensPerImage);
    const lossMask = new Uint8Array(example.tokens).fill(1, example.tokens - example.answer);
    if (!packer.add({ ids, lossMask, imageStarts })) throw new Error("the examples do not fit into one batch");
  }
  const { feeds, answerTokens } = packedFeeds(packer.placed, shape, text, tokensPerImage);
  const side = vision.imageSize;
  const pixels = Float32Array.from({ length: example.examples * 3 * side ** 2 }, () => 2 * random.next() - 1);
  const int32 = (data) => (data instanceof BigInt64Array ? Int32Array.from(data, Number) : data);
  return {
    counts: { images: example.examples, tokens: example.examples * example.tokens, answerTokens },
    arrays: [
      ["pixels", [example.examples, 3, side, side], pixels],
      ...Object.entries(feeds).map(([name, { data, dims }]) => [name, dims, int32(data)]),
    ],
  };
}

const dtypes = { Float32Array: "float32", Int32Array: "int32", Uint8Array: "uint8" };

function writeArrays(folder, description, groups) {
  const parts = [];
  let offset = 0;
  const place = ([name, dims, data]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
    const entry = { name, dtype: dtypes[data.constructor.name], dims, offset, length: data.length };
    parts.push(bytes, padding);
    offset += bytes.length + padding.length;
    return entry;
  };
  const entries = Object.fromEntries(Object.entries(groups).map(([group, arrays]) => [group, arrays.map(place)]));
  writeFileSync(join(folder, "arrays.bin"), Buffer.concat(parts));
  writeFileSync(join(folder, "problem.json"), JSON.stringify({ ...description, ...entries }));
}

/** The problem with its arrays: `weights` and `batch` map names to `{ dims, data }`. */
export function readProblem(folder) {
  const problem = JSON.parse(readFileSync(join(folder, "problem.json"), "utf8"));
  const file = readFileSync(join(folder, "arrays.bin"));
  const bytes = file.buffer.slice(file.byteOffset, file.byteOffset + file.length);
  const make = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array };
  const read = (entries) =>
    new Map(
      entries.map(({ name, dtype, dims, offset, length }) => [
        name,
        { dims, data: new make[dtype](bytes, offset, length) },
      ]),
    );
  return { ...problem, weights: read(problem.weights), batch: read(problem.batch) };
}
