/** McNemar's test of two models on the same yes/no cases (1947). */
import { requireCount, requireSameLength, undefinedMeasure } from "../input.ts";
import { binomialLower, chiSquareUpper } from "../special/index.ts";
import type { TestResult } from "./alternative.ts";

/** Numbers of paired cases on which two classifiers differ. */
export interface DiscordantPairs {
  /** Right by the first, wrong by the second. */
  readonly firstOnly: number;
  /** Wrong by the first, right by the second. */
  readonly secondOnly: number;
}

/** Counts the pairs in which exactly one of two classifiers is correct. Both lists are over the same cases. */
export function discordantPairs(firstRight: readonly boolean[], secondRight: readonly boolean[]): DiscordantPairs {
  requireSameLength("McNemar test", firstRight, secondRight);
  let firstOnly = 0;
  let secondOnly = 0;
  for (let i = 0; i < firstRight.length; i++) {
    if (firstRight[i] && !secondRight[i]) firstOnly++;
    if (!firstRight[i] && secondRight[i]) secondOnly++;
  }
  return { firstOnly, secondOnly };
}

/**
 * Two-sided. With b and c discordant pairs: `plain` chi-square (b - c)^2 / (b + c); `corrected` (|b - c| - 1)^2 / (b + c) (Edwards 1948; 0 for b = c);
 * `exact` binomial, whose statistic is min(b, c). Papers often do not state which one they use; reports should. `exact` keeps its level for any counts; `plain` needs about 25
 * discordant pairs. Without a discordant pair `exact` gives p = 1, the others are undefined.
 */
export function mcnemarTest(
  { firstOnly, secondOnly }: DiscordantPairs,
  variant: "plain" | "corrected" | "exact",
): TestResult {
  requireCount("McNemar test", "a count", firstOnly);
  requireCount("McNemar test", "a count", secondOnly);
  const n = firstOnly + secondOnly;
  if (variant === "exact") {
    const least = Math.min(firstOnly, secondOnly);
    return { statistic: least, p: Math.min(1, 2 * binomialLower(least, n, 0.5)) };
  }
  if (n === 0) throw undefinedMeasure("McNemar test", "no pair is discordant", 'Use "exact", which gives p = 1.');
  const difference = Math.abs(firstOnly - secondOnly);
  const statistic = (variant === "plain" ? difference : Math.max(0, difference - 1)) ** 2 / n;
  return { statistic, p: chiSquareUpper(statistic, 1) };
}
