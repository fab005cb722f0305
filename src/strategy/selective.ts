import type { Call, Outcome, Strategy, StrategyInput } from "./strategy.ts";
import { votesOf } from "./vote.ts";

/**
 * Answers only if enough replies agree (Med-PaLM: 41 replies). A deferral is a separate outcome, never a guess: `deferred` gives the reason, and
 * `answer` is empty. It is not in the catalogue of evaluations, whose reports compute the whole risk-coverage curve from the votes.
 *
 * @param threshold share of all replies, 0 to 1; `thresholdFor` computes it for a coverage.
 */
export function selective(inner: Strategy, threshold: number): Strategy {
  return {
    name: `selective(${inner.name})`,
    version: inner.version,
    options: { ...inner.options, threshold },
    callsAtMost: inner.callsAtMost,
    async run(input: StrategyInput, call: Call): Promise<Outcome> {
      const outcome = await inner.run(input, call);
      const { answer, confidence } = votesOf(outcome.answer, input.parse);
      if (answer !== undefined && confidence >= threshold) return outcome;
      const deferred =
        answer === undefined
          ? "no reply could be parsed"
          : `${Math.round(100 * confidence)} % of the replies agree, fewer than ${Math.round(100 * threshold)} %`;
      return { ...outcome, answer: [], withheld: outcome.answer, deferred };
    },
  };
}

/** The highest threshold that still answers at least `coverage` (0 to 1) of development questions, given their confidences. */
export function thresholdFor(confidences: readonly number[], coverage: number): number {
  const sorted = [...confidences].sort((a, b) => b - a);
  return sorted[Math.max(0, Math.ceil(coverage * sorted.length) - 1)] ?? 0;
}
