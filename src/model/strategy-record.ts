/** How an answer from several calls was reached: plain data, as stored in results. */
export interface StrategyRecord {
  readonly name: string;
  readonly version: number;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Number of model replies used. */
  readonly replies: number;
  /** Why no answer is given: the strategy withheld it, or its budget did not allow a reply. */
  readonly deferred?: string;
  /** Why it ended early, if it did: `budget`, `rounds`, `agreement`, `nothing new found`. */
  readonly endedBy?: string;
  /** Votes of the replies that form the answer. */
  readonly votes?: StrategyVotes;
  /** Searches, in order. */
  readonly rounds?: readonly StrategyRound[];
  /** Passages included in the answer's prompt, numbered from 1 as cited. */
  readonly sources?: readonly StrategyPassage[];
  /** Every request, in order. */
  readonly trace: readonly {
    readonly role: string;
    readonly texts: readonly string[];
    /** Replies that the budget did not allow. */
    readonly leftOut: number;
  }[];
}

export interface StrategyVotes {
  readonly answer?: string;
  /** Share of all replies with this answer, 0 to 1. */
  readonly confidence: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly unread: number;
  /** Replies that are not among these votes, because a citation in them does not hold; absent if none. */
  readonly withoutVote?: number;
  /** Shannon entropy of the answers, nats. */
  readonly entropy: number;
}

export interface StrategyPassage {
  readonly source: string;
  /** Start of the passage in its document, in characters. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface StrategyRound {
  readonly votes: StrategyVotes;
  readonly queries: readonly string[];
  readonly sources: readonly StrategyPassage[];
}
