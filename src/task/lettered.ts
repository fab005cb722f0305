/** Exam questions: multiple choice with lettered options, one per line at the end. */

export interface Lettered {
  /** The text before the options. */
  readonly stem: string;
  readonly options: readonly { readonly letter: string; readonly text: string }[];
}

const line = /^\s*\(?([A-J])[).:]\s+(\S.*)$/;

/** Undefined where the question does not end in at least two options, lettered from A on. */
export function letteredOptions(question: string): Lettered | undefined {
  const lines = question.trimEnd().split("\n");
  let first = lines.length;
  while (first > 0 && line.test(lines[first - 1])) first--;
  const options = lines.slice(first).map((text) => {
    const [, letter, words] = line.exec(text)!;
    return { letter, text: words.trim() };
  });
  const inOrder = options.every(({ letter }, i) => letter === "ABCDEFGHIJ"[i]);
  if (options.length < 2 || !inOrder || first === 0) return undefined;
  return { stem: lines.slice(0, first).join("\n").trim(), options };
}

/** Splits a case from its exam question: the last paragraph, if it ends in options. */
export function caseAndQuestion(text: string): { caseText: string; question: string } | undefined {
  const blocks = text.trim().split(/\n\s*\n/);
  const question = blocks.at(-1)!;
  if (blocks.length < 2 || letteredOptions(question) === undefined) return undefined;
  return { caseText: blocks.slice(0, -1).join("\n\n").trim(), question: question.trim() };
}
