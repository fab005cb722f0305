/** A report in sections. */
import type { Model } from "../model/contract.ts";
import { reportPrompt } from "../prompts/index.ts";
import type { Study } from "../study/types.ts";
import { requireOptionalText, requireOptions } from "./arguments.ts";
import type { Layout } from "./layout.ts";
import { findSections, plain, statementsOf } from "./parse/sections.ts";
import type { ReportAnswer, ReportResult } from "./result.ts";
import { layoutOf, type Parsed, recordWritten, type TaskOptions, write } from "./run.ts";

export interface ReportOptions extends TaskOptions {
  /** Why the study was made. */
  indication?: string;
}

/** Room for a long CT report; a chest film needs a fifth of it. */
const answerTokens = 1000;

/**
 * ```ts
 * const { answer } = await report(study, model, { indication: "cough" });
 * // { findings: ["Right lower lobe opacity."], impression: "Pneumonia.", otherSections: {} }
 * ```
 */
export async function report(input: Study | Layout, model: Model, options: ReportOptions = {}): Promise<ReportResult> {
  requireOptions(options);
  requireOptionalText("indication", options.indication);
  const layout = await layoutOf(input, model, options);
  const { subject, form, bodyPart } = layout;
  const prompt = reportPrompt({ subject, form, bodyPart, indication: options.indication });
  const written = await write(layout, model, prompt, answerTokens, options);
  return recordWritten("report", model, written, parseReport);
}

/** Reads a report again from its text. A text without a findings or impression heading is not one. */
export function parseReport(text: string): Parsed<ReportAnswer> {
  const findings: string[] = [];
  const impressions: string[] = [];
  const otherSections: Record<string, string> = {};
  for (const { heading, body } of findSections(text)) {
    if (heading === "findings") findings.push(...statementsOf(body));
    else if (/^(?:impressions?|conclusion)$/.test(heading)) impressions.push(...statementsOf(body));
    else if (body !== "") otherSections[heading] = plain(body);
  }
  if (findings.length === 0 && impressions.length === 0)
    return { problems: ["no section headed Findings or Impression with anything in it"] };
  const problems: string[] = [];
  if (findings.length === 0) problems.push("no findings");
  if (impressions.length === 0) problems.push("no impression");
  return { answer: { findings, impression: impressions.join(" "), otherSections }, problems };
}
