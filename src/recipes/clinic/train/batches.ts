/** Batches of the clinic's training: examples by index, packed into rows. */
import { type BatchShape, Packer, packedFeeds } from "../../../learn/language/pack.ts";
import { type TrainingSequence, trainingSequence } from "../../../learn/language/sequence.ts";
import type { GemmaConfig } from "../../../nn/index.ts";
import type { PromptBuilder } from "../../../text/index.ts";
import type { MeasuredBatch } from "../../answer-losses.ts";
import { exampleAt } from "./examples.ts";

/**
 * Prompt tokens are trained too, with a smaller weight: the repetitions in them (a result names its disease twice, and
 * the signs of the case) teach copying long before the answers do. Only for every second example, because the
 * vocabulary head costs as much as the rest of the network.
 */
const promptWeight = 0.2;

export interface ClinicBatch extends MeasuredBatch {
  readonly answerTokens: number;
}

export class ClinicBatches {
  /** Index of the next example. */
  position = 0;

  constructor(
    private readonly builder: PromptBuilder,
    private readonly model: GemmaConfig,
    private readonly shape: BatchShape,
    private readonly seed: number,
    private readonly stage: 1 | 2 = 1,
  ) {}

  next(): ClinicBatch {
    const packer = new Packer(this.shape);
    const tasks: string[] = [];
    for (;;) {
      const { task, sequence } = sequenceAt(this.builder, this.seed, this.position, this.stage);
      // A second opinion on a long case may not fit into a row; it is skipped.
      if (sequence.ids.length <= this.shape.tokens) {
        if (!packer.add(sequence)) break;
        tasks.push(task);
      }
      this.position++;
    }
    const { feeds, answerTokens } = packedFeeds(packer.placed, this.shape, this.model, 0);
    const answers = packer.placed.map(({ sequence }) => isAnswer.get(sequence)!);
    weigh(feeds.answerWeights.data as Float32Array, answers);
    const { ids, positions, localBias, globalBias, answerRows, targets, answerWeights } = feeds;
    return {
      // A decoder without images has no soft token rows.
      feeds: { ids, positions, localBias, globalBias, answerRows, targets, answerWeights },
      answerTokens,
      tasks,
      answers,
    };
  }
}

export function sequenceAt(
  builder: PromptBuilder,
  seed: number,
  index: number,
  stage: 1 | 2,
): { task: string; sequence: TrainingSequence } {
  const { task, prompt, answer } = exampleAt(seed, index, stage);
  const text = (words: string) => [{ type: "text" as const, text: words }];
  const sequence = trainingSequence(builder, [
    { role: "user", content: text(prompt) },
    { role: "assistant", content: text(answer) },
  ]);
  const learned = index % 2 === 0 ? sequence.lossMask : new Uint8Array(sequence.ids.length).fill(1, 1);
  const whole = { ...sequence, learned };
  isAnswer.set(
    whole,
    sequence.lossMask.filter((_, i) => learned[i] === 1),
  );
  return { task, sequence: whole };
}

const isAnswer = new WeakMap<TrainingSequence, Uint8Array>();

/** Normalised weights of the target tokens; padding rows have weight zero. */
function weigh(weights: Float32Array, answers: readonly Uint8Array[]): void {
  let at = 0;
  let total = 0;
  for (const own of answers)
    for (const answer of own) {
      weights[at] = answer === 1 ? 1 : promptWeight;
      total += weights[at++];
    }
  for (let i = 0; i < at; i++) weights[i] /= total;
}
