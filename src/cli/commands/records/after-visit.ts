/**
 * `polyclinic after-visit`: summarises a visit of a health record for the patient, each line with its source. No model
 * is involved.
 */
import type { Command } from "commander";
import { writeWhole } from "../../../base/files.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import type { AfterVisitSummary, SummaryLine } from "../../../records/index.ts";
import { openStudy } from "../../../study/index.ts";
import { citationLine, citedFact } from "../../../task/ask/record.ts";
import { recordOf } from "../../../task/fits.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { openOptions } from "../../shared/options.ts";
import { checkOutputs } from "../../shared/output.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";

interface Options {
  encounter?: string;
  patient?: string;
  date?: string;
  json?: boolean;
  saveText?: string;
  quiet?: boolean;
}

export function registerAfterVisit(program: Command): void {
  program
    .command("after-visit")
    .description(
      "summarise a visit in plain language for the patient: twelve fields, each line taken from facts or a passage of the record",
    )
    .argument("<record>", "a health record: FHIR, C-CDA, HL7 v2, OMOP, or the URL of a patient on a FHIR server")
    .option("--encounter <id>", "a visit other than the latest, by the id shown by --json")
    .option("--patient <id>", "id or full name of the patient, if the file contains several")
    .option("--date <YYYY-MM-DD>", "date to use as today, which decides what is active and what is past")
    .option("--json", "print the fields with their sources as JSON")
    .option("--save-text <file.txt>", "write the text for the patient, without its sources")
    .option("--quiet", "no notes on stderr")
    .addHelpText(
      "after",
      `
Every line has a source; a field without one is marked as not recorded. The reading level is measured (Flesch-Kincaid).

Example:
  $ polyclinic after-visit samples/chart.json`,
    )
    .action(afterVisit);
}

async function afterVisit(file: string, options: Options): Promise<void> {
  await checkOutputs(options);
  const { afterVisitSummary, summaryFields } = await import("../../../records/index.ts");
  const bar = progressBar();
  const { patient } = options;
  const opening = openStudy(file, {
    ...openOptions({ ...(patient !== undefined && { patient }) }),
    signal: interrupted,
    onProgress: bar.onProgress,
  });
  const study = await opening.finally(() => bar.done());
  // A record holds no resources, so it is not closed.
  const { record } = recordOf(study, "a visit summary needs");
  const summary = afterVisitSummary(record, {
    ...(options.encounter !== undefined && { encounter: options.encounter }),
    ...(options.date !== undefined && { today: options.date }),
  });
  if (options.json) print(JSON.stringify({ ...jsonOf(summary), notice: notForClinicalUse }, undefined, 2));
  else printText(summary, summaryFields, options.quiet);
  if (options.saveText !== undefined) {
    await writeWhole(options.saveText, `${summary.text}\n\n${notForClinicalUse}\n`);
    if (!options.quiet) note(`Wrote ${options.saveText}`);
  }
  if (!options.quiet && !options.json) note(dim(notForClinicalUse));
}

/** Lines with citation numbers, and the sources below, as for `ask`. */
function printText(
  { fields, readability, encounter }: AfterVisitSummary,
  headings: readonly (readonly [keyof AfterVisitSummary["fields"], string])[],
  quiet = false,
): void {
  const facts = [...new Set(headings.flatMap(([field]) => fields[field].flatMap((line) => line.facts)))];
  const marks = ({ facts: own, passage }: SummaryLine) => [
    ...own.map((fact) => `[${facts.indexOf(fact) + 1}]`),
    ...(passage === undefined ? [] : [`[${passage.note}, characters ${passage.from} to ${passage.to}]`]),
  ];
  for (const [field, heading] of headings) {
    print(strong(heading));
    const lines = fields[field];
    if (lines.length === 0) print("- The record does not say.");
    for (const line of lines) print(`- ${line.text} ${marks(line).join("")}`.trimEnd());
  }
  if (quiet) return;
  for (const [i, fact] of facts.entries()) note(dim(citationLine({ ...citedFact(fact, i), number: i + 1 })));
  note(dim(`Visit ${encounter.id}; ${gradeWords(readability.grade)}. No model was called.`));
}

const gradeWords = (grade: number) => `reading level: grade ${grade.toFixed(1)} (Flesch-Kincaid; target: grade 6)`;

function jsonOf({ encounter, fields, readability }: AfterVisitSummary) {
  return {
    encounter: { id: encounter.id, start: encounter.start },
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, lines]) => [
        field,
        lines.map(({ text, facts, passage }) => ({
          text,
          facts: facts.map(citedFact),
          ...(passage !== undefined && { passage }),
        })),
      ]),
    ),
    readability,
  };
}
