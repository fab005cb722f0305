/** Batches of the clinic's run: examples by number, packed into rows. */
import { type BatchShape, Packer, packedFeeds } from "../../../learn/language/pack.ts";
import { type TrainingSequence, trainingSequence } from "../../../learn/language/sequence.ts";
import type { Feed, TrainingStep } from "../../../learn/step.ts";
import type { GemmaConfig } from "../../../nn/index.ts";
import type { PromptBuilder } from "../../../text/index.ts";
import { exampleAt } from "./examples.ts";

/** A long list of copied words must not drown the one letter of an exam: tokens weigh one over the root of the answer's length. */
const tokenWeight = (answerTokens: number) => answerTokens ** -0.5;

export interface ClinicBatch {
  readonly feeds: Record<string, Feed>;
  readonly answerTokens: number;
  readonly tasks: readonly string[];
  /** Answer tokens of each example. */
  readonly answers: readonly number[];
}

export class ClinicBatches {
  /** Number of the next example. */
  position = 0;

  constructor(
    private readonly builder: PromptBuilder,
    private readonly model: GemmaConfig,
    private readonly shape: BatchShape,
    private readonly seed: number,
  ) {}

  next(): ClinicBatch {
    const packer = new Packer(this.shape);
    const tasks: string[] = [];
    for (;;) {
      const { task, sequence } = sequenceAt(this.builder, this.seed, this.position);
      if (!packer.add(sequence)) break;
      tasks.push(task);
      this.position++;
    }
    const { feeds, answerTokens } = packedFeeds(packer.placed, this.shape, this.model, 0, tokenWeight);
    const { ids, positions, localBias, globalBias, answerRows, targets, answerWeights } = feeds;
    return {
      // A decoder without images has no soft rows.
      feeds: { ids, positions, localBias, globalBias, answerRows, targets, answerWeights },
      answerTokens,
      tasks,
      answers: packer.placed.map(({ sequence }) => sequence.learned.reduce((a, b) => a + b, 0)),
    };
  }
}

export function sequenceAt(
  builder: PromptBuilder,
  seed: number,
  index: number,
): { task: string; sequence: TrainingSequence } {
  const { task, prompt, answer } = exampleAt(seed, index);
  const text = (words: string) => [{ type: "text" as const, text: words }];
  const sequence = trainingSequence(builder, [
    { role: "user", content: text(prompt) },
    { role: "assistant", content: text(answer) },
  ]);
  return { task, sequence };
}

/** Mean negative log-likelihood of an answer, in nats, by task and over all examples. */
export async function measureClinic(
  batches: ClinicBatches,
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
