/** Converts rows to facts of a record. */
import { clockToday } from "../dates.ts";
import type { Fact } from "../fact.ts";
import { finishRecord } from "../finish.ts";
import type { HealthRecord } from "../record.ts";
import { loincSystem } from "../terms/index.ts";
import type { LabDocument } from "./read-document.ts";
import type { LabRow } from "./row.ts";

/** A code with a lower confidence is only an additional coding; the printed name is then the concept. */
const codedFrom = 0.7;

export interface DocumentDates {
  readonly collected?: string;
  readonly reported?: string;
}

/** @param documents the file of each page, if known. Marks for review become cautions. */
export function factsOf(
  rows: readonly LabRow[],
  about: DocumentDates,
  documents: readonly (string | undefined)[] = [],
): Fact[] {
  return rows.flatMap((row) => {
    const document = documents[row.page - 1];
    const id = document === undefined ? row.id : `${document}#${row.id}`;
    const value = row.number ?? row.value;
    const cautions = row.review.map(({ message }) => message);
    const coded = row.loinc !== undefined && row.loinc.confidence >= codedFrom;
    const fact: Fact = {
      id,
      kind: "observation",
      code: { display: row.name, ...(coded && { system: loincSystem, code: row.loinc!.code }) },
      category: ["laboratory"],
      ...(about.collected && { start: about.collected }),
      ...(about.reported && { recorded: about.reported }),
      value,
      ...(row.number !== undefined && { printedValue: row.value.replace(/^[<>≤≥=\s]+/, "") }),
      ...(row.comparator && { comparator: row.comparator }),
      ...(row.ucum && { unit: row.ucum }),
      ...(row.unit && { printedUnit: row.unit }),
      ...(row.low !== undefined && { low: row.low }),
      ...(row.high !== undefined && { high: row.high }),
      ...(row.range && (row.low === undefined || row.high === undefined) && { printedRange: row.range }),
      ...(row.flag && { flag: row.flag }),
      ...(detailsOf(row).length > 0 && { detail: detailsOf(row) }),
      source: { page: row.page, box: row.boxes.value, text: row.value, ...(document !== undefined && { document }) },
      ...(row.confidence < 1 && { confidence: row.confidence }),
      ...(cautions.length > 0 && { cautions }),
    };
    // Earlier results with a date become facts of their own; without a date their time is unknown.
    const earlier = row.previous.flatMap(({ value: printed, date }, i): Fact[] => {
      if (!date) return [];
      const number = Number(printed.replace(",", "."));
      const text = Number.isFinite(number) ? number : printed;
      return [
        {
          id: `${id}-previous${i + 1}`,
          kind: "observation",
          code: fact.code!,
          category: ["laboratory"],
          start: date,
          value: text,
          ...(typeof text === "number" && { printedValue: printed }),
          ...(row.ucum && { unit: row.ucum }),
          ...(row.unit && { printedUnit: row.unit }),
          source: { page: row.page, box: row.boxes.row, text: printed, ...(document !== undefined && { document }) },
          ...(row.confidence < 1 && { confidence: row.confidence }),
          ...(cautions.length > 0 && { cautions }),
        },
      ];
    });
    return [fact, ...earlier];
  });
}

const detailsOf = ({ section, method, specimen, comment }: LabRow) =>
  [
    section && `section: ${section}`,
    method && `method: ${method}`,
    specimen && `specimen: ${specimen}`,
    comment,
  ].filter((one) => one !== undefined && one !== "") as string[];

/**
 * A record with the report of one patient, who is not identified: text beside the results is not read. Print that was
 * not recognised as a result is listed among the dropped entries.
 *
 * @param today ISO date, to recognise future dates. Default: the clock's.
 */
export function labRecord({ facts, unread, warnings, review, rows }: LabDocument, today = clockToday()): HealthRecord {
  const marked = review.length;
  return finishRecord(
    "lab-report",
    { id: "" },
    {
      facts: facts.map((fact) => ({ ...fact })),
      texts: [],
      dropped: unread.map(({ page, text }) => ({ what: `page ${page}: ${text}`, reason: "not read as a result" })),
    },
    [],
    today,
    [
      ...warnings,
      ...(marked > 0
        ? [`${marked} of ${rows.length} results on the page may have been misread: check them before use`]
        : []),
    ],
  );
}
