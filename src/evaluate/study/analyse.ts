/**
 * Analyses a rating study: proportions with intervals by axis and source, preferences, agreement; judge models
 * separately from people.
 *
 * Over 300 lines because all figures of an axis are computed from the same ratings, in one pass.
 */
import { PolyclinicError } from "../../base/errors.ts";
import {
  adjustedPValues,
  bootstrapInterval,
  ifDefined,
  krippendorffAlpha,
  meanStatistic,
  median,
  multiRaterKappa,
  pairedPermutationTest,
  signTest,
  wilcoxonSignedRankTest,
  wilsonInterval,
} from "../../measure/index.ts";
import { type Agreement, agreementBetween } from "../score/agreement.ts";
import { assignmentsOf } from "./assign.ts";
import { type JudgedStudy, judgesOfStudy } from "./judge.ts";
import { type Rating, ratingsOf } from "./ratings.ts";
import { type Axis, optionsOfAxis } from "./rubric.ts";
import type { Study, Unit } from "./study.ts";

export interface Share {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  readonly n: number;
  readonly units: number;
}

export interface AxisResult {
  readonly axis: string;
  readonly ask: string;
  readonly group: string;
  readonly options: readonly string[];
  /** By source, number of ratings per option. Pairwise: first source, second source, equal. */
  readonly counts: readonly { readonly source: string; readonly counts: readonly number[] }[];
  /** Proportion of favourable ratings by source; pairwise: proportion that prefers it. */
  readonly shares: readonly { readonly source: string; readonly share: Share }[];
  /** Number of "cannot rate" ratings, which are excluded from the figures. */
  readonly notRated: number;
  readonly test?: { readonly name: string; readonly p: number; adjusted?: number };
  readonly agreement: {
    readonly raters: number;
    readonly doublyRated: number;
    readonly randolphKappa?: number;
    readonly krippendorffAlpha?: number;
  };
  /** For a judge model: its agreement with each group of people that rated the same units on this axis. */
  readonly withPeople?: readonly (Agreement & {
    readonly judge: string;
    readonly group: string;
    /** Number of units on which ratings are tied. */
    readonly undecided: number;
  })[];
}

export interface StudyResult {
  readonly schema: "polyclinic.study-result/1";
  readonly rubric: {
    readonly name: string;
    readonly version: number;
    readonly title: string;
    readonly source: string;
    readonly shape: string;
  };
  readonly sources: readonly string[];
  readonly units: number;
  readonly expected: number;
  readonly given: number;
  readonly replaced: number;
  readonly axes: readonly AxisResult[];
  /** Median length of the texts by source, characters, because raters prefer longer answers. */
  readonly lengths: readonly { readonly source: string; readonly median: number }[];
  /** Judge models, with their self-consistency. */
  readonly judges: readonly JudgedStudy[];
  readonly seed: number;
}

const resampling = { resamples: 1000, seed: 101 };

/** @throws PolyclinicError `study/no-ratings`. */
export async function analyseStudy(study: Study): Promise<StudyResult> {
  const { rubric, sources } = study.study;
  const { ratings, replaced } = await ratingsOf(study);
  if (ratings.length === 0)
    throw new PolyclinicError("study/no-ratings", "the study has no ratings yet", {
      where: study.folder,
      hint: "polyclinic study import FOLDER FILE...",
    });
  const assignments = await assignmentsOf(study);
  const units = new Map(study.units.map((unit) => [unit.id, unit]));
  const groups = [...new Set(ratings.map(({ group }) => group))].sort();
  const axes = groups.flatMap((group) =>
    rubric.axes.flatMap((axis) => {
      const own = ratings.filter((rating) => rating.group === group && rating.axis === axis.id);
      if (own.length === 0) return [];
      const result = axisResult(study, axis, group, own, units);
      if (group !== "model") return [result];
      const others = ratings.filter((rating) => rating.group !== "model" && rating.axis === axis.id);
      return [{ ...result, withPeople: beside(study, axis, own, others, units) }];
    }),
  );
  // People and judges are tested separately: each group is its own family for the correction of multiple tests.
  for (const group of groups) {
    const tested = axes.filter((axis) => axis.group === group && axis.test !== undefined);
    if (tested.length === 0) continue;
    const adjusted = adjustedPValues(
      tested.map(({ test }) => test!.p),
      "benjamini-hochberg",
    );
    for (const [i, p] of adjusted.entries()) tested[i].test!.adjusted = p;
  }
  const expectedRatings = assignments.reduce(
    (sum, { group }) => sum + rubric.axes.filter(({ groups: own }) => own === undefined || own.includes(group)).length,
    0,
  );
  return {
    schema: "polyclinic.study-result/1",
    rubric: {
      name: rubric.name,
      version: rubric.version,
      title: rubric.title,
      source: rubric.source,
      shape: rubric.shape,
    },
    sources,
    units: study.units.length,
    expected: expectedRatings,
    given: ratings.length,
    replaced,
    axes,
    lengths: sources.flatMap((source) => {
      const texts = study.units.flatMap((unit) =>
        unit.texts.filter((text) => text.source === source).map(({ text }) => text.length),
      );
      return texts.length === 0 ? [] : [{ source, median: median(texts) }];
    }),
    judges: await judgesOfStudy(study),
    seed: resampling.seed,
  };
}

/** Pairs people's most frequent rating of a unit with the judge's. */
function beside(
  { study }: Study,
  axis: Axis,
  judged: readonly Rating[],
  people: readonly Rating[],
  units: ReadonlyMap<string, Unit>,
): NonNullable<AxisResult["withPeople"]> {
  const { rubric, sources } = study;
  const pairwise = rubric.shape === "pairwise";
  const options = pairwise ? [...sources, "equal"] : optionsOfAxis(rubric, axis).filter((option) => option !== axis.na);
  const codeOf = (rating: Rating) => options.indexOf(pairwise ? sideOf(rating, units.get(rating.unit)!) : rating.value);
  return [...new Set(judged.map(({ rater }) => rater))].flatMap((judge) =>
    [...new Set(people.map(({ group }) => group))].sort().flatMap((group) => {
      const counts = new Map<string, number[]>();
      for (const rating of people) {
        if (rating.group !== group || rating.value === axis.na) continue;
        const own = counts.get(rating.unit) ?? options.map(() => 0);
        own[codeOf(rating)]++;
        counts.set(rating.unit, own);
      }
      let undecided = 0;
      const pairs = judged.flatMap((rating) => {
        const own = counts.get(rating.unit);
        if (rating.rater !== judge || rating.value === axis.na || own === undefined) return [];
        const most = Math.max(...own);
        if (own.filter((n) => n === most).length > 1) {
          undecided++;
          return [];
        }
        return [{ people: own.indexOf(most), rated: codeOf(rating), item: units.get(rating.unit)!.item }];
      });
      if (pairs.length + undecided === 0) return [];
      const agreement = agreementBetween(
        pairs.map((pair) => pair.people),
        pairs.map(({ rated }) => rated),
        { options: options.length, scale: axis.scale, clusters: pairs.map(({ item }) => item) },
      );
      return [{ ...agreement, judge, group, undecided }];
    }),
  );
}

function axisResult(
  { study }: Study,
  axis: Axis,
  group: string,
  all: readonly Rating[],
  units: ReadonlyMap<string, Unit>,
): AxisResult {
  const { rubric, sources } = study;
  const rated = all.filter(({ value }) => value !== axis.na);
  const pairwise = rubric.shape === "pairwise";
  const options = pairwise ? [...sources, "equal"] : optionsOfAxis(rubric, axis).filter((option) => option !== axis.na);
  const unblinded = (rating: Rating) => (pairwise ? sideOf(rating, units.get(rating.unit)!) : rating.value);
  const codes = rated.map((rating) => options.indexOf(unblinded(rating)));
  const base = {
    axis: axis.id,
    ask: axis.ask,
    group,
    options,
    notRated: all.length - rated.length,
    agreement: agreementOf(rated, codes, options.length, axis.scale !== undefined),
  };
  const items = rated.map(({ unit }) => units.get(unit)!.item);
  if (pairwise) {
    // On a `worse` axis the text that is named is not the preferred one.
    const preferred = codes.map((code) => (code === 2 ? undefined : axis.worse ? 1 - code : code));
    const shares = sources.map((source, i) => ({
      source,
      share: shareOf(
        preferred.map((code) => Number(code === i)),
        items,
      ),
    }));
    const signed = byItem(
      preferred.map((code) => (code === undefined ? 0 : code === 0 ? 1 : -1)),
      items,
    );
    const test = ifDefined(() => signTest(signed));
    return {
      ...base,
      counts: [{ source: "all", counts: countsOf(codes, options.length) }],
      shares,
      ...(test && { test: { name: "sign test of items (mean preference)", p: test.p } }),
    };
  }
  const sourceOf = rated.map(({ unit }) => units.get(unit)!.texts[0].source);
  const favourable = rated.map(({ value }) => Number(axis.favourable.includes(value)));
  const at = (source: string) => rated.flatMap((_, i) => (sourceOf[i] === source ? [i] : []));
  const shares =
    axis.favourable.length === 0
      ? []
      : sources.flatMap((source) =>
          at(source).length === 0
            ? []
            : [
                {
                  source,
                  share: shareOf(
                    at(source).map((i) => favourable[i]),
                    at(source).map((i) => items[i]),
                  ),
                },
              ],
        );
  const counts = sources.map((source) => ({
    source,
    counts: countsOf(
      at(source).map((i) => codes[i]),
      options.length,
    ),
  }));
  const test =
    sources.length === 2 ? pairedTest(axis, codes, favourable, items, at(sources[0]), at(sources[1])) : undefined;
  return { ...base, counts, shares, ...(test && { test }) };
}

function sideOf({ value, first }: Rating, unit: Unit): string {
  if (value === "equal") return "equal";
  return unit.texts[value === "A" ? first : 1 - first].source;
}

/** Paired test of two sources on the same questions, over the mean rating of each question. */
function pairedTest(
  axis: Axis,
  codes: readonly number[],
  favourable: readonly number[],
  items: readonly string[],
  first: readonly number[],
  second: readonly number[],
) {
  const values = (axis.scale === undefined ? favourable : codes.map((code) => axis.scale![code])) as readonly number[];
  const means = (at: readonly number[]) => {
    const groups = new Map<string, number[]>();
    for (const i of at) groups.set(items[i], [...(groups.get(items[i]) ?? []), values[i]]);
    return new Map([...groups].map(([item, own]) => [item, own.reduce((a, b) => a + b, 0) / own.length]));
  };
  const [a, b] = [means(first), means(second)];
  const shared = [...a.keys()].filter((item) => b.has(item));
  if (shared.length < 2) return undefined;
  if (axis.scale !== undefined) {
    const test = ifDefined(() => wilcoxonSignedRankTest(shared.map((item) => a.get(item)! - b.get(item)!)));
    return test && { name: "wilcoxon of questions", p: test.p };
  }
  const test = ifDefined(() =>
    pairedPermutationTest(
      shared.map((item) => a.get(item)!),
      shared.map((item) => b.get(item)!),
    ),
  );
  return test && { name: "permutation-paired of questions", p: test.p };
}

function byItem(values: readonly number[], items: readonly string[]): number[] {
  const sums = new Map<string, number>();
  for (const [i, value] of values.entries()) sums.set(items[i], (sums.get(items[i]) ?? 0) + value);
  return [...sums.values()];
}

function countsOf(codes: readonly number[], options: number): number[] {
  const counts = Array.from({ length: options }, () => 0);
  for (const code of codes) counts[code]++;
  return counts;
}

/** Ratings of one question are resampled together. */
function shareOf(values: readonly number[], items: readonly string[]): Share {
  const value = values.reduce((a, b) => a + b, 0) / values.length;
  const units = new Set(items).size;
  const interval = ifDefined(() =>
    bootstrapInterval(values.length, meanStatistic(values), { ...resampling, clusters: items }),
  );
  // If all are equal, the bootstrap interval would have width 0; Wilson's interval over the questions does not.
  const spread =
    interval !== undefined && interval.low < interval.high
      ? interval
      : value === 0 || value === 1
        ? wilsonInterval(value * units, units)
        : undefined;
  return { value, n: values.length, units, ...(spread && { low: spread.low, high: spread.high }) };
}

function agreementOf(
  rated: readonly Rating[],
  codes: readonly number[],
  options: number,
  ordered: boolean,
): AxisResult["agreement"] {
  const raters = [...new Set(rated.map(({ rater }) => rater))];
  const units = [...new Set(rated.map(({ unit }) => unit))];
  const table = raters.map(() => units.map(() => undefined as number | undefined));
  for (const [i, { rater, unit }] of rated.entries()) table[raters.indexOf(rater)][units.indexOf(unit)] = codes[i];
  const perUnit = units.map((_, u) => table.flatMap((row) => (row[u] === undefined ? [] : [row[u]!])));
  const doubly = perUnit.filter((own) => own.length >= 2);
  const alpha = ifDefined(() => krippendorffAlpha(table, ordered ? "ordinal" : "nominal"));
  const same = doubly.length > 0 && doubly.every((own) => own.length === doubly[0].length);
  const kappa = same
    ? ifDefined(() =>
        multiRaterKappa(
          doubly.map((own) => countsOf(own, options)),
          "randolph",
        ),
      )
    : undefined;
  return {
    raters: raters.length,
    doublyRated: doubly.length,
    ...(kappa !== undefined && { randolphKappa: kappa }),
    ...(alpha !== undefined && { krippendorffAlpha: alpha }),
  };
}
