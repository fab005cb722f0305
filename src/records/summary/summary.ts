/** The twelve fields of an after-visit summary (Saab 2024, Med-Gemini), its lines with their sources, and its text. */
import type { Fact } from "../fact.ts";
import type { Readability } from "./readability.ts";

/** The fields of an after-visit summary, with the headings shown to the patient. */
export const summaryFields = [
  ["patient", "You"],
  ["seenBy", "Who you saw"],
  ["cameInFor", "Why you came"],
  ["newIssues", "New problems"],
  ["otherIssues", "Problems you already had"],
  ["accomplished", "What was done"],
  ["numbers", "Your numbers"],
  ["medicationChanges", "Changes to your medicines"],
  ["otherMedications", "Your other medicines"],
  ["nextSteps", "What comes next"],
  ["seekAttention", "Get help right away if"],
  ["otherComments", "Good to know"],
] as const;
/** The key of a field of `summaryFields`. */
export type SummaryField = (typeof summaryFields)[number][0];

/** One line of a summary, with its source: facts or a passage of a note or transcript. */
export interface SummaryLine {
  text: string;
  facts: readonly Fact[];
  /** The quoted passage of a note, or the clause of a transcript. */
  passage?: { note: string; from: number; to: number };
  /** The turn of a transcript, from 1, and who spoke. */
  turn?: number;
  speaker?: string;
}

/** A summary for the patient: lines with their sources under each field, its text and how readable that is. */
export interface SummaryText {
  fields: Readonly<Record<SummaryField, readonly SummaryLine[]>>;
  /** All fields under their headings; a field without a source states that. */
  text: string;
  readability: Readability;
}

/** The text with all headings, and without those that are empty, as measured. @param nothing what a field without a source says. */
export function summaryText(fields: SummaryText["fields"], nothing: string): { text: string; prose: string } {
  const text = summaryFields
    .map(
      ([field, heading]) =>
        `${heading}\n${(fields[field].length === 0 ? [nothing] : fields[field].map((each) => each.text)).map((words) => `- ${words}`).join("\n")}`,
    )
    .join("\n\n");
  const prose = summaryFields
    .flatMap(([field, heading]) => [heading, ...fields[field].map((each) => each.text)])
    .join("\n");
  return { text, prose };
}

export const sentence = (words: string): string => (/[.!?]$/.test(words) ? words : `${words}.`);
