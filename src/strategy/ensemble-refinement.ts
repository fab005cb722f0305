import { readReasonings } from "../prompts/index.ts";
import { undefinedIfBudgetUsedUp } from "./calls.ts";
import { withWords } from "./messages.ts";
import { argues, questionTermsOf } from "./retrieval/evidence.ts";
import type { Strategy } from "./strategy.ts";
import { votesOf } from "./vote.ts";

/**
 * Drafts, then answers that read the drafts' reasoning and vote (Med-PaLM 2: 11 drafts, 33 answers). Reasoning that names
 * neither the case nor an option is left out, and the drafts vote if nothing is left, if the budget ends after them, or if they agree more than the
 * answers that read them; `endedBy` states this.
 */
export function ensembleRefinement({ drafts = 11, answers = 33, temperature = 0.7 } = {}): Strategy {
  return {
    name: "ensemble-refinement",
    version: 2,
    options: { drafts, answers, temperature },
    callsAtMost: drafts + answers,
    async run({ messages, maxTokens, sampling, parse }, call) {
      const options = { temperature, ...sampling, maxTokens };
      const first = await call("rationale", messages, { ...options, n: drafts });
      const reasonings = first.map(({ text }) => withoutAnswer(text)).filter((text) => text !== "");
      if (reasonings.length === 0) return { answer: first, endedBy: "no draft gave a reason" };
      const questionTerms = questionTermsOf(messages);
      const own = reasonings.filter((text) => argues(text, questionTerms));
      if (own.length === 0) return { answer: first, endedBy: "no draft names an option" };
      const refined = await undefinedIfBudgetUsedUp(
        call("answer", withWords(messages, readReasonings(own)), { ...options, n: answers }),
      );
      if (refined === undefined) return { answer: first, endedBy: "budget" };
      const [before, after] = [votesOf(first, parse), votesOf(refined, parse)];
      return after.confidence >= before.confidence
        ? { answer: refined }
        : { answer: first, endedBy: "drafts agree more" };
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
