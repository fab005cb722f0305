/**
 * TxGemma's answers: `(A)` or `(B)`, where (B) is the positive class; or a number 000 to 1000 that represents a value between the minimum and the
 * maximum of the training set. Without these limits the number is only a rank, and is reported as such.
 */
import { PolyclinicError } from "../../base/errors.ts";

const bins = 1000;

export interface ValueLimits {
  minimum: number;
  maximum: number;
}

/** @throws PolyclinicError `therapeutics/limits` when the limits are not numbers, or not in order. */
function checked({ minimum, maximum }: ValueLimits): number {
  if (!(maximum > minimum) || !Number.isFinite(maximum - minimum))
    throw new PolyclinicError("therapeutics/limits", "the limits of a regression are not an interval", {
      expected: "two numbers, the smaller first",
      found: `${minimum}, ${maximum}`,
    });
  return maximum - minimum;
}

/** A value in the model's format, at least three digits; values beyond the limits are clamped. */
export function toBin(value: number, limits: ValueLimits): string {
  const share = (value - limits.minimum) / checked(limits);
  return String(Math.round(bins * Math.min(1, Math.max(0, share)))).padStart(3, "0");
}

/** The inverse, accurate to (maximum - minimum) / 2000. */
export function fromBin(bin: number, limits: ValueLimits): number {
  return limits.minimum + (bin / bins) * checked(limits);
}

export type TherapeuticAnswer =
  | { kind: "binary"; positive: boolean }
  | { kind: "regression"; bin: number; value?: number }
  | { kind: "generation"; smiles: string[] }
  | { kind: "unparsed"; text: string; reason: string };

/** Never throws: an unparsed answer is returned with the reason. */
export function parseTherapeuticAnswer(
  text: string,
  kind: "binary" | "regression" | "generation",
  limits?: ValueLimits,
): TherapeuticAnswer {
  const line = text.replace(/^\s*Answer:\s*/i, "").trim();
  const unparsed = (reason: string): TherapeuticAnswer => ({ kind: "unparsed", text, reason });
  if (kind === "binary") {
    const letters = [...line.matchAll(/\(([A-Za-z])\)/g)].map((match) => match[1].toUpperCase());
    const letter = letters[0] ?? /^([AB])\b/.exec(line)?.[1];
    if (letter === undefined) return unparsed("neither (A) nor (B)");
    if (new Set(letters).size > 1) return unparsed("both (A) and (B)");
    return letter === "A" || letter === "B"
      ? { kind, positive: letter === "B" }
      : unparsed(`(${letter}) is not an option`);
  }
  if (kind === "regression") {
    const digits = /^(\d{1,4})(?!\d|\.\d)/.exec(line)?.[1];
    if (digits === undefined) return unparsed("no number from 000 to 1000");
    const bin = Number(digits);
    if (bin > bins) return unparsed(`${bin} is more than 1000`);
    return { kind, bin, ...(limits && { value: fromBin(bin, limits) }) };
  }
  const smiles = line.split(/\s/)[0]?.split(".").filter(Boolean) ?? [];
  return smiles.length === 0 ? unparsed("no SMILES") : { kind, smiles };
}

/** Probability of (B) among the two options, from the log-likelihoods of their texts. */
export function positiveProbability(logLikelihoodA: number, logLikelihoodB: number): number {
  return 1 / (1 + Math.exp(logLikelihoodA - logLikelihoodB));
}
