import { claimsOf, queryForClaim, searchResults, summaryOf } from "../prompts/index.ts";
import { undefinedIfBudgetUsedUp } from "./calls.ts";
import { linesOf, userSays, withWords } from "./messages.ts";
import type { Corpus, Passage } from "./retrieval/corpus.ts";
import { adds, falseCitations, isRelevant, questionTermsOf, wordsOf } from "./retrieval/evidence.ts";
import type { Outcome, Strategy } from "./strategy.ts";
import { votesOf } from "./vote.ts";

/** Corpus and extent of a chain of retrieval. */
export interface ChainOfRetrievalOptions {
  readonly corpus: Corpus;
  /** Number of claims of the draft to look up. The paper gives no number. */
  readonly claims?: number;
  /** Documents summarised for each claim. */
  readonly documents?: number;
  /** Number of final answers; several are decided by vote. The paper uses one. */
  readonly samples?: number;
  readonly temperature?: number;
}

/**
 * Med-PaLM 2's chain of retrieval (Nature Medicine, 2025): a draft, its claims, a query for each claim, the search, a summary of each document, and an
 * answer from the question and the summaries. The last step never sees the draft, which would anchor it.
 *
 * A claim is searched together with the question's options, because what refutes it names another of them. Passages that do not bear on the question are
 * passed over; a summary that names an option of which its document says nothing is replaced by the document; an answer with a citation that does not hold
 * has no vote. If nothing is found, or no answer is left, the draft stands.
 */
export function chainOfRetrieval(given: ChainOfRetrievalOptions): Strategy {
  const { corpus, claims = 8, documents = 4, samples = 1, temperature = 0 } = given;
  return {
    name: "chain-of-retrieval",
    version: 2,
    options: { claims, documents, samples, temperature },
    callsAtMost: 2 + claims * (1 + documents) + samples,
    async run({ messages, maxTokens, sampling, parse }, call): Promise<Outcome> {
      const question = questionTermsOf(messages);
      const short = { temperature: 0, maxTokens: 256 };
      const draft = await undefinedIfBudgetUsedUp(call("draft", messages, { temperature: 0, ...sampling, maxTokens }));
      if (draft === undefined) return { answer: [], endedBy: "budget" };
      const spent = { answer: draft, endedBy: "budget" };
      const listed = await undefinedIfBudgetUsedUp(call("claims", userSays(claimsOf(draft[0].text)), short));
      if (listed === undefined) return spent;
      const sources: Passage[] = [];
      const summaries: { source: string; text: string }[] = [];
      for (const claim of linesOf(listed[0].text).slice(0, claims)) {
        const replies = await undefinedIfBudgetUsedUp(call("query", userSays(queryForClaim(claim)), short));
        if (replies === undefined) return { ...spent, sources };
        const about = wordsOf(`${claim} ${replies[0].text}`);
        const isRelevantPassage = (text: string) =>
          isRelevant(text, question, about, (word) => corpus.isSpecific(word));
        for (const passage of corpus.search(
          [replies[0].text, ...question.optionTexts].join(" "),
          documents,
          isRelevantPassage,
        )) {
          if (sources.some(({ source, from }) => source === passage.source && from === passage.from)) continue;
          const replies = await undefinedIfBudgetUsedUp(call("summary", userSays(summaryOf(claim, passage)), short));
          if (replies === undefined) return { ...spent, sources };
          sources.push(passage);
          const summary = replies[0].text.trim();
          summaries.push({
            source: passage.source,
            text: adds(summary, passage.text, question) ? passage.text.trim() : summary,
          });
        }
      }
      if (summaries.length === 0) return { answer: draft, endedBy: "nothing found" };
      const final = withWords(messages, searchResults(summaries));
      const answer = await undefinedIfBudgetUsedUp(
        call("answer", final, { temperature, ...sampling, maxTokens, n: samples }),
      );
      if (answer === undefined) return { ...spent, sources };
      const holding = answer.filter(({ text }) => falseCitations(text, summaries, question).length === 0);
      const keeps = (endedBy: string) => ({ answer: draft, sources: [], endedBy });
      if (holding.length === 0) return keeps("no answer cited what its sources say");
      const unread = votesOf(holding, parse).answer === undefined && votesOf(draft, parse).answer !== undefined;
      if (unread) return keeps("no answer with sources could be parsed");
      const withoutVote = answer.length - holding.length;
      return { answer: holding, sources, ...(withoutVote > 0 && { withoutVote }) };
    },
  };
}
