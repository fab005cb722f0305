/** Questions of exams, which name their options by letter, one on each line at the end. */

export interface Lettered {
  /** What is before the options. */
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

/** A case with its exam question: the last paragraph, where it ends in options. */
export function caseAndQuestion(text: string): { told: string; question: string } | undefined {
  const blocks = text.trim().split(/\n\s*\n/);
  const question = blocks.at(-1)!;
  if (blocks.length < 2 || letteredOptions(question) === undefined) return undefined;
  return { told: blocks.slice(0, -1).join("\n\n").trim(), question: question.trim() };
}
