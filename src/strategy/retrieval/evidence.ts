/**
 * Relevance of passages to a question. A model copies from its prompt, so an irrelevant passage does not just leave an
 * answer unchanged but harms it (measured in docs/strategies.md). Search results, summaries and rationales are
 * therefore checked by their words before a model reads them.
 */

import type { Message } from "../../model/contract.ts";
import { tokenise } from "../../records/chart/tokens.ts";
import { letteredOptions } from "../../task/lettered.ts";

export interface QuestionTerms {
  /** Words of the case and the question, without the options and without words common to all questions. */
  readonly words: ReadonlySet<string>;
  /** For each option, the words that not all options share; empty if the question has no lettered options. */
  readonly options: readonly ReadonlySet<string>[];
  /** The options as written. */
  readonly optionTexts: readonly string[];
}

/** Stop words. */
const common = new Set(
  `a about after all also an and any are as at be because been before being between both but by can could did do does each either few for from further
  had has have having he her here hers him his how i if in into is it its just like likely may me might more most must my no nor not of off often on once one only
  or other our out over own same she should show so some such than that the their them then there these they this those through to too under until up use
  used very was we were what when where which while who whom why will with would you your answer case common option patient question result say source best step
  first next final following`.split(/\s+/),
);

export const wordsOf = (text: string): Set<string> =>
  new Set(tokenise(text).flatMap(({ word }) => (common.has(word) ? [] : [word])));

/** @param messages the question; options are those lettered `(A) ...` at the end of its last text, before any instruction on how to answer. */
export function questionTermsOf(messages: readonly Message[]): QuestionTerms {
  const text = (messages.at(-1)?.content ?? []).flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
  const lines = text.split("\n");
  const last = lines.findLastIndex((line) => /^\s*\(?[A-J][).:]\s+\S/.test(line));
  const lettered = last < 0 ? undefined : letteredOptions(lines.slice(0, last + 1).join("\n"));
  if (lettered === undefined) return { words: wordsOf(text), options: [], optionTexts: [] };
  const optionTexts = lettered.options.map((option) => option.text);
  const all = optionTexts.map(wordsOf);
  const options = all.map((own) => new Set([...own].filter((word) => !all.every((other) => other.has(word)))));
  return { words: wordsOf(lettered.stem), options, optionTexts };
}

const shares = (words: Iterable<string>, with_: ReadonlySet<string>) => {
  for (const word of words) if (with_.has(word)) return true;
  return false;
};

/** Whether a text names one of the options by a distinguishing word; true if the question has no options. */
export const namesAnOption = (text: string, { options }: QuestionTerms): boolean => {
  if (options.length === 0) return true;
  const words = wordsOf(text);
  return options.some((option) => shares(option, words));
};

/**
 * Whether a passage is relevant: it names an option, and a specific word of what was searched for.
 *
 * @param about words of the case, a claim or a query; words of options among them do not count.
 * @param isSpecific whether few passages of the corpus contain a word.
 */
export function isRelevant(
  passage: string,
  question: QuestionTerms,
  about: ReadonlySet<string>,
  isSpecific: (word: string) => boolean,
): boolean {
  if (!namesAnOption(passage, question)) return false;
  return [...wordsOf(passage)].some(
    (word) => about.has(word) && isSpecific(word) && !question.options.some((option) => option.has(word)),
  );
}

/**
 * Unsupported citations `[1]` of an answer: the passage names none of the options named just before the citation, or
 * nothing of the case mentioned on its line; or the number has no passage.
 *
 * @param sources the passages, in the order of their numbers.
 */
export function falseCitations(
  text: string,
  sources: readonly { readonly text: string }[],
  question: QuestionTerms,
): number[] {
  const wrong: number[] = [];
  const isOption = (word: string) => question.options.some((option) => option.has(word));
  for (const line of text.split("\n")) {
    const caseWords = [...wordsOf(line)].filter((word) => question.words.has(word) && !isOption(word));
    let from = 0;
    for (const match of line.matchAll(/\[(\d{1,3})\]/g)) {
      const named = [...wordsOf(line.slice(from, match.index))].filter(isOption);
      from = match.index + match[0].length;
      const read = wordsOf(sources[Number(match[1]) - 1]?.text ?? "");
      const holds = (summaryWords: readonly string[]) => summaryWords.length === 0 || shares(summaryWords, read);
      if (read.size === 0 || !holds(named) || !holds(caseWords)) wrong.push(Number(match[1]));
    }
  }
  return wrong;
}

/** Whether an argument is about the question: it names one of the options, or something of the case if there are none. */
export const argues = (text: string, question: QuestionTerms): boolean =>
  question.options.length > 0 ? namesAnOption(text, question) : shares(wordsOf(text), question.words);

/**
 * Whether a summary names an option that its document does not, which means that it contains an expectation instead of
 * the document's content.
 */
export function adds(summary: string, document: string, { options }: QuestionTerms): boolean {
  const [summaryWords, read] = [wordsOf(summary), wordsOf(document)];
  return options.some((option) => [...option].some((word) => summaryWords.has(word) && !read.has(word)));
}
