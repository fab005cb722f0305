/**
 * A small reader of videos with nano's architecture: SigLIP's tower, a projector, and Gemma 3's decoder, which reads frames and the time of each as one sequence and
 * answers with a span. Its vocabulary is closed: a time in tenths of a second is one token.
 */
import { type Graph, reduceMean } from "../../../graph/index.ts";
import { freshTensors } from "../../../learn/initialise.ts";
import { answerLogits, type LanguageConfig, languageObjective } from "../../../learn/language/objective.ts";
import { packedFeeds } from "../../../learn/language/pack.ts";
import type { TrainingSequence } from "../../../learn/language/sequence.ts";
import type { Feed, Objective, TrainingStep } from "../../../learn/step.ts";
import type { Tensors } from "../../../learn/tensors.ts";
import { expectedTensors, type MultimodalConfig, type Weights } from "../../../nn/index.ts";

/** Frames of a clip that are shown, and their side in pixels. */
export const shownFrames = 12;
export const frameSide = 32;
/** Longest clip in tenths of a second. */
const longest = 100;

const special = ["<pad>", "<eos>", "<bos>", "<boi>", "<eoi>", "<image>", "<answer>", "none"] as const;
const id = (piece: (typeof special)[number]) => special.indexOf(piece);
/** Tenths of a second as a token, and back. */
const timeId = (tenths: number) => special.length + Math.max(0, Math.min(longest, tenths));
const vocabSize = special.length + longest + 1;

export const readerModel: MultimodalConfig = {
  vision: {
    hiddenSize: 48,
    intermediateSize: 96,
    layers: 1,
    heads: 3,
    imageSize: frameSide,
    patchSize: 8,
    layerNormEps: 1e-6,
    useHead: false,
  },
  text: {
    family: "gemma3",
    vocabSize,
    hiddenSize: 64,
    intermediateSize: 160,
    layers: 3,
    heads: 4,
    kvHeads: 2,
    headDim: 16,
    queryPreAttnScalar: 16,
    rmsNormEps: 1e-6,
    maxPositions: 64,
    slidingWindow: undefined,
    layerTypes: ["global", "global", "global"],
    ropeThetaGlobal: 10_000,
    ropeThetaLocal: 10_000,
    ropeScalingGlobal: 1,
    activation: "gelu_tanh",
    qkNorm: true,
    sandwichNorms: true,
    tieEmbeddings: true,
    attentionBias: false,
  },
  tokensPerImage: 1,
  boiTokenId: id("<boi>"),
  eoiTokenId: id("<eoi>"),
  imageTokenId: id("<image>"),
};
const config: LanguageConfig = { kind: "multimodal", ...readerModel };

export const readerTraining = {
  seed: 20261129,
  batch: 24,
  steps: 1500,
  warmup: 60,
  learningRate: 3e-3,
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.02 },
  clipNorm: 1,
  averageDecay: 0.99,
  validateEvery: 250,
  validationClips: 96,
  checkpointEvery: 250,
};

const answersEach = 3;
const shape = {
  rows: readerTraining.batch,
  tokens: 2 * shownFrames + 2 + answersEach,
  answers: answersEach * readerTraining.batch,
};

export const readerObjective = (graph: Graph, weights: Weights): Objective =>
  languageObjective(graph, weights, config, shape);

/** Outputs `logits` `[batch * 3, vocabulary]`: those before each answer token. The loss means nothing. */
export function readerForward(graph: Graph, weights: Weights): Objective {
  const logits = answerLogits(graph, weights, config, shape);
  return { loss: reduceMean(logits, [0, 1]), outputs: { logits } };
}

export const freshReader = (): Tensors =>
  freshTensors(expectedTensors({ kind: "multimodal", ...readerModel }), readerTraining.seed);

/** What the reader is shown of a clip, and, in training, the answer in tenths of a second. */
export interface ReaderClip {
  /** `[shownFrames]` tenths of a second, in the order of the frames. */
  readonly times: readonly number[];
  /** `[shownFrames, frameSide, frameSide]`, 0 to 255. */
  readonly pixels: Uint8Array;
  readonly answer: readonly [from: number, to: number] | undefined;
}

function sequenceOf({ times, answer }: ReaderClip): TrainingSequence {
  const frames = times.flatMap((tenths) => [readerModel.imageTokenId, timeId(tenths)]);
  const told = answer === undefined ? [id("none")] : answer.map(timeId);
  const ids = [id("<bos>"), ...frames, id("<answer>"), ...told, id("<eos>")];
  const asked = 2 + frames.length;
  return {
    ids: Int32Array.from(ids),
    lossMask: Uint8Array.from(ids, (_, i) => Number(i >= asked)),
    imageStarts: times.map((_, frame) => 1 + 2 * frame),
  };
}

/** The inputs for `readerTraining.batch` clips of `shownFrames` frames; fewer would shift the frames of the clips after it. */
export function readerFeeds(clips: readonly ReaderClip[]): Record<string, Feed> {
  const short = clips.find(({ times }) => times.length !== shownFrames);
  if (short !== undefined) throw new Error(`a clip shows ${short.times.length} frames; expected ${shownFrames}`);
  const placed = clips.map((clip, row) => ({ sequence: sequenceOf(clip), place: { row, start: 0 } }));
  const { feeds } = packedFeeds(placed, shape, readerModel.text, readerModel.tokensPerImage);
  const plane = frameSide * frameSide;
  const data = new Float32Array(clips.length * shownFrames * 3 * plane);
  for (const [c, { pixels }] of clips.entries())
    for (let f = 0; f < shownFrames; f++)
      for (let channel = 0; channel < 3; channel++) {
        const at = ((c * shownFrames + f) * 3 + channel) * plane;
        for (let i = 0; i < plane; i++) data[at + i] = pixels[f * plane + i] / 127.5 - 1;
      }
  return { ...feeds, pixels: { data, dims: [clips.length * shownFrames, 3, frameSide, frameSide] } };
}

/** Answers to clips, token by token: tenths of a second, or undefined for "none". */
export async function readSpans(
  clips: readonly ReaderClip[],
  forward: TrainingStep,
): Promise<(readonly [number, number] | undefined)[]> {
  const { batch } = readerTraining;
  const spans: (readonly [number, number] | undefined)[] = [];
  const times = Array.from({ length: longest + 1 }, (_, tenths) => timeId(tenths));
  for (let start = 0; start < clips.length; start += batch) {
    // The last batch is padded with repetitions that are not counted.
    const own = Array.from({ length: batch }, (_, i) => clips[Math.min(start + i, clips.length - 1)]);
    // Placeholders: only what stands before a position decides about it.
    const run = async (answers: readonly (readonly [number, number])[]) => {
      const { outputs } = await forward.run(readerFeeds(own.map((clip, i) => ({ ...clip, answer: answers[i] }))));
      return (row: number, position: number, choices: readonly number[]) => {
        const at = (row * answersEach + position) * vocabSize;
        const logit = (token: number) => outputs.logits.data[at + token];
        return choices.reduce((best, token) => (logit(token) > logit(best) ? token : best), choices[0]);
      };
    };
    const first = await run(own.map(() => [0, 0]));
    const from = own.map((_, row) => first(row, 0, [id("none"), ...times]));
    const second = await run(from.map((token) => [Math.max(0, token - special.length), 0]));
    for (let row = 0; row < batch && start + row < clips.length; row++)
      spans.push(
        from[row] === id("none") ? undefined : [from[row] - special.length, second(row, 1, times) - special.length],
      );
  }
  return spans;
}
