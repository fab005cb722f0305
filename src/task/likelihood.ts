/** Closed answers by likelihood: scores the possible answers without generating text. */
import type { Generator, Message, ScoreResult } from "../model/contract.ts";
import { finalAnswer } from "../prompts/index.ts";
import type { LabelProbability } from "./result.ts";

/** Each label's probability and log-likelihood as the final answer to one prompt. */
export async function scoreAnswers(
  score: NonNullable<Generator["score"]>,
  messages: readonly Message[],
  labels: readonly string[],
  options: Parameters<NonNullable<Generator["score"]>>[2],
): Promise<LabelProbability[]> {
  const continuations = labels.map(finalAnswer);
  const scores = await score(messages, continuations, options);
  const probabilities = probabilitiesOf(continuations, scores);
  return labels.map((label, i) => ({ label, probability: probabilities[i], logLikelihood: scores[i].logLikelihood }));
}

/**
 * Probabilities over `continuations`, which sum to 1: a softmax of their summed log-likelihoods.
 *
 * The likelihood of a continuation includes all texts that begin with it. If one is a prefix of another (`pneumonia` and `pneumonia,
 * viral`), the likelihood of the longer one is subtracted from the shorter one, so that each stands only for itself.
 */
export function probabilitiesOf(continuations: readonly string[], scores: readonly ScoreResult[]): number[] {
  const highest = Math.max(...scores.map(({ logLikelihood }) => logLikelihood));
  const weights = scores.map(({ logLikelihood }) => Math.exp(logLikelihood - highest));
  const own = weights.map((weight, i) => {
    const longer = continuations
      .map((_, j) => j)
      .filter((j) => j !== i && continuations[j] !== continuations[i] && continuations[j].startsWith(continuations[i]))
      // Only the next longer one: still longer ones are already included in it.
      .filter((j, _, all) => !all.some((k) => k !== j && continuations[j].startsWith(continuations[k])));
    return Math.max(
      0,
      longer.reduce((left, j) => left - weights[j], weight),
    );
  });
  const total = own.reduce((sum, weight) => sum + weight, 0);
  return own.map((weight) => weight / total);
}
