/** How an answer came about that several calls made: plain data, as it is in results. */
export interface StrategyRecord {
  readonly name: string;
  readonly version: number;
  readonly options: Readonly<Record<string, number | string | boolean>>;
  /** Replies of the model that it took. */
  readonly replies: number;
  /** Why no answer is given although something was asked: the strategy withheld it, or its budget allowed nothing. */
  readonly deferred?: string;
  /** What ended it, where that is not its usual end: `budget`, `rounds`, `agreement`, `nothing new found`. */
  readonly endedBy?: string;
  /** Of the replies that are the answer. */
  readonly votes?: StrategyVotes;
  /** Searches, in order. */
  readonly rounds?: readonly StrategyRound[];
  /** Passages that the answer was given beside, numbered from 1 as it cites them. */
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
  /** Share of all replies that gave it, 0 to 1. */
  readonly confidence: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly unread: number;
  /** Shannon entropy of the answers, nats. */
  readonly entropy: number;
}

export interface StrategyPassage {
  readonly source: string;
  /** Characters of the passage in its document. */
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface StrategyRound {
  readonly votes: StrategyVotes;
  readonly queries: readonly string[];
  readonly sources: readonly StrategyPassage[];
}
