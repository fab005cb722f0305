/** Smallest, largest, mean, change and trend of a series of results, in one unit. */
import type { Fact } from "../fact.ts";
import { fitsUcum } from "../units.ts";
import type { Answer, ComputeQuery } from "./query.ts";
import { dated, inUnit } from "./select.ts";
import { standingAnswer } from "./standing.ts";
import { dayWords, nameOf, numberWords, plural, unitWords, valueWords, whenOf } from "./words.ts";

type Make = (text: string, rest?: Partial<Answer>) => Answer;

interface Series {
  points: { fact: Fact; value: number }[];
  unit: string | undefined;
  cautions: string[];
}

/**
 * Numeric results in the unit of the latest result whose unit fits the test; non-numeric results and other quantities
 * are left out and reported.
 */
function seriesOf(facts: readonly Fact[]): Series {
  const cautions: string[] = [];
  const numeric = facts.filter(({ value }) => typeof value === "number");
  const words = facts.length - numeric.length;
  if (words > 0)
    cautions.push(
      `${plural(words, "result")} that ${words === 1 ? "is" : "are"} not numeric ${words === 1 ? "was" : "were"} left out`,
    );
  const fitting = numeric.filter(
    (fact) => unitWords(fact) !== undefined && (fact.unit === undefined || !fitsUcum(fact.code, fact.unit)),
  );
  const last = fitting.at(-1) ?? numeric.at(-1);
  const unit = last === undefined ? undefined : unitWords(last);
  const points: Series["points"] = [];
  for (const fact of numeric) {
    const value = inUnit(fact, unit);
    if (value === undefined)
      cautions.push(
        `${valueWords(fact)} of ${whenOf(fact) ? dayWords(whenOf(fact)!) : "unknown date"} ${unitWords(fact) === undefined ? "has no unit" : `has a unit other than ${unit ?? "none"}`} and was left out`,
      );
    else points.push({ fact, value });
  }
  return { points, unit, cautions };
}

const unitText = (unit: string | undefined) => (unit === undefined ? "" : ` ${unit}`);
const point = ({ fact, value }: { fact: Fact; value: number }, unit: string | undefined) =>
  `${fact.comparator ?? ""}${numberWords(value, value === fact.value ? fact.printedValue : undefined)}${unitText(unit)}`;
const on = (fact: Fact) => (whenOf(fact) === undefined ? "" : ` on ${dayWords(whenOf(fact)!)}`);

export function extremeAnswer(query: ComputeQuery, facts: readonly Fact[], name: string, make: Make): Answer {
  const { points, unit, cautions } = seriesOf(facts);
  if (points.length === 0) return make(`No result of ${name} is a number`, { cautions });
  const largest = query.op === "max";
  const best = points.reduce((a, b) => ((largest ? b.value > a.value : b.value < a.value) ? b : a));
  const same = points.filter(({ value }) => value === best.value);
  const open = points.find(({ fact }) =>
    largest ? fact.comparator?.startsWith(">") : fact.comparator?.startsWith("<"),
  );
  if (open !== undefined)
    cautions.push(`${valueWords(open.fact)} is a limit of measurement: the true value may be beyond it`);
  const rest = {
    facts: same.map(({ fact }) => fact),
    cautions,
    ...(whenOf(best.fact) ? { date: whenOf(best.fact) } : {}),
  };
  if (query.field === "range")
    return standingAnswer(query, best.fact, rest.facts, (text, more = {}) =>
      make(text, { ...more, cautions: [...cautions, ...(more.cautions ?? [])] }),
    );
  const words = `The ${largest ? "highest" : "lowest"} ${nameOf(best.fact)} was ${point(best, unit)}${same.map(({ fact }) => on(fact)).join(" and")}, of ${plural(points.length, "result")}`;
  if (query.field === "date") return make(words, { ...rest, value: whenOf(best.fact) });
  return make(words, { ...rest, value: best.value, ...(unit ? { unit } : {}) });
}

export function meanAnswer(facts: readonly Fact[], name: string, make: Make, when: string): Answer {
  const { points, unit, cautions } = seriesOf(facts);
  const exact = points.filter(({ fact }) => fact.comparator === undefined);
  if (exact.length < points.length)
    cautions.push(`${plural(points.length - exact.length, "limit")} (< or >) left out of the mean`);
  if (exact.length === 0) return make(`No result of ${name} is a number`, { cautions });
  const mean = exact.reduce((sum, { value }) => sum + value, 0) / exact.length;
  return make(
    `The mean of ${plural(exact.length, "result")} of ${nameOf(exact[0].fact)}${when} is ${numberWords(mean)}${unitText(unit)}`,
    { value: mean, ...(unit ? { unit } : {}), facts: exact.map(({ fact }) => fact), cautions },
  );
}

/**
 * The direction of the last results. Over the latest three (all of a given period): `falling` when the last is below both the one before
 * and the first of them, `rising` likewise, `unchanged` when all are equal, else `mixed`. With two results, their difference decides.
 */
export function trendAnswer(query: ComputeQuery, facts: readonly Fact[], name: string, make: Make): Answer {
  const own: string[] = [];
  const { points, unit, cautions } = seriesOf(dated(facts, own));
  cautions.push(...own);
  if (points.length < 2)
    return make(
      points.length === 1
        ? `There is only one result of ${name}: ${point(points[0], unit)}${on(points[0].fact)}`
        : `No result of ${name} is a number with a date`,
      { facts: points.map(({ fact }) => fact), cautions },
    );
  const taken = query.period === undefined ? points.slice(-3) : points;
  if (taken.some(({ fact }) => fact.comparator !== undefined))
    cautions.push("one of the results is only a limit (< or >)");
  const direction = directionOf(taken.map(({ value }) => value));
  const listed = taken.map((each) => `${point(each, unit)}${on(each.fact)}`).join(", ");
  const words = {
    falling: "Falling",
    rising: "Rising",
    unchanged: "Unchanged",
    mixed: "Neither rising nor falling throughout",
  }[direction];
  return make(`${words}: ${nameOf(taken[0].fact)} ${listed}`, {
    value: direction,
    facts: taken.map(({ fact }) => fact),
    cautions,
  });
}

export function directionOf(values: readonly number[]): "falling" | "rising" | "unchanged" | "mixed" {
  const last = values[values.length - 1];
  const before = values[values.length - 2];
  const first = values[0];
  if (values.every((value) => value === last)) return "unchanged";
  if (last < before && last < first) return "falling";
  if (last > before && last > first) return "rising";
  return "mixed";
}

export function changeAnswer(facts: readonly Fact[], name: string, make: Make): Answer {
  const own: string[] = [];
  const { points, unit, cautions } = seriesOf(dated(facts, own));
  cautions.push(...own);
  if (points.length < 2)
    return make(`There are fewer than two results of ${name} to compare`, {
      facts: points.map(({ fact }) => fact),
      cautions,
    });
  const [first, last] = [points[0], points[points.length - 1]];
  if ((first.fact.comparator ?? last.fact.comparator) !== undefined)
    cautions.push("one of the results is only a limit (< or >)");
  const change = last.value - first.value;
  const words =
    change === 0
      ? "did not change"
      : `${change > 0 ? "rose" : "fell"} by ${numberWords(round(Math.abs(change)))}${unitText(unit)}`;
  return make(
    `${nameOf(last.fact)} ${words}: from ${point(first, unit)}${on(first.fact)} to ${point(last, unit)}${on(last.fact)}`,
    { value: round(change), ...(unit ? { unit } : {}), facts: [first.fact, last.fact], cautions },
  );
}

/** Removes the error of binary subtraction (7.2 - 7.1). */
const round = (value: number): number => Number(value.toPrecision(12));
