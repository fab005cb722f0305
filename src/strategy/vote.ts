/** Counts what replies answer. */
import { answerEntropy } from "../measure/index.ts";
import type { StrategyVotes } from "../model/strategy-record.ts";
import type { Reply } from "./strategy.ts";

/**
 * The answer with most votes (of equal numbers the one drawn first); what cannot be read has no vote, stays in the denominator of `confidence`, and
 * counts in `entropy` as an answer of its own, so that silence never looks like agreement.
 */
export type Votes = StrategyVotes;

export function votesOf(replies: readonly Reply[], parse: (text: string) => string | undefined): Votes {
  const counts = new Map<string, number>();
  let unread = 0;
  for (const reply of replies) {
    const answer = answerOf(reply, parse);
    if (answer === undefined) unread++;
    else counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  let best: [string, number] | undefined;
  for (const entry of counts) if (best === undefined || entry[1] > best[1]) best = entry;
  return {
    ...(best !== undefined && { answer: best[0] }),
    confidence: best === undefined ? 0 : best[1] / replies.length,
    counts: Object.fromEntries(counts),
    unread,
    entropy: replies.length === 0 ? 0 : answerEntropy([...counts.values(), ...Array<number>(unread).fill(1)]),
  };
}

/** What one reply answers; a thought that never ended or a repetition answers nothing. */
export function answerOf(reply: Reply, parse: (text: string) => string | undefined): string | undefined {
  return reply.unclosedThought || reply.finishReason === "repetition" ? undefined : parse(reply.text);
}
