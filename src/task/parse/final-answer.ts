/** `Final Answer: X`, as models really write it: bold, boxed, in parentheses, on the next line, or as `the final answer is X`. */

export interface FinalAnswer {
  /** What follows the last mark, to the end of the text. */
  readonly rest: string;
  /** The first line of it that is not empty, without decoration. */
  readonly line: string;
  /** What stood before the mark. */
  readonly reasoning: string;
}

const mark = /(?:\*\*|__|#+\s*)?(?:the\s+)?final\s+answer\b(?:\s+is)?\s*(?:\*\*|__)?\s*:?\s*(?:\*\*|__)?\s*:?/gi;

/** The last mark wins: models repeat the wording of the question before they answer it. */
export function findFinalAnswer(text: string): FinalAnswer | undefined {
  const marks = [...text.matchAll(mark)];
  const last = marks.at(-1);
  if (last === undefined) return undefined;
  const rest = text.slice(last.index + last[0].length).trim();
  const line = rest.split("\n").find((candidate) => undecorated(candidate) !== "") ?? "";
  return { rest, line: undecorated(line), reasoning: text.slice(0, last.index).trim() };
}

/** Without the marks of emphasis, boxes, quotes and a closing full stop around an answer. */
export function undecorated(answer: string): string {
  let bare = answer.trim();
  for (let before = ""; before !== bare; ) {
    before = bare;
    bare = bare
      .replace(/^\$?\s*\\boxed\{(.*)\}\s*\$?\.?$/, "$1")
      .replace(/^\\text\{(.*)\}$/, "$1")
      .replace(/^(\*\*|__|\*|_|`|"|'|“)(.*?)(\*\*|__|\*|_|`|"|'|”)?$/, "$2")
      .replace(/(\*\*|__|`|"|”)$/, "")
      .replace(/^\((.*)\)$/, "$1")
      .replace(/[.;,]+$/, "")
      .trim();
  }
  return bare;
}
