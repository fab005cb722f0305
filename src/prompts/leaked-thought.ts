/**
 * Thoughts that reached the text. In process they are removed by token id; a server that skips special tokens badly, or not at all, lets
 * the span `<unused94>thought ... <unused95>` or a `<think>` block through, and it has to be cut from the text.
 */
export interface SplitThought {
  readonly text: string;
  readonly thought?: string;
  /** True when a thought began and never ended: there is no answer in what follows. */
  readonly unclosed: boolean;
}

const opening = /^\s*(?:<unused94>\s*(?:thought\b)?|<think>)/;
const closing = /<unused95>|<\/think>/g;

export function splitThought(written: string): SplitThought {
  const closings = [...written.matchAll(closing)];
  const open = opening.exec(written);
  if (closings.length > 0) {
    // Everything through the last end mark is thought, even where the server swallowed the beginning mark.
    const last = closings[closings.length - 1];
    const thought = written.slice(open?.[0].length ?? 0, last.index).trim();
    return { text: written.slice(last.index + last[0].length).trimStart(), thought, unclosed: false };
  }
  if (open === null) return { text: written, unclosed: false };
  return { text: "", thought: written.slice(open[0].length).trim(), unclosed: true };
}
