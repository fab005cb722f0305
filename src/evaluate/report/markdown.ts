/** A report in Markdown, for a repository or a paper's appendix. */
import { agreementText, consistencyText } from "../score/agreement.ts";
import { claims, count, decimals, intervalText, methodText, notice } from "./numbers.ts";
import type { RunReport } from "./report.ts";

const cell = (text: string) => text.replace(/\|/g, "\\|").replace(/\s+/g, " ");
const row = (...cells: string[]) => `| ${cells.map(cell).join(" | ")} |`;

export function markdownReport(report: RunReport): string {
  const { run, counts, estimates, byCategory, cost } = report;
  const lines = [
    `# ${run.benchmark.title}: ${run.model.name}`,
    "",
    `Type of claim: ${claims[run.claim]}.`,
    "",
    row("measure", "value", "95 % interval", "n", "how"),
    row("---", "---", "---", "---", "---"),
    ...estimates.map((estimate) =>
      row(estimate.metric, decimals(estimate.value), intervalText(estimate), count(estimate.n), methodText(estimate)),
    ),
    "",
    `Of ${count(report.n)} items: ${countsText(counts)}.`,
    ...baselineText(report).flatMap((text) => ["", text]),
    ...report.undefinedMetrics.map((metric) => `\n${metric} is undefined for these items.`),
    ...judgeTexts(report).flatMap((text) => ["", text]),
    ...(report.unparsed.length === 0
      ? []
      : ["", "Not parsed or failed:", "", ...report.unparsed.map(({ why, n }) => `- ${n}: ${why}`)]),
  ];
  if (byCategory.length > 0)
    lines.push(
      "",
      `## By category (${byCategory[0].estimate.metric})`,
      "",
      row("category", "value", "95 % interval", "n"),
      row("---", "---", "---", "---"),
      ...byCategory.map(({ category, estimate }) =>
        row(category, decimals(estimate.value), intervalText(estimate), count(estimate.n)),
      ),
    );
  lines.push(
    "",
    "## Provenance",
    "",
    row("", ""),
    row("---", "---"),
    ...provenance(report).map(([name, value]) => row(name, value)),
  );
  if (run.prompt.words !== undefined)
    lines.push("", "## Text of the prompt", "", ...run.prompt.words.split("\n").map((text) => `    ${text}`));
  if (report.deviations.length > 0)
    lines.push("", "## Limits on comparisons", "", ...report.deviations.map((text) => `- ${text}`));
  if (run.benchmark.notes.length > 0) lines.push("", ...run.benchmark.notes.map((text) => `- ${text}`));
  if (run.benchmark.references.length > 0)
    lines.push(
      "",
      "## Published results, for reference",
      "",
      "Not measured here; prompts, splits and parsers may differ.",
      "",
      row("model", "measure", "value", "source", "confidence"),
      row("---", "---", "---", "---", "---"),
      ...run.benchmark.references.map(({ model, metric, value, source, confidence }) =>
        row(model, metric, decimals(value), source, confidence),
      ),
    );
  lines.push("", `Cost: ${costText(cost)}.`, "", notice, "");
  return lines.join("\n");
}

/** For every figure of a judge model: its self-consistency and its agreement with people. */
export function judgeTexts({ judges }: RunReport): string[] {
  return judges.map(
    ({ judge, hash, version, samples, criteria, unread, refusals, withoutAnswer, notScored, consistency, people }) =>
      [
        `Judge ${judge}${hash === undefined ? " (hash of the weights not known)" : ` (SHA-256 ${hash.slice(0, 16)})`}, judge prompt ${version}, ${samples} ${samples === 1 ? "verdict" : "verdicts"} per criterion: ${count(criteria)} criteria judged, ${count(unread)} without a verdict, ${count(notScored)} answers not scored.`,
        `${count(refusals)} refusals are judged like other answers; ${count(withoutAnswer)} empty answers score 0 points.`,
        consistency === undefined
          ? "The judge's self-consistency is not known: each criterion was judged once."
          : `Share of equal verdicts per criterion: ${consistencyText(consistency)}.`,
        people === undefined
          ? "No human verdicts are recorded: the judge's agreement with people is not known."
          : `Agreement with ${people.raters} ${people.raters === 1 ? "person" : "people"}: ${agreementText(people)}.`,
      ].join(" "),
  );
}

export function countsText(counts: RunReport["counts"]): string {
  const parts = Object.entries(counts).filter(([, n]) => n > 0);
  return parts.map(([status, n]) => `${count(n)} ${status}`).join(", ") || "none";
}

export function costText({ calls, promptTokens, completionTokens, requestSeconds }: RunReport["cost"]): string {
  return `${count(calls)} calls, ${count(promptTokens)} prompt and ${count(completionTokens)} answer tokens, ${count(Math.round(requestSeconds))} s of requests`;
}

/** The requested sampling; a strategy may sample its calls differently. */
function samplingText({ sampling, strategy }: RunReport["run"]): string {
  const settings = Object.entries(sampling).map(([name, value]) => `${name} ${String(value)}`);
  if (settings.length > 0) return settings.join(", ");
  return strategy.name === "direct" ? "greedy (temperature 0)" : "set by the strategy";
}

export function baselineText({ baseline }: RunReport): string[] {
  if (baseline === undefined) return [];
  const { answer, accuracy, n } = baseline;
  return [`Baseline: always answering ${answer} has accuracy ${decimals(accuracy)} on ${count(n)} items.`];
}

export function provenance({ run, scorer, labels }: RunReport): (readonly [string, string])[] {
  const { benchmark, prompt, strategy, model, software } = run;
  const options = Object.entries(strategy.options);
  return [
    [
      "benchmark",
      `${benchmark.name}@${benchmark.version}, split ${benchmark.split}${benchmark.source === undefined ? "" : `, ${benchmark.source}`}`,
    ],
    ["licence of the data", benchmark.licence],
    ["data, SHA-256", benchmark.dataHash],
    [
      "prompt",
      `${prompt.version}, SHA-256 ${prompt.hash.slice(0, 16)}; ${prompt.source}; at most ${prompt.maxTokens} tokens`,
    ],
    [
      "strategy",
      `${strategy.name}@${strategy.version}${options.length === 0 ? "" : `, ${options.map(([name, value]) => `${name} ${String(value)}`).join(", ")}`}`,
    ],
    ["sampling", samplingText(run)],
    ["seed", String(run.seed)],
    [
      "model",
      `${model.name}, ${model.precision}, ${model.engine}, ${model.hash === undefined ? "hash of the weights not known" : `SHA-256 ${model.hash}`}`,
    ],
    ["parser and scorer", scorer],
    ...labels.map(
      ({ tool, version, files }) =>
        [
          `labels of ${tool}`,
          `${version}; ${files.map(({ name, sha256 }) => `${name}, SHA-256 ${sha256.slice(0, 16)}`).join("; ")}`,
        ] as const,
    ),
    [
      "software",
      `polyclinic ${software.version}${software.commit === undefined ? ", commit not known" : `, commit ${software.commit.slice(0, 12)}`}, Node ${software.node}, ${software.processor}`,
    ],
    ["run", `${run.id}, started ${run.created}`],
  ];
}
