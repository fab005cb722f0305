/**
 * Tumour board (AMIE oncology): for each component of a plan, a draft, a search in the given guidelines, a critique of the draft based on the passages
 * found, and a revision. The result contains every step; if nothing is found, the draft is kept.
 */
import { boardWords, searchResults } from "../../prompts/index.ts";
import { undefinedIfBudgetUsedUp } from "../calls.ts";
import { linesOf, userSays } from "../messages.ts";
import type { Corpus, Passage } from "../retrieval/corpus.ts";
import { isRelevant, wordsOf } from "../retrieval/evidence.ts";
import type { Call } from "../strategy.ts";

export interface BoardOptions {
  readonly guidelines: Corpus;
  readonly components: readonly string[];
  /** Passages retrieved per component, and per query of the model. */
  readonly passages?: number;
  /** Queries that the model writes per component, beside the search for the component and the case. Default 0. */
  readonly queries?: number;
}

export interface PlanItem {
  readonly component: string;
  readonly draft: string;
  /** Queries that the model wrote. */
  readonly queries?: readonly string[];
  readonly sources: readonly Passage[];
  readonly critique?: string;
  /** The final plan: the revision, or the draft if there was none. */
  readonly plan: string;
  readonly changed: boolean;
  /** `no answer`: the model's reply was empty, never finished or a loop. */
  readonly endedBy?: EndOfItem;
}

type EndOfItem = "budget" | "nothing found" | "no answer";

/** @param caseText the description of the case. */
export async function board(call: Call, caseText: string, options: BoardOptions): Promise<PlanItem[]> {
  const { guidelines, components, passages = 3, queries = 0 } = options;
  const once = async (role: string, words: string) => {
    const replies = await undefinedIfBudgetUsedUp(
      call(role, userSays(`${caseText}\n\n${words}`), { temperature: 0, maxTokens: 256 }),
    );
    if (replies === undefined) return undefined;
    const [{ text, unclosedThought, finishReason }] = replies;
    return unclosedThought || finishReason === "repetition" ? "" : text.trim();
  };
  const about = wordsOf(caseText);
  const isRelevantPassage = (text: string) =>
    isRelevant(text, { words: about, options: [], optionTexts: [] }, about, (word) => guidelines.isSpecific(word));
  const plan: PlanItem[] = [];
  for (const component of components) {
    const draft = await once("draft", boardWords.component(component));
    if (!draft) {
      const endedBy = draft === undefined ? "budget" : "no answer";
      plan.push({ component, draft: "", sources: [], plan: "", changed: false, endedBy });
      continue;
    }
    const written = queries === 0 ? "" : await once("query", boardWords.queries(component, draft, queries));
    const lines = linesOf(written ?? "").slice(0, queries);
    const query = queries === 0 ? {} : { queries: lines };
    const unchanged = (sources: readonly Passage[], endedBy: EndOfItem): PlanItem => ({
      component,
      draft,
      ...query,
      sources,
      plan: draft,
      changed: false,
      endedBy,
    });
    if (written === undefined) {
      plan.push(unchanged([], "budget"));
      continue;
    }
    const sources: Passage[] = [];
    for (const query of [`${component} ${caseText}`, ...lines])
      for (const passage of guidelines.search(query, passages, isRelevantPassage))
        if (!sources.some(({ source, from }) => source === passage.source && from === passage.from))
          sources.push(passage);
    if (sources.length === 0) {
      plan.push(unchanged([], "nothing found"));
      continue;
    }
    const critique = await once("critique", `${boardWords.critique(component, draft)}\n\n${searchResults(sources)}`);
    const revised = critique && (await once("revise", boardWords.revise(component, draft, critique)));
    if (!critique || !revised) {
      const spent = critique === undefined || (critique !== "" && revised === undefined);
      plan.push({ ...unchanged(sources, spent ? "budget" : "no answer"), ...(critique && { critique }) });
      continue;
    }
    plan.push({ component, draft, ...query, sources, critique, plan: revised, changed: bare(revised) !== bare(draft) });
  }
  return plan;
}

/** Whether a critique ends with what the draft says: a model that quotes the passages first may write "change to" what is there already. */
export const agreesWith = (critique: string, draft: string): boolean =>
  /^keep\b/i.test(critique.trim()) || (draft !== "" && bare(critique).replace(/^change to\s+/, "") === bare(draft));

/** The text without its citations. */
export const bare = (text: string): string =>
  text
    .replace(/\s*\[\d+\]/g, "")
    .trim()
    .toLowerCase();
