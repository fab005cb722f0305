/** Formats facts, numbers and dates as text for answers and views. */
import type { Fact, PartialDate } from "../fact.ts";

/** A number as the source wrote it; one with many decimals to five significant digits. */
export function numberWords(value: number, printed?: string): string {
  if (printed !== undefined && printed.replace(/[-.]/g, "").length <= 7) return printed;
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(5)));
}

/** The value of a fact with comparator and unit; undefined when it has none. */
export function valueWords(fact: Fact): string | undefined {
  if (fact.value === undefined) return undefined;
  const unit = unitWords(fact);
  const value =
    typeof fact.value === "number"
      ? numberWords(fact.value, fact.printedValue)
      : typeof fact.value === "boolean"
        ? fact.value
          ? "yes"
          : "no"
        : fact.value;
  return `${fact.comparator ?? ""}${value}${unit === undefined ? "" : ` ${unit}`}`;
}

/** The unit as printed; annotations without braces are left as they are. */
export const unitWords = ({ printedUnit, unit }: Fact): string | undefined => printedUnit ?? unit;

/** A date at the precision of a day at most: times matter only between results of one day. */
export const dayWords = (date: PartialDate): string => date.slice(0, 10);

/** When a fact is dated: its start, else when it was recorded. */
export const whenOf = (fact: Fact): PartialDate | undefined => fact.start ?? fact.recorded;

export const nameOf = (fact: Fact): string => fact.code?.display ?? fact.kind;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export const listWords = (items: readonly string[]): string =>
  items.length <= 1 ? (items[0] ?? "") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
