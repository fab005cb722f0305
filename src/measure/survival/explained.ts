/** Variance explained of a yes/no outcome: the usual read-outs of polygenic scores. */
import { invalidInput, requireCases, requireProbabilities, requireSameLength, undefinedMeasure } from "../input.ts";
import { normalDensity, normalQuantile } from "../special/index.ts";

/** Log-likelihood in nats of outcomes under probabilities; -Infinity when an outcome had probability 0. */
export function logLikelihood(probabilities: ArrayLike<number>, positive: ArrayLike<boolean>): number {
  requireSameLength("log-likelihood", probabilities, positive);
  requireCases("log-likelihood", probabilities);
  requireProbabilities("log-likelihood", probabilities);
  let sum = 0;
  for (let i = 0; i < probabilities.length; i++)
    sum += positive[i] ? Math.log(probabilities[i]) : Math.log1p(-probabilities[i]);
  return sum;
}

/**
 * Nagelkerke's R squared (1991), up to 1: Cox and Snell's, 1 - exp(2 (LL0 - LL1) / n), over its largest possible value 1 - exp(2 LL0 / n).
 *
 * @param nullLogLikelihood of the model without the score (intercept and covariates), same cases. Both models fitted by maximum likelihood.
 */
export function nagelkerkeR2(logLikelihood: number, nullLogLikelihood: number, n: number): number {
  if (!(nullLogLikelihood <= 0 && logLikelihood <= 0 && n > 0))
    throw invalidInput(
      "Nagelkerke R2",
      "a log-likelihood is above 0",
      "at most 0",
      `${logLikelihood}, ${nullLogLikelihood}`,
    );
  if (nullLogLikelihood === 0)
    throw undefinedMeasure("Nagelkerke R2", "the null model already predicts perfectly (a single class)");
  return -Math.expm1((-2 * (logLikelihood - nullLogLikelihood)) / n) / -Math.expm1((2 * nullLogLikelihood) / n);
}

/**
 * R squared on the liability scale of a case-control sample (Lee et al. 2012, equation 15), from R squared of a linear model of 0/1 outcomes.
 *
 * @param prevalence in the population, above 0 and below 1.
 * @param caseShare of the sample.
 */
export function liabilityR2(linearR2: number, prevalence: number, caseShare: number): number {
  for (const share of [prevalence, caseShare])
    if (!(share > 0 && share < 1))
      throw invalidInput("liability R2", "a proportion is out of range", "between 0 and 1", String(share));
  const threshold = -normalQuantile(prevalence);
  const height = normalDensity(threshold);
  const meanLiability = height / prevalence;
  const shift = (meanLiability * (caseShare - prevalence)) / (1 - prevalence);
  const theta = shift * (shift - threshold);
  const factor =
    (((prevalence * (1 - prevalence)) / height ** 2) * (prevalence * (1 - prevalence))) / (caseShare * (1 - caseShare));
  return (linearR2 * factor) / (1 + linearR2 * theta * factor);
}
