/** Writes a run's report next to its records, and the summary for a terminal. */
import { join } from "node:path";
import { writeWhole } from "../../base/files.ts";
import type { RunFolder } from "../run/folder.ts";
import { htmlReport } from "./html.ts";
import { countsText, markdownReport } from "./markdown.ts";
import { count, decimals, intervalText } from "./numbers.ts";
import { type RunReport, reportRun } from "./report.ts";

/** The report of a run, and the paths of its files. */
export interface ReportFiles {
  readonly report: RunReport;
  readonly files: readonly string[];
  /** Summary for a terminal. */
  readonly text: string;
}

/** Writes `report.json`, `report.md` and `report.html`. @throws PolyclinicError `evaluate/damaged`, `file/write`. */
export async function reportFiles(run: RunFolder): Promise<ReportFiles> {
  const { report, items } = await reportRun(run);
  const written: [string, string][] = [
    ["report.md", markdownReport(report)],
    ["report.html", htmlReport(report, items)],
  ];
  for (const [name, text] of written) await writeWhole(join(run.folder, name), text, { overwrite: true });
  return {
    report,
    files: ["report.json", "report.md", "report.html"].map((name) => join(run.folder, name)),
    text: summaryText(report),
  };
}

function summaryText({ estimates, counts, n, deviations, unparsed }: RunReport): string {
  const width = Math.max(0, ...estimates.map(({ metric }) => metric.length));
  return [
    ...estimates.map(
      (estimate) =>
        `${estimate.metric.padEnd(width)}  ${decimals(estimate.value)}  (${intervalText(estimate)}), n ${count(estimate.n)}`,
    ),
    `${count(n)} items: ${countsText(counts)}`,
    ...unparsed.slice(0, 3).map(({ why, n: times }) => `  ${times}: ${why}`),
    ...deviations.map((text) => `Note: ${text}.`),
  ].join("\n");
}
