/** Runs a query over a record: exact arithmetic on facts, every answer with the facts it rests on. */
import { ageAt, clockToday, daysBetween, isBefore, localDate } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { isActive } from "./active.ts";
import { changeAnswer, extremeAnswer, meanAnswer, trendAnswer } from "./numbers.ts";
import type { Answer, ComputeQuery } from "./query.ts";
import { dated, orderCautions, type Selection, selectFacts } from "./select.ts";
import { dayWords, listWords, nameOf, unitWords, valueWords, whenOf } from "./words.ts";

export interface ComputeOptions {
  /** The date "now" is. Defaults to the clock. */
  today?: string;
}

/**
 * Answers a query. A concept that the record does not hold gives "not in this record" for `ever`, `count`, `list` and `active`, and no
 * value for the rest; a name that may mean several tests gives no value and says which.
 */
export function compute(record: HealthRecord, query: ComputeQuery, options: ComputeOptions = {}): Answer {
  const today = options.today ?? clockToday();
  if (query.op === "patient" || (query.op === "age" && query.concept === undefined))
    return aboutPatient(record, query, today);
  const selection = selectFacts(record, query, today);
  if (!("facts" in selection)) return notFound(query, selection.ambiguous, selection.close);
  return answer(record, query, selection, today);
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
      // What is called possible is neither true nor false.
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
      const counted = panel
        ? new Set(facts.map((fact) => `${fact.source && "resource" in fact.source ? fact.source.resource : fact.id}`))
            .size
        : facts.length;
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
      return oneAnswer(query, selection, make, none, today);
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
        { value: false, facts },
      );
    }
    case "age": {
      const list = dated(facts, cautions);
      if (list.length === 0) return none();
      const fact = query.which === "latest" ? list[list.length - 1] : list[0];
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

type Make = (text: string, rest?: Partial<Answer>) => Answer;

function oneAnswer(
  query: ComputeQuery,
  { facts, cautions, panel }: Selection,
  make: Make,
  none: () => Answer,
  _today: string,
): Answer {
  const list = dated(facts, cautions);
  if (list.length === 0) return none();
  const groups = panel || query.op === "previous" ? byMoment(list) : undefined;
  let at: Fact;
  if (query.op === "first") at = list[0];
  else if (query.op === "latest") at = list[list.length - 1];
  else {
    if (groups!.length < 2) return make(`There is only one: ${described(list[0])}`, { facts: [list[0]] });
    at = groups![groups!.length - 2][0];
  }
  orderCautions(at, list, cautions);
  const same = list.filter((fact) => whenOf(fact) === whenOf(at));
  const field = query.field ?? (at.kind === "observation" ? "value" : "date");
  if (panel)
    return make(`${same.map((fact) => `${nameOf(fact)} ${valueWords(fact)}`).join(", ")} on ${dayWords(whenOf(at)!)}`, {
      value: same.map((fact) => valueWords(fact) ?? ""),
      facts: same,
      ...dateOf(at),
    });
  const differing = new Set(same.map((fact) => `${nameOf(fact)} ${valueWords(fact) ?? ""}`));
  if (field === "value" && differing.size > 1)
    cautions.push(`${differing.size} results have this time: ${[...differing].join("; ")}`);
  const range = referenceWords(at);
  switch (field) {
    case "value": {
      const value = valueWords(at);
      if (value === undefined) return make(described(at), { value: nameOf(at), facts: same, ...dateOf(at) });
      return make(`${nameOf(at)} was ${value} on ${dayWords(whenOf(at)!)}${range}`, {
        value: at.value,
        ...(unitWords(at) ? { unit: unitWords(at) } : {}),
        facts: same,
        ...dateOf(at),
      });
    }
    case "date":
      return make(`${dayWords(whenOf(at)!)}: ${described(at, false)}`, {
        value: whenOf(at),
        facts: same,
        ...dateOf(at),
      });
    case "end":
      return at.end === undefined
        ? make(`${described(at)}; the record states no end`, { facts: [at] })
        : make(`${dayWords(at.end)}: the end of ${described(at)}`, { value: at.end, facts: [at], date: at.end });
    case "by":
      return at.by === undefined
        ? make(`${described(at)}; the record does not say by whom`, { facts: [at] })
        : make(`${at.by}: ${described(at)}`, { value: at.by, facts: [at], ...dateOf(at) });
    case "reason":
      return at.reason === undefined
        ? make(`${described(at)}; the record states no reason`, { facts: [at] })
        : make(`${listWords(at.reason)}: the reason of ${described(at)}`, {
            value: at.reason,
            facts: [at],
            ...dateOf(at),
          });
    case "dosage":
      return at.dosage === undefined
        ? make(`${described(at)}; the record states no dosage`, { facts: [at] })
        : make(`${nameOf(at)}: ${at.dosage}`, { value: at.dosage, facts: [at], ...dateOf(at) });
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
  if (query.reason !== undefined) {
    const meant = selectFacts(record, { op: "list", concept: query.reason, kind: "condition" }, today);
    const names = new Set("facts" in meant ? meant.facts.map(nameOf) : []);
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
  return make(
    `${names.map((name) => `${name}${whenOf(latest.get(name)!) ? ` (${dayWords(whenOf(latest.get(name)!)!)})` : ""}`).join("; ")}`,
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

function aboutPatient({ patient }: HealthRecord, query: ComputeQuery, today: string): Answer {
  const make = (text: string, rest: Partial<Answer> = {}): Answer => ({
    query,
    text: sentence(text),
    facts: [],
    cautions: [],
    ...rest,
  });
  if (query.op === "age") {
    if (patient.birthDate === undefined) return make("The record states no birth date");
    const died =
      typeof patient.deceased === "string" && isBefore(patient.deceased, today) ? patient.deceased : undefined;
    const age = ageAt(patient.birthDate, died ?? today);
    if (age === undefined) return make(`The birth date ${patient.birthDate} lies in the future`);
    return make(
      died === undefined
        ? `${rangeWords(age)} years old on ${today}; born ${patient.birthDate}`
        : `${rangeWords(age)} years old at death on ${dayWords(died)}; born ${patient.birthDate}`,
      { value: exact(age), unit: "a" },
    );
  }
  const value = query.field === "sex" ? patient.sex : query.field === "name" ? patient.name : patient.birthDate;
  const what = query.field === "sex" ? "sex" : query.field === "name" ? "name" : "birth date";
  return value === undefined
    ? make(`The record states no ${what}`)
    : make(query.field === "birthDate" || query.field === undefined ? `Born ${value}` : value, { value });
}

function notFound(query: ComputeQuery, ambiguous: readonly string[] | undefined, close: readonly string[]): Answer {
  const base = { query, facts: [] };
  if (ambiguous !== undefined)
    return {
      ...base,
      text: sentence(`"${query.concept}" may mean several things in this record: ${ambiguous.slice(0, 6).join("; ")}`),
      cautions: ["name one of them"],
    };
  const near = close.length > 0 ? [`names that are close: ${close.join("; ")}`] : [];
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
    text: sentence(`Nothing in this record is called "${query.concept}"`),
    cautions: ["that a record does not name something is no proof that it never was", ...near],
  };
}

/** Facts by the moment they carry, in order. */
function byMoment(facts: readonly Fact[]): Fact[][] {
  const groups: Fact[][] = [];
  for (const fact of facts) {
    const last = groups[groups.length - 1];
    if (last !== undefined && whenOf(last[0]) === whenOf(fact)) last.push(fact);
    else groups.push([fact]);
  }
  return groups;
}

const exact = ({ min, max }: { min: number; max: number }): number | undefined => (min === max ? min : undefined);
const rangeWords = ({ min, max }: { min: number; max: number }): string =>
  min === max ? String(min) : `between ${min} and ${max}`;
const dateOf = (fact: Fact): { date?: string } => (whenOf(fact) === undefined ? {} : { date: whenOf(fact) });

/** A fact in a few words: name, value, day. */
export function described(fact: Fact, withDate = true): string {
  const value = fact.kind === "observation" ? valueWords(fact) : undefined;
  const when = whenOf(fact);
  return `${nameOf(fact)}${value === undefined ? "" : ` ${value}`}${withDate && when !== undefined ? ` on ${dayWords(when)}` : ""}`;
}

function referenceWords({ low, high, flag }: Fact): string {
  const range =
    low !== undefined && high !== undefined
      ? `reference ${low} to ${high}`
      : low !== undefined
        ? `reference from ${low}`
        : high !== undefined
          ? `reference to ${high}`
          : "";
  const parts = [range, flag && flag !== "N" ? `flag ${flag}` : ""].filter(Boolean);
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

function kindWords({ kind }: ComputeQuery): string {
  const words: Record<string, string> = {
    observation: "results",
    condition: "conditions",
    medication: "medications",
    procedure: "procedures",
    immunization: "immunizations",
    allergy: "allergies",
    encounter: "encounters",
    report: "reports",
    carePlan: "care plans",
    familyHistory: "family history",
  };
  return kind === undefined ? "facts" : (words[kind] ?? kind);
}

function inPeriod({ period }: ComputeQuery): string {
  if (period === undefined) return "";
  const { from, to } = period;
  if (from !== undefined && from === to) return ` ${from.length === 10 ? "on" : "in"} ${from}`;
  return `${from ? ` from ${localDate(from)}` : ""}${to ? ` to ${localDate(to)}` : ""}`;
}

function limits({ above, below, unit }: ComputeQuery): string {
  return `${above === undefined ? "" : ` above ${above}${unit ? ` ${unit}` : ""}`}${below === undefined ? "" : ` below ${below}${unit ? ` ${unit}` : ""}`}`;
}

function othersWords({ others }: Selection): string {
  if (others.length === 0) return "";
  const by = new Map<string, number>();
  for (const { assertion } of others) by.set(assertion!, (by.get(assertion!) ?? 0) + 1);
  return ` as true of the patient; it is ${[...by].map(([assertion, count]) => `${assertionWords[assertion]} ${count === 1 ? "once" : `${count} times`}`).join(", ")}: ${others
    .slice(0, 3)
    .map((fact) => described(fact))
    .join("; ")}`;
}

const isPossible = ({ others }: Selection): boolean => others.some(({ assertion }) => assertion === "possible");

/** The result that comes closest to a bound that none passes. */
function nearest({ considered }: Selection, { above }: ComputeQuery): Fact[] {
  const numeric = considered.filter(({ value }) => typeof value === "number");
  if (numeric.length === 0) return [];
  return [numeric.reduce((a, b) => ((above === undefined ? b.value! < a.value! : b.value! > a.value!) ? b : a))];
}

const assertionWords: Readonly<Record<string, string>> = {
  denied: "denied",
  family: "said of the family",
  planned: "planned",
  possible: "called possible",
};

const sentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);
