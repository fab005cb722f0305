/**
 * `polyclinic after-visit`: summarises a visit for the patient, from a health record or the transcript of the consultation, each line with its
 * source. No model is involved.
 */
import { basename, extname } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../../base/errors.ts";
import { writeWhole } from "../../../base/files.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import type { AfterVisitSummary, DialogueSummary, RecordPatient, SummaryLine } from "../../../records/index.ts";
import { openStudy, type Study } from "../../../study/index.ts";
import { citationLine } from "../../../task/ask/citation.ts";
import { citedFact } from "../../../task/ask/record.ts";
import { recordOf } from "../../../task/fits.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { openOptions } from "../../shared/options.ts";
import { checkOutputs } from "../../shared/output.ts";
import { dim, interrupted, note, print, strong } from "../../shared/terminal.ts";

interface Options {
  encounter?: string;
  clinician?: string;
  patient?: string;
  date?: string;
  json?: boolean;
  saveText?: string;
  fhir?: string;
  quiet?: boolean;
}

export function registerAfterVisit(program: Command): void {
  program
    .command("after-visit")
    .description(
      "summarise a visit in plain language for the patient: twelve fields, each line taken from facts or a passage of the record, or from a turn of a transcript",
    )
    .argument(
      "<record>",
      "a health record (FHIR, C-CDA, HL7 v2, OMOP, or the URL of a patient on a FHIR server), or a transcript (.txt) whose lines begin with the speaker",
    )
    .option("--encounter <id>", "a visit other than the latest, by the id shown by --json")
    .option("--patient <id>", "id, identifier or full name of the patient, if the file contains several")
    .option("--date <YYYY-MM-DD>", "date to use as today, which decides what is active and what is past")
    .option("--clinician <speaker>", "label of the clinician in a transcript, if it is not Doctor, Nurse or the like")
    .option("--json", "print the fields with their sources as JSON")
    .option("--save-text <file.txt>", "write the text for the patient, without its sources")
    .option("--fhir <file.json>", "write a FHIR R4 document (preliminary), each line with its source")
    .option("--quiet", "no notes on stderr")
    .addHelpText(
      "after",
      `
Every line has a source; a field without one is marked as not recorded. The reading level is measured (Flesch-Kincaid).
A transcript's words are kept, without fillers and with everyday words for medical ones; what fits no field is left out.

Examples:
  $ polyclinic after-visit samples/chart.json
  $ polyclinic after-visit samples/visit.txt
  $ polyclinic after-visit samples/chart.json --fhir visit.json`,
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
  // Neither a record nor a text holds resources, so it is not closed.
  const [part] = study.parts;
  if (study.parts.length === 1 && part.kind === "text") return afterDialogue(part.text, file, options, study);
  refuseFor("a health record", "a transcript", { "--clinician": options.clinician });
  const { record } = recordOf(study, "a visit summary needs");
  const summary = afterVisitSummary(record, {
    ...(options.encounter !== undefined && { encounter: options.encounter }),
    ...(options.date !== undefined && { today: options.date }),
  });
  for (const warning of summary.warnings) note(`Caution: ${basename(file)}: ${warning}`);
  if (options.json) print(JSON.stringify({ ...jsonOf(summary), notice: notForClinicalUse }, undefined, 2));
  else printText(summary, summaryFields, options.quiet);
  await finish(summary, options, study, record.patient);
}

async function afterDialogue(transcript: string, file: string, options: Options, study: Study): Promise<void> {
  refuseFor("a transcript", "a health record", {
    "--encounter": options.encounter,
    "--patient": options.patient,
    "--date": options.date,
  });
  const { summariseDialogue, summaryFields } = await import("../../../records/index.ts");
  const { clinician } = options;
  const summary = summariseDialogue(transcript, {
    name: basename(file),
    ...(clinician !== undefined && { clinician }),
  });
  if (!options.quiet) for (const warning of summary.warnings) note(`Caution: ${basename(file)}: ${warning}`);
  if (options.json) print(JSON.stringify({ ...dialogueJson(summary), notice: notForClinicalUse }, undefined, 2));
  else
    for (const [field, heading] of summaryFields) {
      print(strong(heading));
      const lines = summary.fields[field];
      if (lines.length === 0) print("- This was not said.");
      for (const { text, turn } of lines) print(`- ${text} [turn ${turn}]`);
    }
  if (!options.quiet && !options.json) {
    const speakers = summary.speakers.map(({ name, role, turns }) => `${name} (${role}, ${turns} turns)`).join(", ");
    note(dim(`${summary.turns} turns of ${speakers}; ${gradeWords(summary.readability.grade)}. No model was called.`));
    note("The lines are what was said, chosen by their wording: compare them with the transcript.");
  }
  await finish(summary, options, study);
}

/** @throws PolyclinicError `usage/option` for options that only the other kind of input has. */
function refuseFor(input: string, other: string, given: Readonly<Record<string, string | undefined>>): void {
  const used = Object.keys(given).filter((flag) => given[flag] !== undefined);
  if (used.length > 0)
    throw new PolyclinicError("usage/option", `does not apply to ${input}`, {
      where: used.join(", "),
      hint: `It is an option for ${other}.`,
    });
}

async function finish(
  summary: AfterVisitSummary | DialogueSummary,
  { saveText, fhir, quiet, json }: Options,
  study: Study,
  patient?: RecordPatient,
): Promise<void> {
  const wrote = (path: string) => quiet || note(`Wrote ${path}`);
  if (saveText !== undefined) {
    await writeWhole(saveText, `${summary.text}\n\n${notForClinicalUse}\n`);
    wrote(saveText);
  }
  if (fhir !== undefined) {
    const { afterVisitToFhir } = await import("../../../export/fhir/after-visit.ts");
    const files = study.parts.map(({ origin: { files: names, sha256 } }) => ({
      name: basename(names[0] ?? "record"),
      sha256,
      contentType: contentTypes[extname(names[0] ?? "").toLowerCase()] ?? "application/octet-stream",
    }));
    const bundle = afterVisitToFhir(summary, { at: new Date(), files, ...(patient !== undefined && { patient }) });
    await writeWhole(fhir, `${JSON.stringify(bundle, undefined, 2)}\n`);
    wrote(fhir);
  }
  if (!quiet && !json) note(dim(notForClinicalUse));
}

const contentTypes: Readonly<Record<string, string>> = {
  ".json": "application/fhir+json",
  ".ndjson": "application/fhir+ndjson",
  ".xml": "text/xml",
  ".hl7": "x-application/hl7-v2+er7",
  ".txt": "text/plain",
  ".md": "text/markdown",
  ".csv": "text/csv",
};

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

function jsonOf({ encounter, fields, readability, warnings }: AfterVisitSummary) {
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
    ...(warnings.length > 0 && { warnings }),
  };
}

function dialogueJson({ fields, readability, speakers, turns, warnings }: DialogueSummary) {
  return {
    transcript: { turns, speakers, warnings },
    fields: Object.fromEntries(
      Object.entries(fields).map(([field, lines]) => [
        field,
        lines.map(({ text, turn, speaker, passage }) => ({ text, turn, speaker, passage })),
      ]),
    ),
    readability,
  };
}
