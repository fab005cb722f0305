/** Results of a reader study: shares with intervals, sign test, agreement, computed by `measure/`. */
import type { AxisResults, Results } from "../../evaluate/study/results.ts";
import { optionsOfAxis, type Rubric } from "../../evaluate/study/rubric.ts";
import {
  ifDefined,
  krippendorffAlpha,
  multiRaterKappa,
  ratingCounts,
  signTest,
  wilsonInterval,
} from "../../measure/index.ts";

export interface RatedItem {
  readonly item: string;
  readonly study: string;
  readonly position: number;
  readonly a: string;
  readonly b: string | null;
  readonly ratings: readonly {
    readonly person: string;
    readonly values: Readonly<Record<string, { readonly option: string; readonly why?: string }>>;
    readonly milliseconds: number | null;
    readonly swapped: boolean;
  }[];
}

export type { AxisResults, Results };

export function resultsOf(name: string, seed: number, rubric: Rubric, items: readonly RatedItem[]): Results {
  const people = [...new Set(items.flatMap(({ ratings }) => ratings.map(({ person }) => person)))];
  return {
    name,
    seed,
    rubric: {
      name: rubric.name,
      title: rubric.title,
      version: rubric.version,
      source: rubric.source,
      shape: rubric.shape,
    },
    axes: rubric.axes.map((axis) => {
      const options = optionsOfAxis(rubric, axis);
      const table = items.map(({ ratings }) =>
        people.map((one) => ratings.find(({ person }) => person === one)?.values[axis.id]?.option),
      );
      const all = table.flat().filter((option) => option !== undefined);
      const shared = table.map((row) => row.filter((option) => option !== undefined)).filter((row) => row.length >= 2);
      const even = shared.length > 0 && shared.every((row) => row.length === shared[0].length);
      const kappa = even ? ifDefined(() => multiRaterKappa(ratingCounts(shared, options), "fleiss")) : undefined;
      const codes = people.map((_, r) =>
        table.map((row) => (row[r] === undefined ? undefined : options.indexOf(row[r]))),
      );
      const alpha = people.length > 1 ? ifDefined(() => krippendorffAlpha(codes, "nominal")) : undefined;
      const sources = { A: items[0]?.a, B: items[0]?.b ?? undefined } as Readonly<Record<string, string | undefined>>;
      const leanings = table.map((row) =>
        row.reduce((sum, option) => sum + (option === "A" ? 1 : option === "B" ? -1 : 0) * (axis.worse ? -1 : 1), 0),
      );
      const sign = rubric.shape === "pairwise" ? ifDefined(() => signTest(leanings)) : undefined;
      return {
        axis: axis.id,
        ask: axis.ask,
        n: all.length,
        options: options.map((option) => {
          const count = all.filter((one) => one === option).length;
          const interval = all.length === 0 ? undefined : wilsonInterval(count, all.length);
          return {
            option,
            ...(rubric.shape === "pairwise" && sources[option] && { source: sources[option] }),
            count,
            ...(interval && { share: { value: count / all.length, low: interval.low, high: interval.high } }),
          };
        }),
        ...(sign && { signTest: { p: sign.p, n: sign.n } }),
        agreement: {
          raters: people.length,
          shared: shared.length,
          ...(kappa !== undefined && { fleissKappa: kappa }),
          ...(alpha !== undefined && { krippendorffAlpha: alpha }),
        },
      };
    }),
  };
}

/** One line per rating and axis. Readers are numbered; names are not exported. */
export function ratingsCsv({ axes: own, arms = [] }: Results, items: readonly RatedItem[]): string {
  const axes = arms[0]?.axes ?? own;
  const people = [...new Set(items.flatMap(({ ratings }) => ratings.map(({ person }) => person)))];
  const quoted = (value: string | number) =>
    /[",\n]/.test(String(value)) ? `"${String(value).replaceAll('"', '""')}"` : String(value);
  const lines = [
    ["item", "study", "reader", "axis", "option", "source_a", "source_b", "sides_changed", "why", "milliseconds"],
  ];
  for (const { item, study, a, b, ratings } of items)
    for (const { person, values, milliseconds, swapped } of ratings)
      for (const { axis } of axes)
        lines.push(
          [
            item,
            study,
            `reader ${people.indexOf(person) + 1}`,
            axis,
            values[axis]?.option ?? "",
            a,
            b ?? "",
            String(swapped),
            values[axis]?.why ?? "",
            String(milliseconds ?? ""),
          ].map(quoted),
        );
  return `${lines.map((line) => line.join(",")).join("\n")}\n`;
}
