/** Phrases for answers: a fact, a period, a bound, a range of days. */
import { localDate } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { ComputeQuery } from "./query.ts";
import type { Selection } from "./select.ts";
import { dayWords, nameOf, valueWords, whenOf } from "./words.ts";

export const exact = ({ min, max }: { min: number; max: number }): number | undefined =>
  min === max ? min : undefined;

export const rangeWords = ({ min, max }: { min: number; max: number }): string =>
  min === max ? String(min) : `between ${min} and ${max}`;

export const dateOf = (fact: Fact): { date?: string } => (whenOf(fact) === undefined ? {} : { date: whenOf(fact) });

/** A fact in a few words: name, value, day. */
export function described(fact: Fact, withDate = true): string {
  const value = fact.kind === "observation" ? valueWords(fact) : undefined;
  const when = whenOf(fact);
  return `${nameOf(fact)}${value === undefined ? "" : ` ${value}`}${withDate && when !== undefined ? ` on ${dayWords(when)}` : ""}`;
}

export function referenceWords({ low, high, flag }: Fact): string {
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

export function kindWords({ kind }: ComputeQuery): string {
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

export function inPeriod({ period }: ComputeQuery): string {
  if (period === undefined) return "";
  const { from, to } = period;
  if (from !== undefined && from === to) return ` ${from.length === 10 ? "on" : "in"} ${from}`;
  return `${from ? ` from ${localDate(from)}` : ""}${to ? ` to ${localDate(to)}` : ""}`;
}

export function limits({ above, below, unit }: ComputeQuery): string {
  return `${above === undefined ? "" : ` above ${above}${unit ? ` ${unit}` : ""}`}${below === undefined ? "" : ` below ${below}${unit ? ` ${unit}` : ""}`}`;
}

export function othersWords({ others }: Selection): string {
  if (others.length === 0) return "";
  const by = new Map<string, number>();
  for (const { assertion } of others) by.set(assertion!, (by.get(assertion!) ?? 0) + 1);
  return ` as true of the patient; it is ${[...by].map(([assertion, count]) => `${assertionWords[assertion]} ${count === 1 ? "once" : `${count} times`}`).join(", ")}: ${others
    .slice(0, 3)
    .map((fact) => `${described(fact)}${fact.kind === "familyHistory" && fact.detail ? ` (${fact.detail[0]})` : ""}`)
    .join("; ")}`;
}

const assertionWords: Readonly<Record<string, string>> = {
  denied: "denied",
  family: "stated of the family",
  planned: "planned",
  possible: "called possible",
};

export const sentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);
