/** Batches of the generative stage: examples packed into rows, their encoded images gathered into one tensor. */

import type { Position } from "../../../learn/data/order.ts";
import { type BatchShape, Packer, packedFeeds } from "../../../learn/language/pack.ts";
import type { TrainingSequence } from "../../../learn/language/sequence.ts";
import type { Feed, TrainingStep } from "../../../learn/step.ts";
import type { MultimodalConfig } from "../../../nn/index.ts";
import type { PromptSource } from "../../../text/index.ts";
import { type NanoExample, NanoExamples } from "./examples.ts";
import type { NanoPixels } from "./pixels.ts";
import type { Split } from "./splits.ts";
import type { PooledVariants } from "./variants.ts";

export interface NanoBatch {
  readonly feeds: Record<string, Feed>;
  readonly answerTokens: number;
  readonly images: number;
  /** Task and number of answer tokens of each example, in the order of the answers. */
  readonly tasks: readonly string[];
  readonly answers: readonly number[];
}

/**
 * The information of a closed answer is in one of its five tokens; boxes and volumes have many informative tokens out
 * of dozens. Weighting tokens by 1 / sqrt(answer length) balances the two.
 */
const tokenWeight = (answerTokens: number) => answerTokens ** -0.5;

export class NanoBatches {
  private readonly examples: NanoExamples;
  /** Drawn, but without room in the last batch. */
  private waiting: { example: NanoExample; sequence: TrainingSequence; before: Position } | undefined;

  constructor(
    pixels: NanoPixels,
    private readonly pooled: PooledVariants,
    tokenizer: PromptSource,
    private readonly model: MultimodalConfig,
    private readonly shape: BatchShape,
    seed: number,
    split: Split,
  ) {
    this.examples = new NanoExamples(pixels, tokenizer, seed, split);
  }

  get position(): Position {
    return this.waiting?.before ?? this.examples.position;
  }

  set position(position: Position) {
    this.waiting = undefined;
    this.examples.position = position;
  }

  next(): NanoBatch {
    const packer = new Packer(this.shape);
    const taken: NanoExample[] = [];
    for (;;) {
      const before = this.position;
      const { example, sequence } = this.waiting ?? this.examples.next();
      this.waiting = undefined;
      if (!packer.add(sequence)) {
        this.waiting = { example, sequence, before };
        break;
      }
      taken.push(example);
    }
    return this.batchOf(packer, taken);
  }

  private batchOf(packer: Packer, taken: readonly NanoExample[]): NanoBatch {
    const shown = taken.flatMap((example) => example.shown);
    const { size } = this.pooled;
    const pooled = new Float32Array(shown.length * size);
    for (const [i, variant] of shown.entries()) pooled.set(this.pooled.of(variant), i * size);
    const { tokensPerImage, text, vision } = this.model;
    const { feeds, answerTokens } = packedFeeds(packer.placed, this.shape, text, tokensPerImage, tokenWeight);
    return {
      feeds: { ...feeds, pooled: { data: pooled, dims: [shown.length, tokensPerImage, vision.hiddenSize] } },
      answerTokens,
      images: shown.length,
      tasks: taken.map(({ task }) => task),
      answers: packer.placed.map(({ sequence }) => sequence.learned.reduce((a, b) => a + b, 0)),
    };
  }
}

/** Mean negative log-likelihood of an answer token, nats, by task and over all examples. */
export async function measureLanguage(
  batches: NanoBatches,
  step: TrainingStep,
  count: number,
): Promise<Record<string, number>> {
  const sums = new Map<string, { sum: number; n: number }>();
  for (let i = 0; i < count; i++) {
    const { feeds, tasks, answers } = batches.next();
    const { outputs } = await step.run(feeds);
    let at = 0;
    for (const [k, task] of tasks.entries()) {
      const own = outputs.logLikelihoods.data.subarray(at, at + answers[k]);
      at += answers[k];
      for (const name of [task, "loss"]) {
        const entry = sums.get(name) ?? { sum: 0, n: 0 };
        sums.set(name, { sum: entry.sum - own.reduce((a, b) => a + b, 0), n: entry.n + 1 });
      }
    }
  }
  return Object.fromEntries([...sums].map(([name, { sum, n }]) => [name, sum / n]));
}
