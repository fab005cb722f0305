/** Packing, soft prompts and LoRA on the tiny Gemma 3 with a vision tower of the parity tests. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { applyAdapter, CheckpointWeights, openAdapter, openCheckpoint, readConfig } from "../../checkpoint/index.ts";
import type { Message } from "../../model/contract.ts";
import { loadModel } from "../../model/engine/index.ts";
import { type ArchitectureConfig, imagePixels, type MultimodalConfig } from "../../nn/index.ts";
import { PromptBuilder } from "../../text/index.ts";
import { freshLora, isLoraFactor, loadLora, loraWeights, saveLora } from "../learners/lora.ts";
import { freshSoftPrompt, isSoftPrompt, loadSoftPrompt, saveSoftPrompt } from "../learners/soft-prompt.ts";
import { TrainingStep } from "../step.ts";
import type { Tensors } from "../tensors.ts";
import { languageObjective } from "./objective.ts";
import { type BatchShape, Packer, packedFeeds } from "./pack.ts";
import { type TrainingSequence, trainingSequence, withSoftPrompt } from "./sequence.ts";

const goldens = fileURLToPath(new URL("../../model/engine/goldens/gemma3-multimodal", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "learn-language-"));
afterAll(() => rmSync(folder, { recursive: true }));

const config = readConfig(JSON.parse(readFileSync(`${goldens}/config.json`, "utf8")), "config") as {
  kind: "multimodal";
} & MultimodalConfig;
const soft = config.tokensPerImage;
const side = config.vision.imageSize;
const tensors: Tensors = new Map();
beforeAll(async () => {
  const weights = await CheckpointWeights.open([`${goldens}/model.safetensors`], "multimodal");
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  await weights.close();
});

/** Text, one image, text, of which the last `answer` tokens are learned. */
function sequence(before: number, after: number, answer: number, first = 20): TrainingSequence {
  const text = (n: number, from: number) => Array.from({ length: n }, (_, i) => from + i);
  const ids = [2, ...text(before, first), ...new Array(soft).fill(config.imageTokenId), ...text(after, first + 40)];
  const lossMask = new Uint8Array(ids.length);
  lossMask.fill(1, ids.length - answer);
  return { ids: Int32Array.from(ids), lossMask, imageStarts: [1 + before] };
}
const samples = [sequence(3, 6, 2), sequence(5, 9, 4, 60), sequence(1, 5, 3, 90)];
const random = new Random(3);
const pictures = samples.map(() => Float32Array.from({ length: 3 * side * side }, () => 2 * random.next() - 1));

async function likelihoods(
  own: readonly number[],
  shape: BatchShape,
  source = samples,
  softPrompt = 0,
  from: Tensors = tensors,
) {
  const packer = new Packer(shape);
  for (const i of own) expect(packer.add(source[i])).toBe(true);
  const { feeds, answerTokens } = packedFeeds(packer.placed, shape, config.text, soft);
  const pixels = new Float32Array(own.length * 3 * side * side);
  for (const [k, i] of own.entries()) pixels.set(pictures[i], k * 3 * side * side);
  const step = await TrainingStep.compile({
    name: "likelihoods",
    tensors: from,
    trainable: () => false,
    define: (graph, weights) => languageObjective(graph, weights, config, shape, softPrompt),
  });
  const { loss, outputs } = await step.run({
    ...feeds,
    pixels: { data: pixels, dims: [own.length, 3, side, side] },
  });
  await step.close();
  return { loss, values: [...outputs.logLikelihoods.data.slice(0, answerTokens)] };
}
const near = (a: readonly number[], b: readonly number[], digits = 4) => {
  expect(a.length).toBe(b.length);
  for (const [i, value] of a.entries()) expect(value).toBeCloseTo(b[i], digits);
};

test("packed examples do not see each other: each has the likelihoods it has alone", async () => {
  const packed = await likelihoods([0, 1, 2], { rows: 2, tokens: 40, answers: 16 });
  const alone = [];
  for (const i of [0, 1, 2]) alone.push(...(await likelihoods([i], { rows: 1, tokens: 24, answers: 5 })).values);
  near(packed.values, alone);
  expect(packed.loss).toBeCloseTo(-packed.values.reduce((a, b) => a + b, 0) / packed.values.length, 4);
});

test("an example that can never fit is an error, one that does not fit now waits", () => {
  const packer = new Packer({ rows: 1, tokens: 30, answers: 16 });
  expect(packer.add(samples[1])).toBe(true);
  expect(packer.add(samples[0])).toBe(false);
  expect(() => packer.add(sequence(20, 20, 2))).toThrow(/at most 30 tokens/);
});

test("a soft prompt of embeddings is the tokens it was made of", async () => {
  const { hiddenSize } = config.text;
  const table = tensors.get("model.language_model.embed_tokens.weight")!;
  const ids = [31, 57];
  const data = new Float32Array(ids.length * hiddenSize);
  for (const [i, id] of ids.entries())
    for (let k = 0; k < hiddenSize; k++)
      data[i * hiddenSize + k] = Math.sqrt(hiddenSize) * table.data[id * hiddenSize + k];
  const withPrompt: Tensors = new Map([...tensors, ["soft_prompt", { shape: [2, hiddenSize], data }]]);
  const spelled = samples.map((one) => {
    const wide = withSoftPrompt(one, 2);
    wide.ids.set(ids, 1);
    return { ids: wide.ids, lossMask: wide.lossMask, imageStarts: wide.imageStarts };
  });
  const shape = { rows: 1, tokens: 48, answers: 8 };
  const prompted = samples.map((one) => withSoftPrompt(one, 2));
  near(
    (await likelihoods([0, 1], shape, prompted, 2, withPrompt)).values,
    (await likelihoods([0, 1], shape, spelled)).values,
  );
});

/** A few steps of plain gradient descent. */
async function descend(
  define: Parameters<typeof TrainingStep.compile>[0]["define"],
  own: Tensors,
  trainable: (name: string) => boolean,
  feeds: Parameters<TrainingStep["run"]>[0],
) {
  const step = await TrainingStep.compile({ name: "descend", define, tensors: own, trainable });
  const losses: number[] = [];
  for (let i = 0; i < 8; i++) {
    const { loss, gradients } = await step.run(feeds);
    losses.push(loss);
    for (const [name, { data }] of gradients) {
      const weights = own.get(name)!.data;
      for (let k = 0; k < data.length; k++) weights[k] -= 0.3 * data[k];
    }
  }
  await step.close();
  return losses;
}
const shape = { rows: 1, tokens: 72, answers: 16 };
function trainingFeeds(source = samples) {
  const packer = new Packer(shape);
  for (const one of source) packer.add(one);
  const pixels = new Float32Array(3 * 3 * side * side);
  for (const [i, picture] of pictures.entries()) pixels.set(picture, i * picture.length);
  return {
    ...packedFeeds(packer.placed, shape, config.text, soft).feeds,
    pixels: { data: pixels, dims: [3, 3, side, side] },
  };
}

test("LoRA begins at the base, learns, and its saved adapter merged into the base is the trained model", async () => {
  const options = { rank: 3, alpha: 6, targets: "all-linear" } as const;
  const own: Tensors = new Map([...tensors, ...freshLora(tensors, options, 1)]);
  expect([...own.keys()].filter(isLoraFactor)).not.toContainEqual(expect.stringMatching(/embed|lm_head/));
  const base = await likelihoods([0, 1, 2], shape);
  const losses = await descend(
    (graph, weights) => languageObjective(graph, loraWeights(graph, weights, options), config, shape),
    own,
    isLoraFactor,
    trainingFeeds(),
  );
  expect(losses[0]).toBeCloseTo(base.loss, 5);
  expect(losses[7]).toBeLessThan(losses[0] - 0.05);

  await saveLora(join(folder, "adapter"), own, options, "tiny");
  const weights = await CheckpointWeights.open([`${goldens}/model.safetensors`], "multimodal");
  const adapter = await openAdapter(join(folder, "adapter"), "multimodal");
  const merged = applyAdapter(weights, config as ArchitectureConfig, adapter).weights;
  const whole: Tensors = new Map();
  for (const name of merged.names) whole.set(name, { shape: merged.shape(name), data: await merged.read(name) });
  const trained = await TrainingStep.compile({
    name: "trained",
    define: (graph, w) => languageObjective(graph, loraWeights(graph, w, options), config, shape),
    tensors: own,
    trainable: () => false,
  });
  const { loss } = await trained.run(trainingFeeds());
  expect((await likelihoods([0, 1, 2], shape, samples, 0, whole)).loss).toBeCloseTo(loss, 4);

  const again: Tensors = new Map([...tensors, ...freshLora(tensors, options, 2)]);
  await loadLora(join(folder, "adapter"), again, "multimodal");
  for (const name of [...own.keys()].filter(isLoraFactor)) expect(again.get(name)!.data).toEqual(own.get(name)!.data);
  const narrow: Tensors = new Map([...tensors, ...freshLora(tensors, { ...options, rank: 2 }, 1)]);
  await expect(loadLora(join(folder, "adapter"), narrow, "multimodal")).rejects.toMatchObject({
    code: "learn/adapter",
  });
  await adapter.close();
  await weights.close();
});

test("a soft prompt learns in front of a frozen model, and is read back as it was saved", async () => {
  const table = tensors.get("model.language_model.embed_tokens.weight")!;
  const own: Tensors = new Map([...tensors, ...freshSoftPrompt(table, { vectors: 2 }, config.text, 4)]);
  const losses = await descend(
    (graph, weights) => languageObjective(graph, weights, config, shape, 2),
    own,
    isSoftPrompt,
    trainingFeeds(samples.map((one) => withSoftPrompt(one, 2))),
  );
  expect(losses[7]).toBeLessThan(losses[0]);
  await saveSoftPrompt(join(folder, "prompt"), own, "tiny");
  expect(await loadSoftPrompt(join(folder, "prompt"), config.text)).toEqual(
    new Map([["soft_prompt", own.get("soft_prompt")]]),
  );
  const nano = loadModel("nano", { adapter: join(folder, "prompt"), cacheFolder: join(folder, "cache") });
  await expect(nano).rejects.toThrow(/does not fit this base model.*\[2, 192\].*\[2,32\]/);
});

test("naming no linear layer is an error", () => {
  expect(() => freshLora(tensors, { rank: 2, alpha: 2, targets: ["nothing"] }, 1)).toThrow(/no linear layer/);
});

test("the engine answers behind a saved soft prompt as the training graph does", async () => {
  const { hiddenSize } = config.text;
  const noise = new Random(8);
  const data = Float32Array.from({ length: 3 * hiddenSize }, () => noise.normal());
  const own: Tensors = new Map([...tensors, ["soft_prompt", { shape: [3, hiddenSize], data }]]);
  const path = join(folder, "engine-prompt");
  await saveSoftPrompt(path, own, "tiny");
  const model = await loadModel(goldens, { adapter: path, cacheFolder: join(folder, "cache"), threads: 1 });
  const plain = await loadModel(goldens, { cacheFolder: join(folder, "cache"), threads: 1 });
  expect(model.identity.hash).not.toBe(plain.identity.hash);
  const picture = {
    kind: "image",
    width: side,
    height: side,
    channels: 3,
    data: new Uint8Array(3 * side * side),
  } as const;
  for (let i = 0; i < picture.data.length; i++) picture.data[i] = (37 * i) % 256;
  const question: Message[] = [
    {
      role: "user",
      content: [
        { type: "image", image: picture },
        { type: "text", text: "the lung is" },
      ],
    },
  ];
  const answer = "clear and free";
  const [scored] = await model.score!(question, [answer]);
  const [unprompted] = await plain.score!(question, [answer]);
  expect(await model.countTokens(question)).toBe((await plain.countTokens(question)) + 3);

  const checkpoint = await openCheckpoint(goldens);
  const builder = new PromptBuilder({ ...checkpoint.tokenizer!, tokensPerImage: soft });
  await checkpoint.close();
  const whole = trainingSequence(builder, [
    { role: "user", content: [{ type: "image" }, { type: "text", text: "the lung is" }] },
    { role: "assistant", content: [{ type: "text", text: answer }] },
  ]);
  const shape = { rows: 1, tokens: 64, answers: 16 };
  const packer = new Packer(shape);
  packer.add(withSoftPrompt(whole, 3));
  const { feeds, answerTokens } = packedFeeds(packer.placed, shape, config.text, soft);
  const step = await TrainingStep.compile({
    name: "prompted",
    tensors: own,
    trainable: () => false,
    define: (graph, weights) => languageObjective(graph, weights, config, shape, 3),
  });
  const pixels = imagePixels(picture, {
    imageSize: side,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
    rescaleFactor: 1 / 255,
  });
  const { outputs } = await step.run({ ...feeds, pixels: { data: pixels, dims: [1, 3, side, side] } });
  await step.close();
  // The last learned token is the end of the turn, which a continuation does not hold.
  const trained = outputs.logLikelihoods.data.slice(0, answerTokens - 1);
  near([...scored.tokenLogLikelihoods], [...trained]);
  expect(scored.logLikelihood).not.toBeCloseTo(unprompted.logLikelihood, 2);
  await model.close();
  await plain.close();
});
