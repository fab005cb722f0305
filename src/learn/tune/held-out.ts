/**
 * Measures a model on held-out examples: the loss on the reference answers and, with declared labels, the accuracy by
 * likelihood.
 */
import type { Work } from "../../base/progress.ts";
import { wilsonInterval } from "../../measure/index.ts";
import type { Example } from "../data/index.ts";
import type { BatchShape } from "../language/pack.ts";
import type { TrainingStep } from "../step.ts";
import type { Base } from "./base.ts";
import { batchesOf, type Item, type ItemOptions, itemOf, learnedOf } from "./batches.ts";
import type { TrainingImages } from "./images.ts";

/** Measures on examples that are not trained on. */
export type HeldOutMeasure = {
  /**
   * Mean negative log-likelihood in nats, per answer token (per label for a probe); for pairs, the contrastive loss.
   */
  readonly loss: number;
  /** Fraction of examples whose own label (for pairs: text) is the most likely; only with declared labels. */
  readonly accuracy?: number;
  /** Its 95 % interval. */
  readonly interval?: readonly [number, number];
  /** Number of examples measured. */
  readonly examples: number;
};

/** @param correct number of correct examples, where it can be determined. */
export function measureOf(loss: number, examples: number, correct?: number): HeldOutMeasure {
  if (correct === undefined) return { loss, examples };
  const { low, high } = wilsonInterval(correct, examples);
  return { loss, accuracy: correct / examples, interval: [low, high], examples };
}

export async function heldOut(
  base: Base,
  forward: TrainingStep,
  path: string,
  examples: readonly Example[],
  labels: readonly string[] | undefined,
  options: ItemOptions,
  shape: BatchShape,
  images: TrainingImages | undefined,
  work: Work,
): Promise<HeldOutMeasure> {
  const own = examples.map((example) => itemOf(base, path, example, options));
  const ofAnswers = await likelihoods(base, forward, own, shape, images, work);
  const tokens = own.reduce((sum, item) => sum + learnedOf(item), 0);
  const loss = -ofAnswers.reduce((a, b) => a + b, 0) / tokens;
  if (labels === undefined) return measureOf(loss, examples.length);
  let correct = 0;
  for (const [i, example] of examples.entries()) {
    const others = labels
      .map((label) => answerWith(own[i].answer, label, labels))
      .filter((text) => text !== own[i].answer.trim());
    const items = others.map((text) => itemOf(base, path, example, options, text));
    const ofOthers = await likelihoods(base, forward, items, shape, images, work);
    if (ofOthers.every((value) => value < ofAnswers[i])) correct++;
  }
  return measureOf(loss, examples.length, correct);
}

/** The answer with the label at its end replaced by another. */
function answerWith(answer: string, label: string, labels: readonly string[]): string {
  const text = answer.trim();
  const own = labels.filter((each) => text.endsWith(each)).sort((a, b) => b.length - a.length)[0] ?? text;
  return text.slice(0, text.length - own.length) + label;
}

/** Summed log-likelihood of each item's answer. */
async function likelihoods(
  base: Base,
  forward: TrainingStep,
  items: readonly Item[],
  shape: BatchShape,
  images: TrainingImages | undefined,
  work: Work,
): Promise<number[]> {
  const values: number[] = [];
  for await (const batch of batchesOf(items, shape, base, images, work)) {
    const { outputs } = await forward.run(batch.feeds);
    let at = 0;
    for (const answers of batch.answers) {
      values.push(outputs.logLikelihoods.data.subarray(at, at + answers).reduce((a, b) => a + b, 0));
      at += answers;
    }
  }
  return values;
}
