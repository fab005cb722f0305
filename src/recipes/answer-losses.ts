/** Validation of the generative recipes: the loss of whole answers, by task. */
import type { Feed, TrainingStep } from "../learn/step.ts";

export interface MeasuredBatch {
  readonly feeds: Record<string, Feed>;
  /** Task of each example, in the order of the answers. */
  readonly tasks: readonly string[];
  /** For each example and each target token: 1 if the token belongs to the answer. */
  readonly answers: readonly Uint8Array[];
}

/** Mean negative log-likelihood of a whole answer (the sum over its tokens), in nats, by task and (`loss`) over all examples of `count` batches. */
export async function answerLosses(
  batches: { next(): MeasuredBatch },
  step: TrainingStep,
  count: number,
): Promise<Record<string, number>> {
  const sums = new Map<string, { sum: number; n: number }>();
  for (let i = 0; i < count; i++) {
    const { feeds, tasks, answers } = batches.next();
    const { outputs } = await step.run(feeds);
    let at = 0;
    for (const [k, task] of tasks.entries()) {
      let loss = 0;
      for (const isAnswer of answers[k]) loss -= isAnswer * outputs.logLikelihoods.data[at++];
      for (const name of [task, "loss"]) {
        const { sum, n } = sums.get(name) ?? { sum: 0, n: 0 };
        sums.set(name, { sum: sum + loss, n: n + 1 });
      }
    }
  }
  return Object.fromEntries([...sums].map(([name, { sum, n }]) => [name, sum / n]));
}
