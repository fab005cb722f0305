/** A report as a static HTML page without scripts or network access, suitable for printing. */
import type { ScoredItem } from "../score/score.ts";
import { chartsOf } from "./charts.ts";
import { baselineText, costText, countsText, judgeTexts, provenance } from "./markdown.ts";
import { claims, count, decimals, intervalText, methodText, notice } from "./numbers.ts";
import { escaped } from "./plots/index.ts";
import type { RunReport } from "./report.ts";

export const style = `body{font:15px/1.5 Helvetica,Arial,sans-serif;color:#111;background:#fff;max-width:980px;margin:2em auto;padding:0 1em}
h1{font-size:1.5em}h2{font-size:1.15em;margin-top:2em}table{border-collapse:collapse;margin:1em 0}th,td{border-bottom:1px solid #bbb;padding:.3em .9em .3em 0;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.claim{border-left:4px solid #111;padding:.2em 1em}pre{white-space:pre-wrap}figure,.wide{overflow-x:auto;margin:1.5em 0}svg{margin-right:1em}
td.w{overflow-wrap:break-word}@media print{body{margin:0}svg{max-width:100%;height:auto}}`;

export function page(title: string, body: readonly string[]): string {
  return `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)}</title><style>${style}</style></head><body>\n${body.join("\n")}\n</body></html>\n`;
}

export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly number[] = [],
): string {
  const cells = (row: readonly string[], name: "th" | "td") =>
    row
      .map(
        (text, i) =>
          `<${name}${name === "td" ? ` class="${numeric.includes(i) ? "n" : "w"}"` : ""}>${escaped(text)}</${name}>`,
      )
      .join("");
  return `<div class="wide"><table>${header.some((text) => text !== "") ? `<thead><tr>${cells(header, "th")}</tr></thead>` : ""}<tbody>${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n")}</tbody></table></div>`;
}

export const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;
export const list = (texts: readonly string[]): string =>
  `<ul>${texts.map((text) => `<li>${escaped(text)}</li>`).join("")}</ul>`;

export function htmlReport(report: RunReport, items: readonly ScoredItem[]): string {
  const { run, estimates, deviations, unparsed } = report;
  const { benchmark } = run;
  const title = `${benchmark.title}: ${run.model.name}`;
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<p class="claim">Type of claim: ${escaped(claims[run.claim])}.</p>`,
    table(
      ["metric", "value", "95 % interval", "n", "method"],
      estimates.map((estimate) => [
        estimate.metric,
        decimals(estimate.value),
        intervalText(estimate),
        count(estimate.n),
        methodText(estimate),
      ]),
      [1, 2, 3],
    ),
    paragraph(`Of ${count(report.n)} items: ${countsText(report.counts)}.`),
    ...baselineText(report).map(paragraph),
    ...judgeTexts(report).map(paragraph),
    ...report.undefinedMetrics.map((metric) => paragraph(`${metric} is undefined for these items.`)),
    ...(unparsed.length === 0
      ? []
      : ["<h2>Not parsed or failed</h2>", list(unparsed.map(({ why, n }) => `${n}: ${why}`))]),
    ...(deviations.length === 0 ? [] : ["<h2>Limits on comparisons</h2>", list(deviations)]),
    ...chartsOf(report, items).map((chart) => `<figure>${chart}</figure>`),
    "<h2>Provenance</h2>",
    table(["", ""], provenance(report)),
    ...(run.prompt.words === undefined
      ? []
      : ["<h2>Text of the prompt</h2>", `<pre>${escaped(run.prompt.words)}</pre>`]),
    ...(benchmark.notes.length === 0 ? [] : ["<h2>Notes</h2>", list(benchmark.notes)]),
    ...(benchmark.references.length === 0
      ? []
      : [
          "<h2>Published results, for reference</h2>",
          paragraph("Not measured here; prompts, splits and parsers may differ."),
          table(
            ["model", "metric", "value", "source", "confidence"],
            benchmark.references.map(({ model, metric, value, source, confidence }) => [
              model,
              metric,
              decimals(value),
              source,
              confidence,
            ]),
            [2],
          ),
        ]),
    paragraph(`Cost: ${costText(report.cost)}.`),
    paragraph(notice),
  ];
  return page(title, body);
}
