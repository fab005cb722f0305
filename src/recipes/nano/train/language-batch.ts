/** Batches of the generative stage: examples packed into rows, their encoded images gathered into one tensor. */

import type { MixturePosition } from "../../../learn/data/order.ts";
import { type BatchShape, Packer, packedFeeds } from "../../../learn/language/pack.ts";
import type { TrainingSequence } from "../../../learn/language/sequence.ts";
import type { MultimodalConfig } from "../../../nn/index.ts";
import type { PromptSource } from "../../../text/index.ts";
import type { MeasuredBatch } from "../../answer-losses.ts";
import { type NanoExample, NanoExamples } from "./examples.ts";
import type { NanoPixels } from "./pixels.ts";
import type { Split } from "./splits.ts";
import type { PooledVariants } from "./variants.ts";

export interface NanoBatch extends MeasuredBatch {
  readonly answerTokens: number;
  readonly images: number;
}

/**
 * The information of a closed answer is in one of its five tokens; boxes and volumes have many informative tokens out
 * of dozens. Weighting tokens by 1 / sqrt(answer length) balances the two.
 */
const tokenWeight = (answerTokens: number) => answerTokens ** -0.5;

export class NanoBatches {
  private readonly examples: NanoExamples;
  /** Drawn, but without room in the last batch. */
  private waiting: { example: NanoExample; sequence: TrainingSequence; before: MixturePosition } | undefined;

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

  get position(): MixturePosition {
    return this.waiting?.before ?? this.examples.position;
  }

  set position(position: MixturePosition) {
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
      answers: packer.placed.map(({ sequence }) => sequence.lossMask.filter(Boolean)),
    };
  }
}
