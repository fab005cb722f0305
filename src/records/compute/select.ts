/** Selects the facts that a query is about, and reports what was left out. */
import { groupNamed } from "../concepts/groups.ts";
import { isComponentOf, type Resolution, resolveConcept, type Unresolved } from "../concepts/resolve.ts";
import { compareDates, isBefore, localDate, overlapsUnequally, within } from "../dates.ts";
import type { Fact, FactKind } from "../fact.ts";
import { sameUnit, ucumOf } from "../printed-units.ts";
import type { HealthRecord } from "../record.ts";
import { convert } from "../units.ts";
import type { ComputeQuery } from "./query.ts";
import { dayWords, nameOf, plural, unitWords, valueWords, whenOf } from "./words.ts";

export interface Selection {
  /** Affirmed facts about the patient, in order of date. */
  facts: Fact[];
  /** Facts of the concept that deny it, or concern the family, a plan, or a possibility. */
  others: Fact[];
  cautions: string[];
  /** Names of the selected concepts. */
  names: string[];
  /** True if `concept` is a panel: the facts are its components. */
  panel: boolean;
  /** The facts before a bound (`above`, `below`) was applied. */
  considered: readonly Fact[];
}

const anyKind: readonly FactKind[] = [
  "condition",
  "medication",
  "procedure",
  "immunization",
  "allergy",
  "observation",
  "encounter",
  "report",
  "imaging",
  "device",
  "carePlan",
];
const numericOps = new Set(["min", "max", "mean", "trend", "change"]);

export function selectFacts(record: HealthRecord, query: ComputeQuery, today: string): Selection | Unresolved {
  const kinds =
    query.kind !== undefined
      ? [query.kind, ...(query.kind === "procedure" ? (["imaging"] as const) : [])]
      : numericOps.has(query.op) || query.above !== undefined || query.below !== undefined
        ? (["observation"] as const)
        : anyKind;
  const cautions: string[] = [];
  let facts: readonly Fact[];
  let names: string[] = [];
  let panel = false;
  let relatives: readonly Fact[] = [];
  if (query.concept === undefined)
    facts = record.facts.filter(({ kind }) => (kinds as readonly FactKind[]).includes(kind));
  else if (query.outside !== undefined && groupNamed(query.concept) !== undefined) {
    const found = groupNamed(query.concept)!.members.map((name) => resolveConcept(record, name, ["observation"]));
    const concepts = found.flatMap((one) =>
      "concepts" in one && (one.how === "name" || one.how === "synonym") ? one.concepts : [],
    );
    facts = [...new Set(concepts)].flatMap((concept) => concept.facts);
    names = [groupNamed(query.concept)!.title];
  } else {
    const found = resolveInOrder(record, query.concept, kinds);
    relatives = familyNamed(record, query.concept, kinds);
    const components = "concepts" in found ? [] : record.facts.filter((fact) => isComponentOf(fact, query.concept!));
    if ("concepts" in found) {
      facts = found.concepts.flatMap((concept) => concept.facts);
      names = [...new Set(found.concepts.map(({ display }) => display))];
      cautions.push(...howTaken(query.concept, found));
    } else if (components.length > 0 && (kinds as readonly FactKind[]).includes("observation")) {
      facts = components;
      names = [...new Set(components.map(nameOf))];
      panel = true;
    } else if (relatives.length > 0) {
      facts = [];
      names = [...new Set(relatives.map(nameOf))];
    } else return found;
  }
  // Questions about the family's history or about goals mean exactly the facts about the family or the planned ones.
  const isRelevant = ({ kind, assertion }: Fact) =>
    assertion === undefined ||
    assertion === "confirmed" ||
    (query.kind === kind &&
      ((kind === "familyHistory" && assertion === "family") || (kind === "goal" && assertion === "planned")));
  const others = [...facts.filter((fact) => !isRelevant(fact)), ...relatives];
  let selected = facts.filter(isRelevant);

  const future = selected.filter((fact) => whenOf(fact) !== undefined && isBefore(today, whenOf(fact)!));
  if (future.length > 0) {
    selected = selected.filter((fact) => !future.includes(fact));
    cautions.push(
      `${plural(future.length, "fact")} dated in the future ${future.length === 1 ? "was" : "were"} left out: ${future
        .slice(0, 3)
        .map((fact) => `${nameOf(fact)}, ${dayWords(whenOf(fact)!)}`)
        .join("; ")}`,
    );
  }
  if (query.at !== undefined) {
    const day = dayOf(record, query.at, today);
    if (day === undefined) return { close: [] };
    selected = selected.filter((fact) => whenOf(fact) !== undefined && localDate(whenOf(fact)!) === day);
  }
  if (query.period !== undefined) {
    const inside: Fact[] = [];
    const unclear: Fact[] = [];
    for (const fact of selected) {
      const date = whenOf(fact);
      const where = date === undefined ? "unclear" : within(date, query.period);
      if (where === "in") inside.push(fact);
      else if (where === "unclear") unclear.push(fact);
    }
    if (unclear.length > 0)
      cautions.push(
        `${plural(unclear.length, "fact")} may be in the period but ${unclear.length === 1 ? "has" : "have"} no sufficiently precise date: ${unclear
          .slice(0, 3)
          .map((fact) => `${nameOf(fact)} (${whenOf(fact) ?? "no date"})`)
          .join("; ")}`,
      );
    selected = inside;
  }
  selected = withoutAbsent(selected, cautions);
  const considered = selected;
  if (isFilter(query)) selected = beyond(selected, query, cautions);
  selected.sort((a, b) => compareDates(whenOf(a), whenOf(b)));
  return { facts: selected, others, cautions, names, panel, considered };
}

/** Diagnoses, drugs, results and events first; a care plan or report of that name only if nothing else has it. */
function resolveInOrder(record: HealthRecord, name: string, kinds: readonly FactKind[]): Resolution | Unresolved {
  const main = kinds.filter(
    (kind) => kind !== "carePlan" && kind !== "report" && kind !== "encounter" && kind !== "device",
  );
  if (main.length === 0 || main.length === kinds.length) return resolveConcept(record, name, kinds);
  const found = resolveConcept(record, name, main);
  if ("concepts" in found && found.how !== "spelling") return found;
  const wider = resolveConcept(record, name, kinds);
  return "concepts" in wider || !("concepts" in found) ? wider : found;
}

/** A question about the patient's condition is also told what the record states of the family; a question about the family finds it itself. */
function familyNamed(record: HealthRecord, name: string, kinds: readonly FactKind[]): readonly Fact[] {
  if (!kinds.includes("condition") || kinds.includes("familyHistory")) return [];
  const found = resolveConcept(record, name, ["familyHistory"]);
  return "concepts" in found && found.how !== "spelling" ? found.concepts.flatMap(({ facts }) => facts) : [];
}

function howTaken(name: string, { how, concepts }: Resolution): string[] {
  const names = [...new Set(concepts.map(({ display }) => display))];
  if (how === "spelling") return [`"${name}" was interpreted as ${names.join(", ")}`];
  return [];
}

/** Whether a bound selects results; with the field `range` the chosen result is compared with it instead. */
const isFilter = ({ above, below, field }: ComputeQuery): boolean =>
  field !== "range" && (above !== undefined || below !== undefined);

/** Results with a reason for a missing value are not results. */
function withoutAbsent(facts: Fact[], cautions: string[]): Fact[] {
  const absent = facts.filter(({ kind, value }) => kind === "observation" && value === undefined);
  if (absent.length === 0) return facts;
  cautions.push(
    `${plural(absent.length, "result")} without a value ${absent.length === 1 ? "was" : "were"} left out (${absent[0].absent ?? "no value"}${whenOf(absent[0]) ? `, ${dayWords(whenOf(absent[0])!)}` : ""})`,
  );
  return facts.filter((fact) => !absent.includes(fact));
}

/** The results that are certainly above or below the bounds of the query. */
export function beyond(facts: Fact[], { above, below, unit }: ComputeQuery, cautions: string[]): Fact[] {
  return facts.filter((fact) => {
    const value = inUnit(fact, unit);
    if (value === undefined) {
      cautions.push(
        `${valueWords(fact) ?? "a result"} of ${whenOf(fact) ? dayWords(whenOf(fact)!) : "unknown date"} could not be compared with ${above ?? below}${unit ? ` ${unit}` : ""}`,
      );
      return false;
    }
    // "<5" is not certainly above 3, but certainly below 6.
    const { comparator } = fact;
    if (above !== undefined && !(value > above || (value === above && comparator === ">"))) {
      return false;
    }
    if (above !== undefined && comparator?.startsWith("<")) {
      cautions.push(`${valueWords(fact)} is only a limit`);
      return false;
    }
    if (below !== undefined && !(value < below || (value === below && comparator === "<"))) return false;
    if (below !== undefined && comparator?.startsWith(">")) {
      cautions.push(`${valueWords(fact)} is only a limit`);
      return false;
    }
    return true;
  });
}

/** A numeric result in a unit; undefined when it is not a number or cannot be converted. */
export function inUnit(fact: Fact, unit: string | undefined): number | undefined {
  if (typeof fact.value !== "number") return undefined;
  const own = unitWords(fact);
  if (unit === undefined || sameUnit(own, unit) || sameUnit(fact.unit, unit)) return fact.value;
  const from = fact.unit ?? (own === undefined ? undefined : ucumOf(own));
  const to = ucumOf(unit);
  return from === undefined || to === undefined ? undefined : convert(fact.value, from, to);
}

/** The day of the latest fact of a name. */
function dayOf(record: HealthRecord, name: string, today: string): string | undefined {
  const found = selectFacts(record, { op: "latest", concept: name }, today);
  if (!("facts" in found)) return undefined;
  const dated = found.facts.filter((fact) => whenOf(fact) !== undefined);
  return dated.length === 0 ? undefined : localDate(whenOf(dated[dated.length - 1])!);
}

/** Facts with a date, in order; the rest and ties of imprecise dates become cautions. */
export function dated(facts: readonly Fact[], cautions: string[]): Fact[] {
  const undatedCount = facts.filter((fact) => whenOf(fact) === undefined).length;
  if (undatedCount > 0)
    cautions.push(`${plural(undatedCount, "fact")} without a date ${undatedCount === 1 ? "was" : "were"} left out`);
  return facts.filter((fact) => whenOf(fact) !== undefined);
}

/** Adds a caution if the order of a fact and its neighbours cannot be determined. */
export function orderCautions(chosen: Fact, all: readonly Fact[], cautions: string[]): void {
  const unclear = all.filter((fact) => fact !== chosen && overlapsUnequally(whenOf(fact)!, whenOf(chosen)!));
  if (unclear.length > 0)
    cautions.push(
      `the order is not certain: ${plural(unclear.length, "other fact")} ${unclear.length === 1 ? "has" : "have"} a date (${whenOf(unclear[0])}) that may be before or after ${whenOf(chosen)}`,
    );
}

/** Groups facts by their date and time, in order. */
export function byMoment(facts: readonly Fact[]): Fact[][] {
  const groups: Fact[][] = [];
  for (const fact of facts) {
    const last = groups[groups.length - 1];
    if (last !== undefined && whenOf(last[0]) === whenOf(fact)) last.push(fact);
    else groups.push([fact]);
  }
  return groups;
}
