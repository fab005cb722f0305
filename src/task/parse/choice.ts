/** The closed answer that a text names; undefined if it names none or is ambiguous. */
import { findFinalAnswer, undecorated } from "./final-answer.ts";
import { maxAnswerLength } from "./longest.ts";

export interface Chosen {
  readonly choice: string;
  readonly reasoning?: string;
}

/** A longer line is running text and not a choice. */
const maxLineLength = 4000;
/** Number of lines below the first that are checked for other choices. */
const linesCompared = 100;

/**
 * The choice given as the answer in a model's text.
 *
 * With a `Final Answer` mark, only the text after the last mark counts. Without one, the text must be, or begin with, a choice; a
 * choice mentioned somewhere in running text is not an answer.
 */
export function parseChoice(text: string, choices: readonly string[]): Chosen | undefined {
  if (text.length > maxAnswerLength) return undefined;
  const final = findFinalAnswer(text);
  if (final !== undefined) {
    const choice = choiceOf(final.line, choices);
    if (choice === undefined) return undefined;
    return final.reasoning === "" ? { choice } : { choice, reasoning: final.reasoning };
  }
  const [first = "", ...others] = linesOf(text.trim(), linesCompared);
  const choice = choiceOf(undecorated(first), choices);
  if (choice === undefined) return undefined;
  // A list of the choices, one per line, is the question repeated and not an answer.
  const rest = new Set(choices.filter((other) => other !== choice).map(normal));
  if (others.some((line) => line.length <= maxLineLength && rest.has(normal(line)))) return undefined;
  return { choice };
}

/** The first line, and this many of the others that are not blank. */
function linesOf(text: string, most: number): string[] {
  const lines: string[] = [];
  for (let from = 0; from <= text.length && lines.length <= most; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? undefined : end);
    if (lines.length === 0 || line.trim() !== "") lines.push(line);
    if (end < 0) break;
    from = end + 1;
  }
  return lines;
}

function choiceOf(answer: string, choices: readonly string[]): string | undefined {
  if (answer.length > maxLineLength) return undefined;
  const answerText = normal(
    answer.replace(/^(?:the\s+)?(?:correct\s+)?(?:answer|diagnosis|option|choice)\s*(?:is|:)\s*/i, ""),
  );
  if (answerText === "") return undefined;
  const equal = choices.filter((choice) => normal(choice) === answerText);
  if (equal.length === 1) return equal[0];
  const letters = choices.every((choice) => /^[A-Za-z]$/.test(choice));
  if (letters) {
    // `(B) oedema`, `B: oedema`: a separator must follow the letter, so that `Amlodipine` or `a fracture` is not A.
    const letter = /^\(?([A-Za-z])\s*[):.](?:\s|$)/.exec(answer.trim())?.[1];
    return choices.find((choice) => letter !== undefined && normal(choice) === normal(letter));
  }
  const matching = choices.filter((choice) => beginsWith(answerText, normal(choice)));
  const longest = matching.sort((a, b) => b.length - a.length)[0];
  if (longest === undefined) return undefined;
  // `normal or pneumonia` names two: that is not an answer. Yes and no are common words and do not count as a second choice.
  const rest = answerText.slice(normal(longest).length);
  const second = choices.some(
    (choice) =>
      !matching.includes(choice) && !/^(?:yes|no)$/i.test(choice) && ` ${rest} `.includes(` ${normal(choice)} `),
  );
  const eitherOr =
    /^ (?:or|and|\/) /.test(`${rest} `) && choices.some((choice) => beginsWith(rest.slice(4).trim(), normal(choice)));
  return second || eitherOr ? undefined : longest;
}

function beginsWith(answerText: string, choice: string): boolean {
  return answerText === choice || answerText.startsWith(`${choice} `);
}

/** Lower case, punctuation replaced by spaces, single spaces between words. */
function normal(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}+\-%/.]+/gu, " ")
    .replace(/\.(?=\s|$)/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}
