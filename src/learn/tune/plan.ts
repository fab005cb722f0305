/** An estimate of the work and memory of a tuning run, made before it starts. */
import { availableParallelism, freemem } from "node:os";
import { PolyclinicError } from "../../base/errors.ts";
import type { SiglipVisionConfig } from "../../nn/index.ts";
import type { LanguageConfig } from "../language/objective.ts";
import type { BatchShape } from "../language/pack.ts";
import type { DualEncoderConfig } from "../learners/contrastive.ts";

/** What a tuning run will do and what it needs, computed before the first step. */
export interface TunePlan {
  readonly base: string;
  readonly learner: string;
  readonly parametersTrained: number;
  readonly parametersTotal: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
  /** The labels one of which every answer is, where the configuration names them. */
  readonly labels?: readonly string[];
  /** Examples dropped because they exceed the context, by file and line. */
  readonly dropped: readonly string[];
  /** The composition of a batch, as a sentence. */
  readonly batch: string;
  /** Optimizer steps of the whole run. */
  readonly steps: number;
  /** Estimated peak memory, and the free memory of the machine, bytes. */
  readonly memoryBytes: number;
  readonly memoryAvailable: number;
  /** From a timed step; undefined before one was timed. */
  readonly secondsPerStep?: number;
}

/**
 * Estimated memory of a run in bytes: the weights; for each trained tensor its gradient, two moments and one copy; the
 * activations kept for the backward pass; one batch's inputs.
 */
export function memoryOf(
  total: number,
  trained: number,
  config: LanguageConfig,
  { rows, tokens, answers }: BatchShape,
  images: number,
  gradientCheckpointing = false,
): number {
  const { text } = config;
  const positions = rows * tokens;
  // Per position of a layer: four norms and their inputs, q, k, v, mixed, gate, up, their product, and the residual
  // sums.
  const layer = 14 * text.hiddenSize + 6 * text.heads * text.headDim + 5 * text.intermediateSize;
  const scores = 3 * text.heads * rows * tokens * tokens;
  let floats = stacked(text.layers, positions * layer + scores, positions * text.hiddenSize, gradientCheckpointing);
  floats += 4 * answers * text.vocabSize + 2 * positions * tokens;
  if (config.kind !== "gemma") floats += images * towerOf(config.vision, gradientCheckpointing);
  return 4 * (total + 4 * trained + floats);
}

/** The estimate for a dual encoder with this many pairs per batch. */
export function memoryOfPairs(
  total: number,
  { vision, text }: DualEncoderConfig,
  pairs: number,
  gradientCheckpointing: boolean,
): number {
  const texts = blocks(text.maxPositions, text, gradientCheckpointing);
  return 4 * (5 * total + pairs * (towerOf(vision, gradientCheckpointing) + texts) + 4 * pairs ** 2);
}

/** Activations of one image in a vision tower, floats. */
function towerOf(vision: SiglipVisionConfig, gradientCheckpointing: boolean): number {
  const patches = Math.floor(vision.imageSize / vision.patchSize) ** 2;
  return blocks(patches, vision, gradientCheckpointing) + 6 * vision.imageSize ** 2;
}

/** Activations of one sequence in a stack of SigLIP blocks, floats. */
function blocks(
  tokens: number,
  { layers, hiddenSize, intermediateSize, heads }: Omit<SiglipVisionConfig, "imageSize" | "patchSize" | "useHead">,
  gradientCheckpointing: boolean,
): number {
  const block = tokens * (12 * hiddenSize + 4 * intermediateSize) + 3 * heads * tokens ** 2;
  return stacked(layers, block, tokens * hiddenSize, gradientCheckpointing);
}

/**
 * All layers' activations; with checkpointing, every layer's input and the activations of one layer, forward and
 * backward.
 */
const stacked = (layers: number, inside: number, input: number, gradientCheckpointing: boolean) =>
  gradientCheckpointing ? layers * input + 2 * inside : layers * inside;

export function memoryAvailable(): number {
  const known = (process as { availableMemory?: () => number }).availableMemory?.();
  return known ?? freemem();
}

/** @throws learn/plan-too-large when the estimate exceeds 90 % of the free memory. */
export function refuseTooLarge({
  memoryBytes,
  memoryAvailable,
}: Pick<TunePlan, "memoryBytes" | "memoryAvailable">): void {
  if (memoryBytes <= 0.9 * memoryAvailable) return;
  throw new PolyclinicError("learn/plan-too-large", "does not fit into memory", {
    where: "plan",
    expected: `at most ${gigabytes(0.9 * memoryAvailable)}`,
    found: gigabytes(memoryBytes),
    hint: "Lower batch.rows or batch.tokens, set gradientCheckpointing, use learner lora instead of full, or use a smaller base model.",
  });
}

/** The plan as lines of text for the user. */
export function describePlan(plan: TunePlan): string[] {
  const { parametersTrained: trained, parametersTotal: total, steps, secondsPerStep } = plan;
  const share = ((100 * trained) / total).toFixed(trained === total ? 0 : 2);
  return [
    `base       ${plan.base}, ${count(total)} parameters`,
    `learner    ${plan.learner}: ${count(trained)} parameters trained (${share} %)`,
    `data       ${plan.trainExamples} training examples, ${plan.validationExamples} validation examples` +
      (plan.dropped.length > 0
        ? `, ${plan.dropped.length} dropped because they are too long (${plan.dropped.slice(0, 5).join(", ")})`
        : ""),
    ...(plan.labels === undefined ? [] : [`labels     ${plan.labels.join(", ")}`]),
    `batch      ${plan.batch}`,
    `memory     about ${gigabytes(plan.memoryBytes)} of ${gigabytes(plan.memoryAvailable)} free`,
    `steps      ${steps}` +
      (secondsPerStep === undefined
        ? ""
        : `, about ${duration(steps * secondsPerStep)} on ${availableParallelism()} cores`),
  ];
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`;
const count = (n: number) => (n >= 1e6 ? `${(n / 1e6).toFixed(2)} M` : n >= 1e3 ? `${(n / 1e3).toFixed(1)} k` : `${n}`);
const duration = (seconds: number) =>
  seconds < 90
    ? `${Math.ceil(seconds)} s`
    : seconds < 5400
      ? `${Math.round(seconds / 60)} min`
      : `${(seconds / 3600).toFixed(1)} h`;
