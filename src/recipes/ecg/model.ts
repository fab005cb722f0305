/**
 * The model: an encoder of signals, and a small decoder of Gemma 3's architecture that reads its latents by gated cross-attention (Med-Gemini's way to read ECGs,
 * after Flamingo). The decoder is trained on text alone first and then frozen: with closed gates the model is that text model to the bit.
 */
import {
  add,
  concat,
  type Graph,
  gather,
  geluTanh,
  mul,
  reduceMean,
  reshape,
  slice,
  unsqueeze,
  type Value,
} from "../../graph/index.ts";
import { freshTensors } from "../../learn/initialise.ts";
import { answerLogits, type Latents, languageObjective } from "../../learn/language/objective.ts";
import { packedFeeds } from "../../learn/language/pack.ts";
import type { Feed, Objective } from "../../learn/step.ts";
import type { Tensors } from "../../learn/tensors.ts";
import { fullAttention, mergeHeads, splitHeads } from "../../nn/attention.ts";
import {
  type Build,
  type CrossAttentionConfig,
  type GemmaConfig,
  gemmaNorm,
  requestedTensors,
  type Weights,
} from "../../nn/index.ts";
import { type EcgExample, signalOf } from "./examples.ts";
import { windowSamples, windowSeconds } from "./input.ts";
import { simulatedLeads } from "./simulate/patient.ts";
import { answerPieces, mostWindows, type Question, sequenceOf, vocabularySize } from "./text.ts";

const channels = simulatedLeads.length;
const encoderConfig = { width: 64, heads: 4, inner: 160, layers: 2, epsilon: 1e-6 };
/** Strided convolutions of kernel 3 * stride: 1280 samples become 80 latents of 125 ms. */
const stages = [
  { stride: 4, width: 48 },
  { stride: 2, width: 64 },
  { stride: 2, width: 64 },
];
export const latentsPerWindow = windowSamples / stages.reduce((product, { stride }) => product * stride, 1);

export const ecgDecoder: GemmaConfig = {
  family: "gemma3",
  vocabSize: vocabularySize,
  hiddenSize: 64,
  intermediateSize: 128,
  layers: 2,
  heads: 4,
  kvHeads: 1,
  headDim: 16,
  queryPreAttnScalar: 16,
  rmsNormEps: 1e-6,
  maxPositions: 64,
  slidingWindow: undefined,
  layerTypes: ["global", "global"],
  ropeThetaGlobal: 10_000,
  ropeThetaLocal: 10_000,
  ropeScalingGlobal: 1,
  activation: "gelu_tanh",
  qkNorm: true,
  sandwichNorms: true,
  tieEmbeddings: true,
  attentionBias: false,
};
export const ecgCross: CrossAttentionConfig = {
  layers: [0, 1],
  latentSize: encoderConfig.width,
  heads: 4,
  headDim: 16,
};

export const ecgTraining = {
  seed: 20261129,
  text: { steps: 150, batch: 32, learningRate: 3e-3 },
  /** Recordings of ten seconds; every `longEvery`-th step takes longer ones instead. */
  short: { batch: 24 },
  long: { batch: 2, windows: mostWindows },
  longEvery: 4,
  steps: 1800,
  warmup: 100,
  learningRate: 2e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.02 },
  clipNorm: 1,
  averageDecay: 0.995,
  validateEvery: 300,
  validationPatients: 144,
  checkpointEvery: 50,
  /**
   * The second stage: every other step takes `batch` long recordings, each read `turns` times with its windows at other places. The encoder sees windows alone and
   * is computed once, and the event's time changes with the place of its window: so every place is learned as often as every other.
   */
  places: { batch: 2, turns: 12, steps: 240, warmup: 20, learningRate: 1.5e-3, validateEvery: 60, validationLong: 36 },
};

export interface EcgShape {
  /** Recordings. */
  readonly batch: number;
  readonly windows: number;
  /** How often the decoder reads each of them, with its windows at different places: `turns * batch` rows, one turn after the other. Default 1. */
  readonly turns?: number;
}
const tokens = 32;
const answersEach = 3;

/** Signals `[n, samples, leads]` -> latents `[n, latentsPerWindow, width]`. */
function encodeSignals(build: Build, signals: Value): Value {
  const { weights } = build;
  const { width, heads, inner, layers, epsilon } = encoderConfig;
  let h = signals;
  let from: number = channels;
  for (const [i, stage] of stages.entries()) {
    h = stridedConvolution(build, h, stage.stride, from, stage.width, `encoder.stages.${i}`);
    from = stage.width;
  }
  h = add(h, weights.tensor("encoder.position_embedding", [latentsPerWindow, width]));
  const norm = (x: Value, name: string) => gemmaNorm(build, x, name, width, epsilon);
  for (let i = 0; i < layers; i++) {
    const name = `encoder.blocks.${i}`;
    const x = norm(h, `${name}.attention_norm`);
    const [q, k, v] = ["q_proj", "k_proj", "v_proj"].map((part) =>
      splitHeads(weights.linear(x, `${name}.${part}`, width, width, true), heads, width / heads),
    );
    const mixed = mergeHeads(fullAttention(q, k, v, (width / heads) ** -0.5));
    h = add(h, weights.linear(mixed, `${name}.o_proj`, width, width, true));
    const hidden = geluTanh(weights.linear(norm(h, `${name}.mlp_norm`), `${name}.fc1`, width, inner, true));
    h = add(h, weights.linear(hidden, `${name}.fc2`, inner, width, true));
  }
  return norm(h, "encoder.norm");
}

/** `[n, time, from] -> [n, time / stride, to]`: each group of `stride` samples is seen with the groups before and after it. */
function stridedConvolution(build: Build, x: Value, stride: number, from: number, to: number, name: string): Value {
  const [n, time] = x.shape as [number, number];
  const groups = reshape(x, [n, time / stride, stride * from]);
  const count = time / stride;
  const nothing = mul(slice(groups, 1, 0, 1), 0);
  const wide = concat(
    [concat([nothing, slice(groups, 1, 0, count - 1)], 1), groups, concat([slice(groups, 1, 1, count), nothing], 1)],
    2,
  );
  const y = geluTanh(build.weights.linear(wide, name, 3 * stride * from, to, true));
  return gemmaNorm(build, y, `${name}.norm`, to, encoderConfig.epsilon);
}

/** Outputs `pooled` `[batch, 2 * width]`: mean and mean square of each window's latents over time, for `unlike.ts`. The loss means nothing. */
export function ecgPooled(graph: Graph, weights: Weights, batch: number): Objective {
  const signals = graph.input("signals", "float32", [batch, windowSamples, channels]);
  const latents = encodeSignals({ graph, weights }, signals);
  const pooled = concat([reduceMean(latents, [1]), reduceMean(mul(latents, latents), [1])], 1);
  return { loss: reduceMean(pooled, [0, 1]), outputs: { pooled } };
}

/**
 * Signals `[batch * windows, samples, leads]` -> latents `[rows, windows * latentsPerWindow, width]` that know the place of their window.
 *
 * @param places int64 `[rows, windows]`, each below `mostWindows`.
 */
export function latentsOf(build: Build, signals: Value, places: Value, { batch, windows, turns = 1 }: EcgShape): Value {
  const { width } = encoderConfig;
  const each = reshape(encodeSignals(build, signals), [batch, windows, latentsPerWindow, width]);
  const rows = turns === 1 ? each : concat(new Array<Value>(turns).fill(each), 0);
  const table = reshape(build.weights.tensor("encoder.window_embedding", [mostWindows, 1, width]), [
    mostWindows,
    width,
  ]);
  const placed = add(rows, unsqueeze(gather(table, places, 0), [2])); // [rows, windows, latentsPerWindow, width]
  return reshape(placed, [turns * batch, windows * latentsPerWindow, width]);
}

const config = { kind: "gemma", text: ecgDecoder } as const;
const rowsOf = ({ batch, turns = 1 }: EcgShape) => ({
  rows: batch * turns,
  tokens,
  answers: batch * turns * answersEach,
});

function read(graph: Graph, weights: Weights, shape: EcgShape): Latents {
  const { batch, windows, turns = 1 } = shape;
  const input = graph.input("signals", "float32", [batch * windows, windowSamples, channels]);
  const places = graph.input("places", "int64", [batch * turns, windows]);
  return { latents: latentsOf({ graph, weights }, input, places, shape), config: ecgCross };
}

/** The loss of the answers; without `signals`, of the text model alone. */
export const ecgObjective = (graph: Graph, weights: Weights, shape: EcgShape, signals: boolean): Objective =>
  languageObjective(graph, weights, config, rowsOf(shape), 0, signals ? read(graph, weights, shape) : undefined);

/** Outputs `logits` `[batch * answersEach, vocabulary]`: those of each example's answer tokens in succession. The loss means nothing. */
export function ecgForward(graph: Graph, weights: Weights, shape: EcgShape, signals: boolean): Objective {
  const latents = signals ? read(graph, weights, shape) : undefined;
  const logits = answerLogits(graph, weights, config, rowsOf(shape), 0, latents);
  return { loss: reduceMean(logits, [0, 1]), outputs: { logits } };
}

export function freshEcgTensors(seed = ecgTraining.seed): Tensors {
  const shapes = requestedTensors(({ graph, weights }) => {
    ecgObjective(graph, weights, { batch: 1, windows: 1 }, true);
  });
  return freshTensors(shapes, seed);
}

/** File of the text model's weights, in the folder `text` of a run. */
export const textWeights = "text.safetensors";
/** Folder of the second stage, in a run's. */
export const placesFolder = "places";
/** Tensors of the text model, which do not change once signals are read. */
export const isText = (name: string) => name.startsWith("model.") && !name.includes(".cross_attn.");

/**
 * @param signals the signal of each example; default: its own. Others are the null control.
 * @param turns by how many places the windows of every example are moved on, around the end; the answers move with them.
 */
export function ecgFeeds(
  examples: readonly EcgExample[],
  signals: readonly Float32Array[] = examples.map(signalOf),
  answers = examples.map(({ question }) => answerPieces(question)),
  turns: readonly number[] = [0],
): Record<string, Feed> {
  const [{ windows }] = examples;
  const rows = turns.flatMap((turn) => examples.map((example, i) => ({ ...example, turn, pieces: answers[i] })));
  const placed = rows.map(({ patient, question, turn, pieces }, row) => ({
    sequence: sequenceOf(
      patient,
      windows,
      question,
      turn === 0 ? pieces : answerPieces(moved(question, turn, windows)),
    ),
    place: { row, start: 0 },
  }));
  const shape = { rows: rows.length, tokens, answers: rows.length * answersEach };
  const { feeds } = packedFeeds(placed, shape, ecgDecoder, 0, (length) => 1 / length);
  const size = windows * windowSamples * channels;
  const data = new Float32Array(examples.length * size);
  for (const [i, signal] of signals.entries()) data.set(signal, i * size);
  const places = rows.flatMap(({ turn }) => Array.from({ length: windows }, (_, w) => BigInt((w + turn) % windows)));
  return {
    ...feeds,
    signals: { data, dims: [examples.length * windows, windowSamples, channels] },
    places: { data: BigInt64Array.from(places), dims: [rows.length, windows] },
  };
}

/** The question about the same recording with its windows moved on. */
function moved(question: Question, turn: number, windows: number): Question {
  if (question.kind === "rhythm" || question.answer === undefined) return question;
  return { ...question, answer: (question.answer + turn * windowSeconds) % (windows * windowSeconds) };
}
