/**
 * Drafts of the next tokens, computed together with the last one and kept as far as the sampler chooses the same
 * (speculative decoding, Leviathan et al. 2023, with drafts that need no model). A draft affects time, never the
 * answer. Sources:
 *
 * - `grammar`: text that a schema fully determines, in the tokens last chosen there, or the tokenizer's.
 * - `choice`: what the same caller's last answer to the schema chose at the same place.
 * - `lookup`: what followed the last tokens earlier in the prompt or the answer (prompt lookup, Saxena 2023).
 * - `recent`: the same in recent answers to the same caller (REST, He et al. 2023).
 */
import type { Constraint } from "../../../text/index.ts";
import { rollback } from "../decode/kv-cache.ts";
import { type RecentAnswers, TokenIndex } from "./token-index.ts";

/** Maximum length of a draft; rejected tokens have to be rolled back. */
const longest = Math.min(16, rollback - 1);
/** Weight of one drafted token in the moving average of the acceptance rate. */
const weight = 0.15;
/** Initial acceptance rate of each source, to which its estimate returns while the source is not used. */
const prior = { grammar: 0.9, choice: 0.5, lookup: 0.5, recent: 0.5 };
const drift = 0.02;

type Source = keyof typeof prior;

interface Guess {
  readonly id: number;
  readonly source: Source;
}

export interface DraftingOptions {
  /** Tokenises a text. */
  readonly encode: (text: string) => readonly number[];
  /** Time of a step with this many tokens, relative to a step with one. */
  readonly cost: (tokens: number) => number;
  readonly recent: RecentAnswers;
}

export class Drafting {
  private readonly index = new TokenIndex();
  private readonly rate = { ...prior };
  private open: readonly Guess[] = [];

  constructor(
    /** Ids of the prompt and of the chosen tokens; grows with the answer. */
    private readonly context: readonly number[],
    private readonly options: DraftingOptions,
  ) {
    for (const id of context) this.index.push(id);
  }

  /** Records a chosen token. */
  push(id: number): void {
    this.index.push(id);
    const [guess, ...rest] = this.open;
    if (guess === undefined) return;
    const hit = guess.id === id;
    this.rate[guess.source] += weight * ((hit ? 1 : 0) - this.rate[guess.source]);
    this.open = hit ? rest : [];
  }

  /**
   * Proposes the next tokens.
   *
   * @param room number of tokens that may be generated after the next one.
   * @param company number of conversations in a step.
   */
  propose(room: number, company: number, constraint?: Constraint): number[] {
    const most = Math.min(longest, room);
    const { context } = this;
    const drafts = [
      ...(constraint ? [this.bySchema(constraint, most)] : []),
      this.lookedUp("lookup", this.index.after(context), most, constraint),
      this.lookedUp("recent", this.options.recent.after(context), most, constraint),
    ];
    let [best, bestGain] = [[] as readonly Guess[], company / this.options.cost(company)];
    for (const draft of drafts) {
      const { kept: worthwhile, gain } = this.worthwhile(draft, company);
      if (gain > bestGain) [best, bestGain] = [worthwhile, gain];
    }
    for (const source of Object.keys(prior) as Source[])
      if (!best.some((guess) => guess.source === source))
        this.rate[source] += drift * (prior[source] - this.rate[source]);
    this.open = best;
    return best.map(({ id }) => id);
  }

  private bySchema(constraint: Constraint, most: number): Guess[] {
    const ahead = constraint.fork();
    const guesses: Guess[] = [];
    while (guesses.length < most && !ahead.finished) {
      const text = ahead.forcedText();
      const known = ahead.chosenBefore();
      const source = text === "" ? "choice" : "grammar";
      const ids = known !== undefined ? [known] : text === "" ? [] : this.options.encode(text);
      let taken = 0;
      while (taken < ids.length && ahead.tryAccept(ids[taken])) guesses.push({ id: ids[taken++], source });
      if (taken === 0) break;
    }
    return guesses.slice(0, most);
  }

  private lookedUp(source: Source, followers: Iterable<number>, most: number, constraint?: Constraint): Guess[] {
    const ahead = constraint?.fork();
    const guesses: Guess[] = [];
    for (const id of followers) {
      if (guesses.length >= most || ahead?.finished || (ahead && !ahead.tryAccept(id))) break;
      guesses.push({ id, source });
    }
    return guesses;
  }

  /**
   * The draft length with the best ratio of tokens to time: with acceptance rate p, k drafted tokens give 1 + p + ... +
   * p^k tokens. A step is as wide as its widest conversation, so the other conversations of the step pay for it and get
   * one token each.
   */
  private worthwhile(guesses: readonly Guess[], company: number): { kept: readonly Guess[]; gain: number } {
    let [best, bestGain, tokens, chance] = [0, 0, 1, 1];
    for (const [k, { source }] of guesses.entries()) {
      chance *= this.rate[source];
      tokens += chance;
      const gain = (company - 1 + tokens) / this.options.cost(company * (k + 2));
      if (gain > bestGain) [best, bestGain] = [k + 1, gain];
    }
    return { kept: guesses.slice(0, best), gain: bestGain };
  }
}
