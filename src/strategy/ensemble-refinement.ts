import { readReasonings } from "../prompts/index.ts";
import { unlessSpent } from "./calls.ts";
import { withWords } from "./messages.ts";
import type { Strategy } from "./strategy.ts";

/**
 * Drafts, then answers that read the drafts' reasoning and vote (Med-PaLM 2: 11 drafts, 33 answers). If no draft contains reasoning, or the budget ends
 * after the drafts, the drafts vote, and `endedBy` states this.
 */
export function ensembleRefinement({ drafts = 11, answers = 33, temperature = 0.7 } = {}): Strategy {
  return {
    name: "ensemble-refinement",
    version: 1,
    options: { drafts, answers, temperature },
    callsAtMost: drafts + answers,
    async run({ messages, maxTokens, sampling }, call) {
      const options = { temperature, ...sampling, maxTokens };
      const first = await call("rationale", messages, { ...options, n: drafts });
      const reasonings = first.map(({ text }) => withoutAnswer(text)).filter((text) => text !== "");
      if (reasonings.length === 0) return { answer: first, endedBy: "no draft gave a reason" };
      const refined = await unlessSpent(
        call("answer", withWords(messages, readReasonings(reasonings)), { ...options, n: answers }),
      );
      return refined === undefined ? { answer: first, endedBy: "budget" } : { answer: refined };
    },
  };
}

/** Removes the line that gives the answer from a rationale, as in the paper: the second stage should weigh arguments, not count answers. */
export function withoutAnswer(text: string): string {
  return text
    .split("\n")
    .filter((line) => !/^\W*(?:final |correct |the )*answer\b/i.test(line) && !/^\W*[A-J]\W*$/.test(line))
    .join("\n")
    .trim();
}
