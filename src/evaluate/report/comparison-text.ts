/** Renders a comparison: text for a terminal, Markdown, and a page with a forest plot. */
import type { Comparison } from "./compare.ts";
import { list, page, paragraph, table } from "./html.ts";
import { decimals, notice, pText } from "./numbers.ts";
import { intervalPlot } from "./plots/index.ts";

const nameOf = ({ model, prompt, strategy }: Comparison["first"]) => `${model}, ${prompt}, ${strategy}`;
const header = ["measure", "first", "second", "difference", "95 % interval", "tests"];

function rows({ metrics }: Comparison): string[][] {
  return metrics.map(({ metric, first, second, difference, tests }) => [
    metric,
    decimals(first.value),
    decimals(second.value),
    signed(difference.value),
    difference.low === undefined || difference.high === undefined
      ? "none"
      : `${signed(difference.low)} to ${signed(difference.high)}`,
    tests.map(({ name, p }) => `${name} p ${pText(p)}`).join("; "),
  ]);
}

const signed = (value: number) => (value > 0 ? `+${decimals(value)}` : decimals(value));

function lines(comparison: Comparison): string[] {
  const { discordant, n, onlyFirst, onlySecond, notes, benchmark } = comparison;
  return [
    `${benchmark}: ${n} items in both runs${onlyFirst + onlySecond > 0 ? ` (${onlyFirst} only in the first, ${onlySecond} only in the second)` : ""}.`,
    ...(discordant === undefined
      ? []
      : [`Correct in the first run only: ${discordant.firstOnly}; in the second only: ${discordant.secondOnly}.`]),
    ...notes.map((note) => `Note: ${note}.`),
  ];
}

/** The comparison as text for a terminal. */
export function comparisonText(comparison: Comparison): string {
  const all = [header, ...rows(comparison)];
  const widths = header.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  return [
    `first:  ${nameOf(comparison.first)} (${comparison.first.folder})`,
    `second: ${nameOf(comparison.second)} (${comparison.second.folder})`,
    ...all.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    ),
    ...lines(comparison),
  ].join("\n");
}

/** The comparison as Markdown tables. */
export function comparisonMarkdown(comparison: Comparison): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  return [
    `# ${comparison.benchmark}: comparison of two runs`,
    "",
    `First: ${nameOf(comparison.first)}. Second: ${nameOf(comparison.second)}.`,
    "",
    row(header),
    row(header.map(() => "---")),
    ...rows(comparison).map(row),
    "",
    ...lines(comparison),
    "",
    notice,
    "",
  ].join("\n");
}

/** The comparison as a static HTML page with a forest plot of the differences. */
export function comparisonHtml(comparison: Comparison): string {
  const { metrics, byCategory } = comparison;
  const forest = [
    ...metrics.map(({ metric, difference }) => ({ name: metric, ...difference })),
    ...byCategory.map(({ category, ...difference }) => ({ name: `  ${category}`, ...difference })),
  ];
  const reach = Math.min(
    1,
    Math.max(0.05, ...forest.flatMap(({ value, low = value, high = value }) => [Math.abs(low), Math.abs(high)])) * 1.1,
  );
  const title = `${comparison.benchmark}: comparison of two runs`;
  return page(title, [
    `<h1>${title.replace(/</g, "&lt;")}</h1>`,
    list([`First: ${nameOf(comparison.first)}`, `Second: ${nameOf(comparison.second)}`]),
    table(header, rows(comparison), [1, 2, 3, 4]),
    ...lines(comparison).map(paragraph),
    ...(forest.length === 0
      ? []
      : [
          `<figure>${intervalPlot(forest, { title: "Paired difference, first minus second", axis: "difference (left of 0: the second is better)", reference: 0, range: [-reach, reach] })}</figure>`,
        ]),
    paragraph(notice),
  ]);
}
