/** Panels (blood pressure): their measurements are answered one by one, because results of different measurements are no series. */
import type { Fact } from "../fact.ts";
import type { Answer, ComputeQuery } from "./query.ts";
import type { Selection } from "./select.ts";
import { nameOf, whenOf } from "./words.ts";

/** Queries that compare results with each other or with a range, which has a meaning only within one measurement. */
const isOfOneMeasurement = ({ op, field, above, below }: ComputeQuery): boolean =>
  ["min", "max", "mean", "trend", "change"].includes(op) ||
  field === "range" ||
  above !== undefined ||
  below !== undefined;

/**
 * The facts of a panel by measurement, in the order in which the panel states them; empty if the measurements can be answered
 * together (`128 and 80 mmHg on ...`), which needs the same dates of all.
 */
export function measurementsOf(query: ComputeQuery, selection: Selection): Pick<Selection, "facts" | "considered">[] {
  const by = new Map<string, Fact[]>();
  for (const fact of selection.considered) {
    const key = fact.code?.code ?? nameOf(fact);
    by.set(key, [...(by.get(key) ?? []), fact]);
  }
  const all = [...by.values()].map((considered) => ({
    considered,
    facts: selection.facts.filter((fact) => considered.includes(fact)),
  }));
  const isOneByOne = ["first", "latest", "previous"].includes(query.op);
  const sameDates = new Set(all.map(({ facts }) => facts.map(whenOf).join())).size === 1;
  return isOfOneMeasurement(query) || (isOneByOne && !sameDates) ? all : [];
}

/** One answer of several measurements of a panel: a sentence for each, and the values as text in the same order. */
export function joined(query: ComputeQuery, answers: readonly Answer[]): Answer {
  const date = answers.find((each) => each.date !== undefined)?.date;
  const value =
    query.op === "ever"
      ? answers.some((each) => each.value === true)
      : answers.map((each) =>
          each.value === undefined ? "" : `${String(each.value)}${each.unit === undefined ? "" : ` ${each.unit}`}`,
        );
  return {
    query,
    text: answers.map(({ text }) => text).join(" "),
    value,
    facts: answers.flatMap(({ facts }) => facts),
    ...(date === undefined ? {} : { date }),
    cautions: [...new Set(answers.flatMap(({ cautions }) => cautions))],
  };
}

/** A panel's components are one reading, and so are its measurements sent one by one at the same time. */
export const readingOf = (fact: Fact): string =>
  fact.partOf === undefined ? (whenOf(fact) ?? fact.id) : "resource" in fact.source ? fact.source.resource : fact.id;
