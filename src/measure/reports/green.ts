/** The GREEN score from the counts of the user's own GREEN run. */
import { requireCount, undefinedMeasure } from "../input.ts";

/**
 * matched / (matched + clinically significant errors), 0 to 1 (Ostmeier et al. 2024, arXiv 2405.03595). A report without matched findings
 * scores 0. Undefined when nothing matched and nothing is wrong (both reports without findings).
 *
 * @param significantErrors counts of the six kinds: false finding, missing finding, wrong location, wrong severity, comparison not in the
 * reference, comparison omitted. The judging model and its version are part of the metric's name.
 */
export function greenScore(matched: number, significantErrors: readonly number[]): number {
  requireCount("GREEN", "matched findings", matched);
  for (const count of significantErrors) requireCount("GREEN", "significant errors", count);
  const errors = significantErrors.reduce((a, b) => a + b, 0);
  if (matched + errors === 0) throw undefinedMeasure("GREEN", "neither a matched finding nor an error was counted");
  return matched / (matched + errors);
}
