/** Runs a query on a record: exact arithmetic on facts, and every answer cites its facts. */
import { ageAt, clockToday, daysBetween } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { isActive } from "./active.ts";
import { withCircumstances } from "./circumstances.ts";
import { changeAnswer, extremeAnswer, meanAnswer, trendAnswer } from "./numbers.ts";
import { oneAnswer } from "./one.ts";
import { joined, measurementsOf, readingOf } from "./panels.ts";
import { aboutPatient } from "./patient.ts";
import { dateOf, described, exact, inPeriod, kindWords, limits, othersWords, rangeWords, sentence } from "./phrases.ts";
import { type Answer, type ComputeQuery, type Make, unnamed } from "./query.ts";
import { byMoment, dated, orderCautions, type Selection, selectFacts } from "./select.ts";
import { outsideAnswer } from "./standing.ts";
import { dayWords, listWords, nameOf, whenOf } from "./words.ts";

/** The reference date of relative periods. */
export interface ComputeOptions {
  /** The date of "now". Default: the clock's. */
  today?: string;
}

/**
 * Answers a query. A concept that is not in the record gives "not in this record" for `ever`, `count`, `list` and `active`, and no
 * value otherwise; an ambiguous test name gives no value and lists the candidates.
 */
export function compute(record: HealthRecord, query: ComputeQuery, options: ComputeOptions = {}): Answer {
  const today = options.today ?? clockToday();
  if (query.op === "patient" || (query.op === "age" && query.concept === undefined))
    return aboutPatient(record, query, today);
  return withCircumstances(record, query, computed(record, query, today), today);
}

function computed(record: HealthRecord, query: ComputeQuery, today: string): Answer {
  const selection = selectFacts(record, query, today);
  if (!("facts" in selection)) return notFound(query, selection.ambiguous, selection.close);
  const measured = selection.panel ? measurementsOf(query, selection) : [];
  if (measured.length < 2) return answer(record, query, selection, today);
  return joined(
    query,
    measured.map(({ facts, considered }) =>
      answer(record, query, { ...selection, facts, considered, panel: false, names: [nameOf(considered[0])] }, today),
    ),
  );
}

function answer(record: HealthRecord, query: ComputeQuery, selection: Selection, today: string): Answer {
  const { facts, cautions, names, panel } = selection;
  const name = query.concept === undefined ? kindWords(query) : listWords(names.slice(0, 4));
  const make = (text: string, rest: Partial<Answer> = {}): Answer => ({
    query,
    text: sentence(text),
    facts: [],
    ...rest,
    cautions: [...cautions, ...(rest.cautions ?? [])],
  });
  const none = (): Answer =>
    make(`The record states no ${name}${limits(query)}${inPeriod(query)}${othersWords(selection)}`, {
      facts:
        query.above === undefined && query.below === undefined
          ? selection.others.slice(0, 5)
          : nearest(selection, query),
    });
  switch (query.op) {
    case "ever": {
      // A possible diagnosis is neither true nor false.
      if (facts.length === 0) return { ...none(), ...(isPossible(selection) ? {} : { value: false }) };
      const ordered = [...facts].sort((a, b) => Number(whenOf(a) === undefined) - Number(whenOf(b) === undefined));
      const shown = ordered.slice(0, 3).map((fact) => described(fact));
      return make(`Yes: ${shown.join("; ")}${facts.length > 3 ? `; and ${facts.length - 3} more` : ""}`, {
        value: true,
        facts,
        ...dateOf(ordered[0]),
      });
    }
    case "count": {
      if (query.outside !== undefined) return outsideAnswer(query, facts, make);
      const counted = panel ? new Set(facts.map(readingOf)).size : facts.length;
      if (counted === 0) return { ...none(), value: 0 };
      const span = [facts[0], facts[facts.length - 1]]
        .map((fact) => whenOf(fact))
        .filter((each) => each !== undefined)
        .map(dayWords);
      return make(
        `${counted}: ${name}${limits(query)}${inPeriod(query)}${span.length === 2 ? `, from ${span[0]} to ${span[1]}` : ""}`,
        { value: counted, facts },
      );
    }
    case "list":
      return listAnswer(record, query, selection, today, make);
    case "first":
    case "latest":
    case "previous":
      return oneAnswer(query, selection, make, none);
    case "min":
    case "max":
      return facts.length === 0 ? none() : extremeAnswer(query, facts, name, make);
    case "mean":
      return facts.length === 0 ? none() : meanAnswer(facts, name, make, inPeriod(query));
    case "trend":
      return facts.length === 0 ? none() : trendAnswer(query, facts, name, make);
    case "change":
      return facts.length === 0 ? none() : changeAnswer(facts, name, make);
    case "interval":
      return intervalAnswer(record, query, selection, today, make, none);
    case "duration": {
      const list = dated(facts, cautions);
      if (list.length === 0) return none();
      const fact = query.which === "first" ? list[0] : list[list.length - 1];
      if (fact.start === undefined || fact.end === undefined)
        return make(`${nameOf(fact)} began on ${dayWords(whenOf(fact)!)}; the record states no end`, { facts: [fact] });
      const days = daysBetween(fact.start, fact.end)!;
      return make(
        `${nameOf(fact)} lasted ${rangeWords(days)} ${days.max === 1 ? "day" : "days"}, from ${dayWords(fact.start)} to ${dayWords(fact.end)}`,
        { value: exact(days), unit: "d", facts: [fact] },
      );
    }
    case "active": {
      const judged = facts.map((fact) => ({ fact, ...isActive(fact, today) }));
      const active = judged.filter((each) => each.active);
      const why = judged.map((each) => each.caution).filter((each) => each !== undefined);
      if (active.length > 0)
        return make(
          `Yes: ${active
            .slice(0, 3)
            .map(({ fact }) => `${described(fact)}${fact.status ? ` (${fact.status})` : ""}`)
            .join("; ")}`,
          { value: true, facts: active.map(({ fact }) => fact), cautions: why.slice(0, 2) },
        );
      if (facts.length === 0) return { ...none(), ...(isPossible(selection) ? {} : { value: false }) };
      const last = facts[facts.length - 1];
      return make(
        `No: ${described(last)}${last.status ? `, ${last.status}` : ""}${last.end ? `, ended ${dayWords(last.end)}` : ""}`,
        {
          value: false,
          facts,
          ...(last.kind === "allergy" && {
            cautions: ["an allergy with this status may still matter: confirm it before a drug is given"],
          }),
        },
      );
    }
    case "age": {
      const list = dated(facts, cautions);
      if (list.length === 0) return none();
      const moments = byMoment(list);
      if (query.which === "previous" && moments.length < 2)
        return make(`There is only one: ${described(list[0])}`, { facts: [list[0]] });
      const fact =
        query.which === "latest"
          ? list[list.length - 1]
          : query.which === "previous"
            ? moments[moments.length - 2][0]
            : list[0];
      orderCautions(fact, list, cautions);
      const { birthDate } = record.patient;
      if (birthDate === undefined)
        return make(`${described(fact)}; the record states no birth date`, { facts: [fact] });
      const age = ageAt(birthDate, whenOf(fact)!);
      if (age === undefined)
        return make(`${described(fact)} is dated before the birth date ${birthDate}`, { facts: [fact] });
      return make(`${rangeWords(age)} years old: ${described(fact)}; born ${birthDate}`, {
        value: exact(age),
        unit: "a",
        facts: [fact],
        ...dateOf(fact),
      });
    }
    default:
      return none();
  }
}

function listAnswer(
  record: HealthRecord,
  query: ComputeQuery,
  selection: Selection,
  today: string,
  make: Make,
): Answer {
  let { facts } = selection;
  if (query.outside !== undefined) return outsideAnswer(query, facts, make);
  if (query.reason !== undefined) {
    const conditions = selectFacts(record, { op: "list", concept: query.reason, kind: "condition" }, today);
    const names = new Set("facts" in conditions ? conditions.facts.map(nameOf) : []);
    facts = facts.filter(({ reason }) =>
      reason?.some((each) => names.has(each) || each.toLowerCase() === query.reason!.toLowerCase()),
    );
  }
  const cautions: string[] = [];
  if (query.which === "latest") {
    const judged = facts.map((fact) => ({ fact, ...isActive(fact, today) }));
    facts = judged.filter(({ active }) => active).map(({ fact }) => fact);
    for (const { active, caution } of judged)
      if (active && caution !== undefined && cautions.length < 2) cautions.push(caution);
  }
  const names = [...new Set(facts.map(nameOf))];
  const what = `${query.which === "latest" ? "active " : ""}${kindWords(query)}`;
  if (names.length === 0)
    return make(
      `The record states no ${what}${query.reason ? ` for ${query.reason}` : ""}${inPeriod(query)}${othersWords(selection)}`,
      { value: [], facts: selection.others.slice(0, 5), cautions },
    );
  const latest = new Map(facts.map((fact) => [nameOf(fact), fact]));
  // An allergy is listed whatever its status, which is then stated.
  const status = (fact: Fact) =>
    fact.kind === "allergy" && fact.status !== undefined && !isActive(fact, today).active ? `, ${fact.status}` : "";
  return make(
    `${names.map((name) => `${name}${whenOf(latest.get(name)!) ? ` (${dayWords(whenOf(latest.get(name)!)!)})` : ""}${status(latest.get(name)!)}`).join("; ")}`,
    { value: names, facts, cautions },
  );
}

function intervalAnswer(
  record: HealthRecord,
  query: ComputeQuery,
  { facts, cautions }: Selection,
  today: string,
  make: Make,
  none: () => Answer,
): Answer {
  const list = dated(facts, cautions);
  if (list.length === 0) return none();
  let pair: [Fact, Fact];
  if (query.to === undefined) {
    const groups = byMoment(list);
    if (groups.length < 2) return make(`There is only one: ${described(list[0])}`, { facts: [list[0]] });
    pair =
      query.which === "first"
        ? [groups[0][0], groups[groups.length - 1][0]]
        : [groups[groups.length - 2][0], groups[groups.length - 1][0]];
  } else {
    const other = selectFacts(
      record,
      { op: "first", concept: query.to, ...(query.period ? { period: query.period } : {}) },
      today,
    );
    if (!("facts" in other)) return notFound({ ...query, concept: query.to }, other.ambiguous, other.close);
    const others = dated(other.facts, cautions);
    if (others.length === 0) return make(`The record states no ${query.to}`);
    const pick = (of: Fact[]) => (query.which === "latest" ? of[of.length - 1] : of[0]);
    pair = [pick(list), pick(others)];
  }
  const days = daysBetween(whenOf(pair[0])!, whenOf(pair[1])!)!;
  return make(
    `${rangeWords(days)} ${days.max === 1 ? "day" : "days"}: from ${described(pair[0])} to ${described(pair[1])}`,
    { value: exact(days), unit: "d", facts: pair },
  );
}

function notFound(query: ComputeQuery, ambiguous: readonly string[] | undefined, close: readonly string[]): Answer {
  const base = { query, facts: [] };
  if (ambiguous !== undefined)
    return {
      ...base,
      text: sentence(`"${query.concept}" can mean several things in this record: ${ambiguous.slice(0, 6).join("; ")}`),
      cautions: ["name one of them"],
    };
  const near = close.length > 0 ? [`similar names: ${close.join("; ")}`] : [];
  const value =
    query.op === "ever" || query.op === "active"
      ? false
      : query.op === "count"
        ? 0
        : query.op === "list"
          ? []
          : undefined;
  return {
    ...base,
    ...(value === undefined ? {} : { value }),
    text: sentence(`${unnamed} "${query.concept}"`),
    cautions: ["that a record does not mention something does not prove that it never occurred", ...near],
  };
}

const isPossible = ({ others }: Selection): boolean => others.some(({ assertion }) => assertion === "possible");

/** If no result exceeds the bound, the one closest to it. */
function nearest({ considered }: Selection, { above }: ComputeQuery): Fact[] {
  const numeric = considered.filter(({ value }) => typeof value === "number");
  if (numeric.length === 0) return [];
  return [numeric.reduce((a, b) => ((above === undefined ? b.value! < a.value! : b.value! > a.value!) ? b : a))];
}
