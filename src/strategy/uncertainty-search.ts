import { queriesFromConflict, searchResults } from "../prompts/index.ts";
import { undefinedIfBudgetUsedUp } from "./calls.ts";
import { linesOf, withWords } from "./messages.ts";
import type { Corpus, Passage } from "./retrieval/corpus.ts";
import { falseCitations, isRelevant, questionTermsOf, wordsOf } from "./retrieval/evidence.ts";
import type { Reply, Round, Strategy } from "./strategy.ts";
import { answerOf, votesOf } from "./vote.ts";

/** Corpus, threshold and extent of uncertainty-guided search. */
export interface UncertaintySearchOptions {
  readonly corpus: Corpus;
  /**
   * Entropy of the votes, in nats, above which it searches. The paper does not give a value: choose it on a development split. With 11 votes, 10
   * agreeing votes give 0.305 and 9 give 0.474.
   */
  readonly threshold: number;
  /** Maximum number of searches; Med-Gemini: 4 for MedQA, 1 for NEJM cases. */
  readonly rounds?: number;
  /** Votes per round. The paper does not give a value; 11 is that of self-consistency. */
  readonly samples?: number;
  /** Queries per round (Med-Gemini: 3). */
  readonly queries?: number;
  /** Passages used per query. */
  readonly passages?: number;
  readonly temperature?: number;
}

/**
 * Samples vote; if they disagree, searches for information to resolve the conflict and votes again (Med-Gemini, uncertainty-guided search).
 *
 * Passages that do not bear on the question are passed over, replies with a citation that does not hold have no vote, and the vote with the least entropy stands: one that is less agreed with passages than it was
 * without them (or names no option at all) was confused by them. None of this is in the paper.
 */
export function uncertaintySearch(given: UncertaintySearchOptions): Strategy {
  const { corpus, threshold, rounds = 4, samples = 11, queries = 3, passages = 2, temperature = 0.7 } = given;
  return {
    name: "uncertainty-search",
    version: 3,
    options: { threshold, rounds, samples, queries, passages, temperature },
    callsAtMost: samples * (rounds + 1) + rounds,
    async run({ messages, maxTokens, sampling, parse }, call) {
      const found: Passage[] = [];
      const trace: Round[] = [];
      const question = questionTermsOf(messages);
      let answer: readonly Reply[] = [];
      let least = Number.POSITIVE_INFINITY;
      let read: readonly Passage[] = [];
      let withoutVote = 0;
      const end = (endedBy: string) => ({
        answer,
        rounds: trace,
        sources: read,
        endedBy,
        ...(withoutVote > 0 && { withoutVote }),
      });
      for (let round = 0; ; round++) {
        const prompt = found.length === 0 ? messages : withWords(messages, searchResults(found));
        const all = await undefinedIfBudgetUsedUp(
          call("answer", prompt, { temperature, ...sampling, maxTokens, n: samples }),
        );
        if (all === undefined) return end("budget");
        const holding = all.filter(({ text }) => falseCitations(text, found, question).length === 0);
        const replies = holding.length === 0 ? all : holding;
        const votes = votesOf(replies, parse, all.length - replies.length);
        if (votes.entropy <= least) {
          answer = replies;
          read = [...found];
          withoutVote = all.length - replies.length;
          least = votes.entropy;
        }
        if (votes.entropy <= threshold || round === rounds) {
          trace.push({ votes, queries: [], sources: [] });
          return end(votes.entropy <= threshold ? "agreement" : "rounds");
        }
        const conflict = onePerAnswer(replies, parse);
        const queryReplies = await undefinedIfBudgetUsedUp(
          call("query", withWords(messages, queriesFromConflict(conflict, queries)), {
            // Sampled with a new seed each round: the same conflict would otherwise produce the same queries.
            temperature,
            ...sampling,
            seed: (sampling.seed ?? 0) + round,
            maxTokens: 256,
          }),
        );
        const lines = linesOf(queryReplies?.[0]?.text ?? "").slice(0, queries);
        const fresh: Passage[] = [];
        for (const line of lines) {
          const about = new Set([...question.words, ...wordsOf(line)]);
          const isRelevantPassage = (text: string) =>
            isRelevant(text, question, about, (word) => corpus.isSpecific(word));
          for (const passage of corpus.search(line, passages, isRelevantPassage))
            if (![...found, ...fresh].some(({ source, from }) => source === passage.source && from === passage.from))
              fresh.push(passage);
        }
        trace.push({ votes, queries: lines, sources: fresh });
        if (queryReplies === undefined) return end("budget");
        // Otherwise the same prompt would be sent again with the same seeds.
        if (fresh.length === 0) return end("nothing new found");
        found.push(...fresh);
      }
    },
  };
}

/** The first reply for each distinct answer. */
function onePerAnswer(replies: readonly Reply[], parse: (text: string) => string | undefined): string[] {
  const first = new Map<string | undefined, string>();
  for (const reply of replies) {
    const answer = answerOf(reply, parse);
    if (answer !== undefined && !first.has(answer)) first.set(answer, reply.text);
  }
  return [...first.values()];
}
