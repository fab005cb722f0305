/**
 * Reports in two sections. The report prompt of MedGemma 1.5 is unpublished; this wording is the project's own, after
 * the indication line of version 1.0.
 */
import { introduction, type PromptForm, type PromptSubject, type PromptText, theSubject } from "./form.ts";

export interface ReportWords {
  readonly subject: PromptSubject;
  readonly form: PromptForm;
  /** Indication of the study, from the request. */
  readonly indication?: string;
  readonly bodyPart?: string;
}

export function reportPrompt({ subject, form, indication, bodyPart }: ReportWords): PromptText {
  const lines = [`Write a report of ${theSubject(subject)} with the sections Findings and Impression.`];
  if (form === "instructed")
    lines.push(
      "Write each finding as one line that begins with a dash. Report only what can be seen. Keep the impression to one to three sentences.",
    );
  if (indication !== undefined && indication.trim() !== "") lines.unshift(`Indication: ${indication.trim()}`);
  return {
    version: `report-${form}@1`,
    before: introduction(subject, form, bodyPart),
    after: lines.join("\n"),
  };
}

/** A report in the requested form, the target in training. */
export function reportAnswer({ findings, impression }: { findings: readonly string[]; impression: string }): string {
  return `Findings:\n${findings.map((finding) => `- ${finding}`).join("\n")}\n\nImpression:\n${impression}`;
}
