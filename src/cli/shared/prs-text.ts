/** Polygenic scores as text, CSV and JSON. Their limits come first. */
import { percentileRanks, type ScoreResult } from "../../genomes/index.ts";
import { mean, variance } from "../../measure/index.ts";
import { notForClinicalUse } from "../../task/result.ts";

/** Number of people printed; the CSV and JSON contain all. */
const shown = 10;
/** Number of unmatched variants printed. */
const listed = 5;

/** General limits of polygenic scores, then those of these files. */
export function prsCautions(results: readonly ScoreResult[]): string[] {
  const several = results.length > 1;
  return [
    "Research only: a polygenic score ranks the people of this file; it is not a risk and not a diagnosis.",
    "These files do not state ancestry: a score derived in one ancestry ranks people of another incorrectly, and ranks a mixed file by ancestry.",
    ...results.flatMap(({ score, report }) => report.cautions.map((each) => (several ? `${score}: ${each}` : each))),
  ];
}

export function prsText({ score, trait, people, report }: ScoreResult): string {
  const { build } = report;
  const averages = people.map(({ average }) => average).filter((value) => !Number.isNaN(value));
  const ranks = percentileRanks(people.map(({ average }) => average));
  const wide = Math.max(6, ...people.slice(0, shown).map(({ person }) => person.length));
  const row = (cells: readonly string[]) =>
    `  ${cells.map((cell, i) => (i === 0 ? cell.padEnd(wide) : cell.padStart(12))).join("")}`.trimEnd();
  const lines = [
    `${score}${trait === undefined ? "" : `, ${trait}`}`,
    `  matched      ${report.matched} of ${report.variants} variants (${(100 * report.matchedShare).toFixed(1)} %)`,
    `  of these     ${report.flipped} on the other strand, ${report.palindromic} A/T or C/G used as written, ${report.multiallelic} with several alternate alleles`,
    `  not matched  ${report.unmatched.length}${unmatchedText(report.unmatched)}`,
    `  genotypes    ${report.dosages ? "dosages where available" : "calls"}; ${report.missingGenotypes} missing`,
    `  build        score ${build.score ?? "not stated"}, genotypes ${build.genotypes ?? "not stated"}`,
    `  people       ${people.length}; average ${mean(averages).toPrecision(4)}, standard deviation ${Math.sqrt(variance(averages)).toPrecision(4)}`,
    "",
    row(["person", "sum", "average", "percentile", "called", "missing"]),
    ...people
      .slice(0, shown)
      .map(({ person, sum, average, called, missing }, i) =>
        row([person, sum.toFixed(4), average.toFixed(6), ranks[i].toFixed(1), String(called), String(missing)]),
      ),
  ];
  if (people.length > shown) lines.push(`  and ${people.length - shown} more: use --csv or --json for all of them.`);
  return `${lines.join("\n")}\n`;
}

function unmatchedText(unmatched: ScoreResult["report"]["unmatched"]): string {
  if (unmatched.length === 0) return "";
  const some = unmatched.slice(0, listed).map(({ variant, reason, line }) => `${variant} (${reason}, line ${line})`);
  return `: ${some.join("; ")}${unmatched.length > listed ? "; ..." : ""}`;
}

/** A row per person and score. Percentiles are ranks among the people of this file. */
export function prsCsv(results: readonly ScoreResult[]): string {
  const rows = results.flatMap(({ score, people }) => {
    const ranks = percentileRanks(people.map(({ average }) => average));
    return people.map(({ person, sum, average, called, missing }, i) =>
      [score, person, sum, average, ranks[i], called, missing].map(cell).join(","),
    );
  });
  return `score,person,sum,average,percentile,called,missing\n${rows.join("\n")}\n`;
}

function cell(value: string | number): string {
  if (typeof value === "number") return Number.isNaN(value) ? "" : String(value);
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

export function prsJson(genotypes: string, results: readonly ScoreResult[]): string {
  return JSON.stringify(
    { notice: notForClinicalUse, cautions: prsCautions(results), genotypes, scores: results },
    undefined,
    2,
  );
}
