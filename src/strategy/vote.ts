/** Counts what replies answer. */
import { answerEntropy } from "../measure/index.ts";
import type { StrategyVotes } from "../model/strategy-record.ts";
import type { Reply } from "./strategy.ts";

/**
 * The answer with the most votes (in a tie, the one sampled first). An unparsed reply has no vote, but counts in the denominator of `confidence` and
 * as a separate answer in `entropy`, so that missing answers never look like agreement.
 */
export type Votes = StrategyVotes;

/** Counts the votes of replies by their parsed answers. @param withoutVote number of further replies that were left out before the vote. */
export function votesOf(
  replies: readonly Reply[],
  parse: (text: string) => string | undefined,
  withoutVote = 0,
): Votes {
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
    ...(withoutVote > 0 && { withoutVote }),
    entropy: replies.length === 0 ? 0 : answerEntropy([...counts.values(), ...Array<number>(unread).fill(1)]),
  };
}

/** The answer of a reply; undefined for an unfinished thought or a repetition. */
export function answerOf(reply: Reply, parse: (text: string) => string | undefined): string | undefined {
  return reply.unclosedThought || reply.finishReason === "repetition" ? undefined : parse(reply.text);
}
