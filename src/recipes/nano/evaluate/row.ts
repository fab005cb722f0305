/** One line of the embedded model's scoreboard. */
import { bootstrapInterval, ifDefined } from "../../../measure/index.ts";

export interface Row {
  /** Such as `cxr-auroc`; at precisions other than f32 `cxr-auroc@int8`. */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  /** 95 %, bootstrap over cases (over patients or volumes if these are the cases). */
  readonly ci: readonly [low: number, high: number];
  readonly n: number;
  /** The result without a model: the majority class, the mean box, the mean volume. */
  readonly baseline: number;
  /** A published result on the same data, in words, or why there is none. */
  readonly reference: string;
  readonly precision: string;
}

export interface RowWords {
  readonly id: string;
  readonly what: string;
  readonly baseline: number;
  readonly reference: string;
}

/**
 * Measures all cases and bootstraps the interval over them; NaN where a measure is undefined (no case, or only one
 * class).
 */
export function rowOf<T>(
  { id, what, baseline, reference }: RowWords,
  precision: string,
  cases: readonly T[],
  measure: (cases: readonly T[]) => number,
): Row {
  return {
    id: precision === "f32" ? id : `${id}@${precision}`,
    what,
    value: ifDefined(() => measure(cases)) ?? Number.NaN,
    ci: intervalOf(cases, measure),
    n: cases.length,
    baseline,
    reference,
    precision,
  };
}

function intervalOf<T>(cases: readonly T[], measure: (cases: readonly T[]) => number): [low: number, high: number] {
  if (cases.length === 0) return [Number.NaN, Number.NaN];
  const drawn = (indices: ArrayLike<number>) => measure(Array.from(indices, (i) => cases[i]));
  const { low, high } = ifDefined(() => bootstrapInterval(cases.length, drawn)) ?? {
    low: Number.NaN,
    high: Number.NaN,
  };
  return [low, high];
}

/** The rows as a Markdown table, in the given order. */
export function tableOf(rows: readonly Row[]): string {
  const number = (value: number) => (Number.isFinite(value) ? value.toFixed(3) : "-");
  const lines = rows.map(
    ({ id, what, value, ci, n, baseline, reference }) =>
      `| \`${id}\` | ${what} | **${number(value)}** | ${number(ci[0])} to ${number(ci[1])} | ${n} | ${number(baseline)} | ${reference} |`,
  );
  return [
    "| id | what | value | 95 % interval | n | baseline | reference |",
    "|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}
