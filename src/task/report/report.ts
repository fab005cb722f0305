/** The `report` task: a report in sections. */
import { reportAnswer, reportPrompt } from "../../prompts/index.ts";
import { defineTask, type Parsed } from "../define.ts";
import { findSections, plain, statementsOf } from "../parse/sections.ts";
import { statementsWith } from "../statements.ts";

/** Clinical context of a report draft. */
export interface ReportRequest {
  /** Indication: why the study was done. */
  indication?: string;
}

/** A drafted report, by section. */
export interface ReportAnswer {
  /** One statement each. */
  readonly findings: readonly string[];
  readonly impression: string;
  /** Sections the model wrote beyond these two, by their heading. */
  readonly otherSections: Readonly<Record<string, string>>;
}

export const reportTask = defineTask<ReportRequest, ReportAnswer, "report">({
  name: "report",
  summary: "write a report of a study",
  description: "write a report of a study with findings and impression",
  example: "samples/chest-xray.jpg --sr report.dcm",
  options: { indication: { kind: "text", help: "the indication for the study" } },
  needs: {},
  // Enough for a long CT report; a chest X-ray needs a fifth of it.
  answerTokens: 1000,
  render: ({ subject, form, bodyPart }, { indication }) => ({
    prompts: [reportPrompt({ subject, form, bodyPart, indication })],
  }),
  parse: ({ texts: [text] }) => parseReport(text),
  answerSchema: (z) =>
    z.looseObject({
      findings: z.array(z.string()),
      impression: z.string(),
      otherSections: z.record(z.string(), z.string()),
    }),
  text: reportAnswer,
  statements: ({ findings, impression, otherSections }) =>
    statementsWith({
      findings: findings.map((text) => ({ text })),
      impression: impression || undefined,
      otherSections: Object.entries(otherSections).map(([heading, text]) => ({ heading, text })),
      summary: impression || findings[0] || "The report is empty.",
    }),
});

/** Parses a report from its text. A text without a findings or impression heading is not a report. */
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
    return { problems: ["no non-empty section headed Findings or Impression"] };
  const problems: string[] = [];
  if (findings.length === 0) problems.push("no findings");
  if (impressions.length === 0) problems.push("no impression");
  return { answer: { findings, impression: impressions.join(" "), otherSections }, problems };
}
