/**
 * Parses `Final Answer: X` as models write it in practice: bold, boxed, in parentheses, on the next line, or as `the final answer is X`. Every step is linear in
 * the length of any text.
 */

import { maxAnswerLength } from "./longest.ts";

export interface FinalAnswer {
  /** What follows the last mark, to the end of the text. */
  readonly rest: string;
  /** The first line of it that is not empty, without decoration. */
  readonly line: string;
  /** The text before the mark. */
  readonly reasoning: string;
}

const mark = /final\s+answer\b(?:\s+is\b)?\s*(?:\*\*|__)?\s*:?\s*(?:\*\*|__)?\s*:?/gi;
/** Decoration that belongs to the mark and precedes it, within this many characters. */
const before = /(?:\*\*|__|#{1,6}\s{0,8})?(?:\bthe\s{1,8})?$/i;
const beforeLength = 40;

/** The last mark wins: models repeat the wording of the question before they answer it. */
export function findFinalAnswer(text: string): FinalAnswer | undefined {
  if (text.length > maxAnswerLength) return undefined;
  let last: RegExpExecArray | undefined;
  for (const found of text.matchAll(mark)) last = found;
  if (last === undefined) return undefined;
  const rest = text.slice(last.index + last[0].length).trim();
  const lead = before.exec(text.slice(Math.max(0, last.index - beforeLength), last.index))![0];
  return { rest, line: firstLine(rest), reasoning: text.slice(0, last.index - lead.length).trim() };
}

/** The first line with anything in it, without decoration. */
function firstLine(text: string): string {
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = undecorated(text.slice(from, end < 0 ? undefined : end));
    if (line !== "") return line;
    if (end < 0) break;
    from = end + 1;
  }
  return "";
}

const opening = ["**", "__", "*", "_", "`", '"', "'", "“"];
const closing = ["**", "__", "*", "_", "`", '"', "'", "”"];
/** Closing characters that are removed from the end if unmatched. */
const strayClosing = ["**", "__", "`", '"', "”"];

/** A longer line is running text, whose marks are its own. */
const maxDecoratedLength = 4000;

/** Removes emphasis, boxes, quotes and a final full stop around an answer. Works inwards from both ends, so each character is removed at most once. */
export function undecorated(answer: string): string {
  if (answer.length > maxDecoratedLength) return answer.trim();
  let [from, to] = [0, answer.length];
  let newline = -1;
  const trim = () => {
    while (from < to && isSpace(answer, from)) from++;
    while (from < to && isSpace(answer, to - 1)) to--;
  };
  const begins = (words: string) => to - from >= words.length && answer.startsWith(words, from);
  const ends = (words: string, least = from) => to - least >= words.length && answer.endsWith(words, to);
  const oneLine = () => {
    if (newline < from) newline = answer.indexOf("\n", from);
    if (newline < 0) newline = answer.length;
    return newline >= to;
  };
  /** `\boxed{...}` with dollars around it and a full stop, `\text{...}`. */
  const unboxed = () => {
    let [inner, outer] = [from, to];
    if (answer[inner] === "$") inner++;
    while (inner < outer && isSpace(answer, inner)) inner++;
    if (!answer.startsWith("\\boxed{", inner)) return;
    if (answer[outer - 1] === ".") outer--;
    if (answer[outer - 1] === "$") outer--;
    while (inner < outer && isSpace(answer, outer - 1)) outer--;
    if (answer[outer - 1] === "}" && outer - 1 >= inner + 7) [from, to] = [inner + 7, outer - 1];
  };
  trim();
  for (let left = -1; left !== to - from; ) {
    left = to - from;
    if (oneLine()) {
      unboxed();
      if (begins("\\text{") && ends("}", from + 6)) [from, to] = [from + 6, to - 1];
      const opened = opening.find(begins);
      if (opened !== undefined) {
        from += opened.length;
        to -= closing.find((one) => ends(one))?.length ?? 0;
      }
    }
    to -= strayClosing.find((one) => ends(one))?.length ?? 0;
    if (oneLine() && begins("(") && ends(")", from + 1)) [from, to] = [from + 1, to - 1];
    while (from < to && ".;,".includes(answer[to - 1])) to--;
    trim();
  }
  return answer.slice(from, to);
}

function isSpace(text: string, at: number): boolean {
  const c = text.charCodeAt(at);
  return c === 32 || (c >= 9 && c <= 13) || c === 0xa0 || (c > 0xa0 && text[at].trim() === "");
}
