/** Whether a prior and a current study can be compared at all, by their headers. */
import type { Part } from "../../study/types.ts";
import type { Layout } from "../layout.ts";
import type { Reason } from "./reason.ts";

/**
 * Objections to a pair: two patients (PatientID, or the date of birth where an ID is missing), or a prior that is later than the current study. Files
 * without these attributes are not refused.
 */
export function pairReasons({ subject, items, study }: Layout): Reason[] {
  if (subject !== "pair") return [];
  const shown = [...new Set(items.map(({ part }) => part))].map((part) => study.parts[part]);
  const [prior, current] = [shown[0], shown.at(-1)];
  if (prior === undefined || current === undefined || prior === current) return [];
  const reasons: Reason[] = [];
  const other = differing(prior, current, "PatientID") ?? differing(prior, current, "PatientBirthDate");
  if (other !== undefined)
    reasons.push({
      code: "patients",
      says: `The prior and the current study are of two patients (${other}): a change can be told of one person only.`,
    });
  const [from, to] = [attribute(prior, "StudyDate"), attribute(current, "StudyDate")];
  if (other === undefined && from !== undefined && to !== undefined && from > to)
    reasons.push({
      code: "order",
      says: `The prior study is of ${dateOf(from)} and the current one of ${dateOf(to)}: exchange them.`,
    });
  return reasons;
}

function attribute({ origin: { dicom } }: Part, keyword: string): string | undefined {
  return String(dicom?.attributes[keyword] ?? "").trim() || undefined;
}

/** `PatientID A and B`, if both state it and differ. */
function differing(prior: Part, current: Part, keyword: string): string | undefined {
  const [a, b] = [attribute(prior, keyword), attribute(current, keyword)];
  return a === undefined || b === undefined || a === b ? undefined : `${keyword} ${a} and ${b}`;
}

const dateOf = (date: string) => date.replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
