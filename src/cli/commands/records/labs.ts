/** `polyclinic labs`: a laboratory report as validated rows, in text, CSV, JSON and FHIR. No model is involved. */
import { extname } from "node:path";
import type { Command } from "commander";
import { PolyclinicError } from "../../../base/errors.ts";
import { writeWhole } from "../../../base/files.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import type { LabDocument, LabRow } from "../../../records/labs/index.ts";
import { openStudy, type Study } from "../../../study/index.ts";
import { isPaged, readLabs } from "../../../study/open/labs.ts";
import { notForClinicalUse } from "../../../task/result.ts";
import { labText } from "../../shared/lab-text.ts";
import { checkOutputs } from "../../shared/output.ts";
import { dim, interrupted, note, print } from "../../shared/terminal.ts";

interface LabsOptions {
  fhir?: string;
  csv?: string;
  json?: boolean;
  quiet?: boolean;
  deidentify?: boolean;
}

export function registerLabs(program: Command): void {
  program
    .command("labs")
    .description(
      "read a laboratory report: values with units, ranges, flags and codes, each with its position on the page",
    )
    .argument("<files...>", "PDF, scans or photographs: the pages of one report, in order")
    .option("--fhir <file.json>", "write a FHIR R4 bundle (preliminary)")
    .option("--csv <file.csv>", "write the rows as CSV")
    .option("--json", "print the document as JSON: rows, unread, warnings, sources")
    .option("--deidentify", "write only the rows, without file names, dates and unread text")
    .option("--quiet", "no notes on stderr; cautions and review marks remain")
    .addHelpText(
      "after",
      `
Text layers of PDFs are read directly; scans, photographs and pages whose text layer is incomplete by text recognition (OCR), on this machine.
Values that may be misread are marked and listed first; nothing is corrected.

Example:
  $ polyclinic labs samples/lab-photo.jpg --fhir labs.json --csv labs.csv`,
    )
    .action(labs);
}

async function labs(files: string[], options: LabsOptions): Promise<void> {
  await checkOutputs(options);
  const bar = progressBar();
  let read: { document: LabDocument; study: Study };
  try {
    const work = { signal: interrupted, onProgress: bar.onProgress };
    const study = await openStudy(files, work).catch((error: unknown) => {
      throw PolyclinicError.is(error) && error.code === "records/several-patients" ? isRecord(error) : error;
    });
    await study.close();
    read = { document: await readLabs(study, work), study };
  } finally {
    bar.done();
  }
  const { study } = read;
  const document = options.deidentify ? withoutNames(read.document, study) : read.document;
  for (const message of document.warnings) note(`Caution: ${message}`);
  for (const part of study.parts)
    if (!isPaged(part)) note(`Caution: "${part.label}" is not a page (${part.kind}) and was not read.`);
  for (const { file, reason } of study.leftOut) note(`Caution: ${file} was not read: ${reason}`);
  if (files.length > 1) note("Caution: the files were read as pages of one report, of one patient and one date.");
  print(options.json ? JSON.stringify(document, undefined, 2) : labText(document));
  for (const path of await write(document, study, options)) if (!options.quiet) note(`Wrote ${path}`);
  if (!options.quiet && !options.json) note(dim(notForClinicalUse));
}

/** A record of several patients: to choose one would not help. */
const isRecord = (cause: PolyclinicError) =>
  new PolyclinicError("labs/no-pages", "is a health record, not a laboratory report", {
    ...(cause.where !== undefined && { where: cause.where }),
    expected: "a PDF, a scan or a photograph of a laboratory report",
    hint: "To ask about a health record, use polyclinic ask; --patient chooses a patient.",
    cause,
  });

/** Only the rows: text beside them may name the patient, and dates are personal data. */
function withoutNames({ collected: _, reported: __, ...document }: LabDocument, { parts }: Study): LabDocument {
  const rows = document.rows.map(({ comment: _, ...row }): LabRow => ({ ...row, previous: [] }));
  const files = new Map(parts.map(({ origin }, i) => [origin.files[0], `file ${i + 1}`]));
  const clean = (message: string) =>
    [...files].reduce((text, [name, fresh]) => text.replaceAll(name, fresh), message).replace(/the date \S+/, "a date");
  return {
    ...document,
    rows,
    review: rows.filter(({ review }) => review.length > 0),
    facts: document.facts.map(({ start: _, end: __, recorded: ___, source, ...fact }) => ({
      ...fact,
      source: "page" in source ? { page: source.page, box: source.box, text: source.text } : source,
    })),
    unread: [],
    warnings: document.warnings.map(clean),
  };
}

const contentTypes: Readonly<Record<string, string>> = {
  ".pdf": "application/pdf",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".tif": "image/tiff",
  ".tiff": "image/tiff",
  ".dcm": "application/dicom",
};

async function write(
  document: LabDocument,
  { parts }: Study,
  { fhir, csv, deidentify }: LabsOptions,
): Promise<string[]> {
  const written: string[] = [];
  if (csv !== undefined) {
    const { labCsv } = await import("../../../records/labs/index.ts");
    await writeWhole(csv, labCsv(document.rows));
    written.push(csv);
  }
  if (fhir !== undefined) {
    const { labsToFhir } = await import("../../../export/fhir/labs.ts");
    const files = parts.filter(isPaged).map(
      (
        {
          origin: {
            files: [name],
            sha256,
          },
        },
        i,
      ) => ({
        name: deidentify ? `file ${i + 1}` : name,
        sha256,
        contentType: contentTypes[extname(name).toLowerCase()] ?? "application/octet-stream",
      }),
    );
    await writeWhole(fhir, `${JSON.stringify(labsToFhir(document, { at: new Date(), files }), undefined, 2)}\n`);
    written.push(fhir);
  }
  return written;
}
