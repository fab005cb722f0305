/** Short answers: exact match and token overlap (Rajpurkar et al. 2016, SQuAD). */
import { requireCases } from "../input.ts";
import { countRuns, harmonic, type PrecisionRecallF, sharedCount, words } from "./tokens.ts";

const punctuation = /[!-/:-@[-`{-~]/g;
// Word boundaries by Unicode letters: JavaScript's \b would find an article "a" inside "théa".
const articles = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;

/** SQuAD's normal form: lower case, without ASCII punctuation, without a, an, the, single spaces. */
export const squadNormalForm = (text: string): string =>
  words(text.toLowerCase().replace(punctuation, "").replace(articles, " ")).join(" ");

/**
 * How two answers are compared. `verbatim`: character by character; `case-folded`: lower case, outer and repeated spaces removed;
 * `squad`: `squadNormalForm`.
 */
export type MatchVariant = "verbatim" | "case-folded" | "squad";

/** True when the prediction equals one of the references (`em@squad` and so on). Closed accuracy is its mean over the closed questions. */
export function exactMatch(predicted: string, references: readonly string[], variant: MatchVariant): boolean {
  requireCases("exact match", references);
  const form = {
    verbatim: (text: string) => text,
    "case-folded": (text: string) => words(text.toLowerCase()).join(" "),
    squad: squadNormalForm,
  }[variant];
  const predictedText = form(predicted);
  return references.some((reference) => form(reference) === predictedText);
}

/**
 * Token precision, recall and F1 of SQuAD, 0 to 1 (`token-f1@squad`, `token-recall@squad`): overlap of the words of the normal forms, with
 * multiplicity. When either normal form is empty, 1 if both are, else 0 (SQuAD 2.0). The mean over items is the score of a set.
 */
export function tokenOverlap(predicted: string, reference: string): PrecisionRecallF {
  const predictedText = words(squadNormalForm(predicted));
  const referenceWords = words(squadNormalForm(reference));
  if (predictedText.length === 0 || referenceWords.length === 0) {
    const value = predictedText.length === referenceWords.length ? 1 : 0;
    return { precision: value, recall: value, f: value };
  }
  return harmonic(
    sharedCount(countRuns(predictedText, 1), countRuns(referenceWords, 1)),
    predictedText.length,
    referenceWords.length,
  );
}

/** The highest token F1 over references (SQuAD's rule for several). */
export function tokenF1(predicted: string, references: readonly string[]): number {
  requireCases("token F1", references);
  return Math.max(...references.map((reference) => tokenOverlap(predicted, reference).f));
}
