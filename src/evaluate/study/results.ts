/** The form of a reader study's results, which the workbench shares: it imports nothing, since a browser's type library lacks what computes them. */

export interface AxisResults {
  readonly axis: string;
  readonly ask: string;
  readonly options: readonly {
    /** `A`, `B`, `equal` with their sources for pairs; the rubric's options otherwise. */
    readonly option: string;
    readonly source?: string;
    readonly count: number;
    /** Share of the ratings with Wilson's 95 % interval; absent without ratings. */
    readonly share?: { readonly value: number; readonly low: number; readonly high: number };
  }[];
  readonly n: number;
  /** For pairs: exact sign test over items, each by the sum of its readers' ratings. */
  readonly signTest?: { readonly p: number; readonly n: number };
  readonly agreement: {
    readonly raters: number;
    /** Number of items rated by two or more readers. */
    readonly shared: number;
    readonly fleissKappa?: number;
    readonly krippendorffAlpha?: number;
  };
}

export interface Results {
  readonly name: string;
  readonly seed: number;
  readonly rubric: {
    readonly name: string;
    readonly title: string;
    readonly version: number;
    readonly source: string;
    readonly shape: string;
  };
  /** Empty in a crossover, whose arms are apart. */
  readonly axes: readonly AxisResults[];
  readonly arms?: readonly { readonly arm: string; readonly axes: readonly AxisResults[] }[];
  readonly crossover?: CrossoverResults & { readonly washoutDays: number };
}

export interface CrossoverResults {
  /** Readings that exist in both arms. */
  readonly pairs: number;
  readonly medianMilliseconds: Readonly<Record<"with AI" | "without AI", number | undefined>>;
  readonly axes: readonly {
    readonly axis: string;
    /** Answers that differ between the arms, of the paired readings. */
    readonly changed: number;
    readonly share?: { readonly value: number; readonly low: number; readonly high: number };
    /** For two options: exact McNemar test of the first option, with against without the text. */
    readonly mcnemar?: { readonly p: number; readonly withOnly: number; readonly withoutOnly: number };
  }[];
}
