/** Whether a prior and a current study can be compared at all, by their headers. */
import { ageOf, daysBetween } from "../../study/age.ts";
import { identityOf } from "../../study/identity.ts";
import type { Part } from "../../study/types.ts";
import type { Layout } from "../layout.ts";
import type { Reason } from "./reason.ts";

/**
 * Objections to a pair: two patients (PatientID, date of birth or sex differ, or the ages do not fit the time between
 * the studies), or a prior that is later than the current study. Files without these attributes are not refused.
 * De-identified studies are checked by their original headers, whose values are never shown.
 */
export function pairReasons(layout: Layout): Reason[] {
  const pair = pairOf(layout);
  if (pair === undefined) return [];
  const { prior, current } = pair;
  const secret = isSecret(pair);
  const other =
    differing(pair, "PatientID") ??
    otherIssuer(pair) ??
    differing(pair, "PatientBirthDate") ??
    otherSex(pair) ??
    otherAge(pair);
  if (other !== undefined)
    return [
      {
        code: "patients",
        message: `The prior and the current study belong to different patients (${other}): a change can only be assessed in the same person.`,
      },
    ];
  const [from, to] = [attribute(prior, "StudyDate"), attribute(current, "StudyDate")];
  if (from === undefined || to === undefined || from <= to) return [];
  const message = secret
    ? "The prior study is later than the current one: swap them."
    : `The prior study is dated ${dateOf(from)} and the current one ${dateOf(to)}: swap them.`;
  return [{ code: "order", message }];
}

export interface Pair {
  readonly prior: Part;
  readonly current: Part;
}

/** The prior and the current part of a comparison. */
export function pairOf({ subject, items, study }: Layout): Pair | undefined {
  if (subject !== "pair") return undefined;
  const shown = [...new Set(items.map(({ part }) => part))].map((part) => study.parts[part]);
  const [prior, current] = [shown[0], shown.at(-1)];
  return prior === undefined || current === undefined || prior === current ? undefined : { prior, current };
}

/**
 * Whether the headers contain different patient names. Not a reason to refuse, because names change by marriage and are
 * misspelled.
 */
export function otherName({ prior, current }: Pair): boolean {
  const [a, b] = [prior, current].map((part) =>
    attribute(part, "PatientName")
      ?.toLowerCase()
      .split(/[\^=,\s]+/)
      .filter(Boolean)
      .sort()
      .join(" "),
  );
  return a !== undefined && b !== undefined && a !== b;
}

function attribute(part: Part, keyword: string): string | undefined {
  return String(identityOf(part).attributes[keyword] ?? "").trim() || undefined;
}

const isSecret = ({ prior, current }: Pair) => identityOf(prior).deidentified || identityOf(current).deidentified;

/** `PatientID A and B`, if both state it and differ. */
function differing(pair: Pair, keyword: string): string | undefined {
  const [a, b] = [attribute(pair.prior, keyword), attribute(pair.current, keyword)];
  if (a === undefined || b === undefined || a === b) return undefined;
  return isSecret(pair) ? `${keyword} differs` : `${keyword} ${a} and ${b}`;
}

/** The same ID of two issuers: two hospitals gave it to two people. */
function otherIssuer(pair: Pair): string | undefined {
  if (attribute(pair.prior, "PatientID") === undefined) return undefined;
  return differing(pair, "IssuerOfPatientID");
}

/** `O` (other) is compatible with both. */
function otherSex({ prior, current }: Pair): string | undefined {
  const [a, b] = [prior, current].map((part) => attribute(part, "PatientSex")?.toUpperCase());
  return (a === "M" && b === "F") || (a === "F" && b === "M") ? `PatientSex ${a} and ${b}` : undefined;
}

/** Tolerance in years: ages are whole years, and some systems record the age at registration. */
const ageTolerance = 2;

function otherAge(pair: Pair): string | undefined {
  const { prior, current } = pair;
  const [from, to] = [ageOf(prior), ageOf(current)];
  if (from === undefined || to === undefined) return undefined;
  const days = daysBetween(attribute(prior, "StudyDate"), attribute(current, "StudyDate"));
  // A pair in the wrong order is still of one patient; the order is a separate objection.
  const fits = days === undefined ? to >= from - 1 : Math.abs(to - from - days / 365.25) <= ageTolerance;
  if (fits) return undefined;
  if (isSecret(pair)) return "the ages do not match the time between the studies";
  const apart = days === undefined ? "" : `, in studies ${spanOf(Math.abs(days))} apart`;
  return `ages of ${from} and ${to} years${apart}`;
}

const spanOf = (days: number) => (days < 60 ? `${Math.round(days)} days` : `${(days / 365.25).toFixed(1)} years`);

const dateOf = (date: string) => date.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
