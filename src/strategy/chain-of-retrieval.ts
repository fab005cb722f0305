import { claimsOf, queryForClaim, searchResults, summaryOf } from "../prompts/index.ts";
import { unlessSpent } from "./calls.ts";
import type { Corpus, Passage } from "./corpus.ts";
import { linesOf, userSays, withWords } from "./messages.ts";
import type { Outcome, Strategy } from "./strategy.ts";

export interface ChainOfRetrievalOptions {
  readonly corpus: Corpus;
  /** Number of claims of the draft to look up. */
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
 */
export function chainOfRetrieval(given: ChainOfRetrievalOptions): Strategy {
  const { corpus, claims = 4, documents = 2, samples = 1, temperature = 0 } = given;
  return {
    name: "chain-of-retrieval",
    version: 1,
    options: { claims, documents, samples, temperature },
    callsAtMost: 2 + claims * (1 + documents) + samples,
    async run({ messages, maxTokens, sampling }, call): Promise<Outcome> {
      const short = { temperature: 0, maxTokens: 256 };
      const draft = await unlessSpent(call("draft", messages, { temperature: 0, ...sampling, maxTokens }));
      if (draft === undefined) return { answer: [], endedBy: "budget" };
      const spent = { answer: draft, endedBy: "budget" };
      const listed = await unlessSpent(call("claims", userSays(claimsOf(draft[0].text)), short));
      if (listed === undefined) return spent;
      const sources: Passage[] = [];
      const summaries: { source: string; text: string }[] = [];
      for (const claim of linesOf(listed[0].text).slice(0, claims)) {
        const asked = await unlessSpent(call("query", userSays(queryForClaim(claim)), short));
        if (asked === undefined) return { ...spent, sources };
        for (const passage of corpus.search(asked[0].text, documents)) {
          if (sources.some(({ source, from }) => source === passage.source && from === passage.from)) continue;
          const said = await unlessSpent(call("summary", userSays(summaryOf(claim, passage)), short));
          if (said === undefined) return { ...spent, sources };
          sources.push(passage);
          summaries.push({ source: passage.source, text: said[0].text.trim() });
        }
      }
      if (summaries.length === 0) return { answer: draft, endedBy: "nothing found" };
      const final = withWords(messages, searchResults(summaries));
      const answer = await unlessSpent(call("answer", final, { temperature, ...sampling, maxTokens, n: samples }));
      return answer === undefined ? { ...spent, sources } : { answer, sources };
    },
  };
}
