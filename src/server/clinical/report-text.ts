/** A report as lines of text, for the text and PDF exports. */
import { describeResult, descriptionLines } from "../../export/describe.ts";
import { notForClinicalUse, type TaskResult } from "../../task/index.ts";
import { remarksOf } from "./report-exports.ts";
import type { StoredReport } from "./reports.ts";

export interface Line {
  readonly text: string;
  readonly style: "title" | "heading" | "body" | "small" | "notice";
}

export function linesOf(report: StoredReport, result: TaskResult | undefined): Line[] {
  const { content, state, signatures } = report;
  const sentences = content.sentences.filter((sentence) => sentence.state !== "rejected");
  const section = (name: string, title: string): Line[] => {
    const lines = sentences.filter((sentence) => sentence.section === name);
    return lines.length === 0
      ? []
      : [
          { text: "", style: "body" },
          { text: title, style: "heading" },
          ...lines.map(
            ({ text, heading, state: its }): Line => ({
              text: `${heading ? `${heading}: ` : ""}${text}${its === "unreviewed" ? " [unreviewed]" : ""}`,
              style: "body",
            }),
          ),
        ];
  };
  return [
    { text: notForClinicalUse, style: "notice" },
    { text: "", style: "body" },
    { text: state === "signed" ? "Report" : "UNSIGNED DRAFT of a report", style: "title" },
    ...section("findings", "Findings"),
    ...section("impression", "Impression"),
    ...section("other", "Other"),
    ...(content.addenda ?? []).flatMap(({ text, person, at }): Line[] => [
      { text: "", style: "body" },
      { text: `Addendum by ${person}, ${at}`, style: "heading" },
      { text, style: "body" },
    ]),
    { text: "", style: "body" },
    ...signatures.map(
      ({ name, at, sha256, addendum }): Line => ({
        text: `${addendum ? "Addendum signed" : "Signed"} by ${name}, ${new Date(at).toISOString()}, SHA-256 ${sha256}`,
        style: "small",
      }),
    ),
    ...(state === "signed" ? [] : [{ text: "Not signed.", style: "small" } as const]),
    ...remarksOf(content, result !== undefined).map((text): Line => ({ text, style: "small" })),
    ...(result === undefined
      ? []
      : descriptionLines(describeResult(result))
          .slice(1)
          .map((text): Line => ({ text, style: "small" }))),
  ];
}
