/**
 * A laboratory document as a FHIR R4 Bundle: DiagnosticReport, an Observation for every result with the page and box of
 * its value, the document, and the software that read it. A preliminary `collection`, as in `bundle.ts`: filing it is a
 * person's decision.
 */
import type {
  Bundle,
  CodeableConcept,
  Device,
  DiagnosticReport,
  DocumentReference,
  Extension,
  Observation,
  Quantity,
} from "@medplum/fhirtypes";
import type { Flag, LabDocument, LabRow } from "../../records/labs/index.ts";
import { derivedUuid, sha256 } from "../identifier.ts";
import { product } from "../product.ts";
import { assertedByMachine } from "./coding.ts";
import {
  documentBundle,
  loinc,
  readerDevice,
  refer,
  type SourceFile,
  sourceDocument,
  uuidIdentifier,
} from "./documents.ts";

/** Provenance of a laboratory bundle: when the document was read, and from which files. */
export interface LabBundleOptions {
  /** The time of the reading; the same document and time give the same bundle. */
  at: Date;
  /** The files of the pages. */
  files: readonly SourceFile[];
}

const notice =
  "Read by software from a document; not for clinical use until a person has compared it with the document.";
/** Below this confidence, a LOINC code is only mentioned in the note. */
const codedFrom = 0.7;

/** The rows of a laboratory document as a FHIR R4 bundle; every result is preliminary until a person confirms it. */
export function labsToFhir(document: LabDocument, { at, files }: LabBundleOptions): Bundle {
  const issued = at.toISOString();
  const content = sha256(JSON.stringify([document.rows, files]));
  const id = (kind: string, ...rest: string[]) => derivedUuid(`fhir-labs-${kind}`, content, issued, ...rest);
  const device = readerDevice("fhir-labs-reader", "Reader of laboratory documents");
  const source = sourceDocument(
    id("document"),
    { coding: [loinc("11502-2", "Laboratory report")], text: "Laboratory report" },
    files,
  );
  const shared = {
    status: "preliminary" as const,
    category: [
      {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/observation-category",
            code: "laboratory",
            display: "Laboratory",
          },
        ],
      },
    ],
    issued,
    device: refer<Device>(device),
    derivedFrom: [refer<DocumentReference>(source)],
  };
  const observations = document.rows.flatMap((row) => {
    const now: Observation = {
      resourceType: "Observation",
      id: id("observation", row.id),
      meta: metaOf(row),
      ...shared,
      ...valueFieldsOf(row),
      ...(document.collected && { effectiveDateTime: dateOf(document.collected) }),
      ...((row.specimen ?? document.specimen) ? { specimen: { display: row.specimen ?? document.specimen } } : {}),
    };
    const earlier = row.previous.flatMap(({ value, date }, i): Observation[] =>
      date
        ? [
            {
              resourceType: "Observation",
              id: id("observation", row.id, String(i)),
              meta: metaOf(row),
              extension: [region(row, row.boxes.row, value)],
              ...shared,
              code: codeOf(row),
              effectiveDateTime: dateOf(date),
              ...valueFields(value, Number(value.replace(",", ".")), row),
              note: [{ text: "An earlier result printed beside the current one." }, { text: notice }],
            },
          ]
        : [],
    );
    return [now, ...earlier];
  });
  const marked = document.review.length;
  const report: DiagnosticReport = {
    resourceType: "DiagnosticReport",
    id: id("report"),
    meta: { security: [assertedByMachine] },
    identifier: [uuidIdentifier(id("report"))],
    status: "preliminary",
    category: [
      { coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0074", code: "LAB", display: "Laboratory" }] },
    ],
    code: { coding: [loinc("11502-2", "Laboratory report")], text: "Laboratory report" },
    ...(document.collected && { effectiveDateTime: dateOf(document.collected) }),
    issued,
    result: observations.map((one) => refer<Observation>(one)),
    conclusion: [
      `${document.rows.length} results were read; ${marked} of them ${marked === 1 ? "is" : "are"} marked for review.`,
      ...document.warnings,
      ...document.unread.map(({ page, text }) => `Not read on page ${page}: ${text}`),
      notice,
    ].join("\n"),
  };
  return documentBundle({
    type: "collection",
    id,
    issued,
    activity: `laboratory document read by ${product.name} ${product.version}`,
    device,
    source,
    results: [report, ...observations],
  });
}

/** A time without a zone is not a FHIR instant: only its date is kept. */
const dateOf = (date: string) => date.slice(0, 10);

const metaOf = ({ review }: LabRow) => ({
  security: [assertedByMachine],
  ...(review.length > 0 && {
    tag: [
      {
        system: "urn:polyclinic:tags",
        code: "needs-review",
        display: "A person should compare this with the document",
      },
    ],
  }),
});

function codeOf({ name, loinc: code }: LabRow): CodeableConcept {
  return {
    ...(code !== undefined && code.confidence >= codedFrom && { coding: [loinc(code.code, code.display)] }),
    text: name,
  };
}

function valueFieldsOf(row: LabRow) {
  const bound = (value: number): Quantity => quantity(value, row);
  const flag = row.flag && interpretations[row.flag];
  return {
    extension: [region(row, row.boxes.value, row.value)],
    code: codeOf(row),
    ...valueFields(row.value, row.number, row),
    ...(flag && {
      interpretation: [
        {
          coding: [
            {
              system: "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
              code: row.flag,
              display: flag,
            },
          ],
        },
      ],
    }),
    ...(row.range && {
      referenceRange: [
        {
          ...(row.low !== undefined && { low: bound(row.low) }),
          ...(row.high !== undefined && { high: bound(row.high) }),
          text: row.range,
        },
      ],
    }),
    ...(row.method && { method: { text: row.method } }),
    note: [
      ...row.review.map(({ message }) => ({ text: `Review: ${message}` })),
      ...(row.comment ? [{ text: row.comment }] : []),
      ...(row.loinc
        ? [
            {
              text: `LOINC ${row.loinc.code} was found from the printed name and unit, confidence ${row.loinc.confidence}.`,
            },
          ]
        : []),
      { text: notice },
    ],
  };
}

/** A number with a review mark on its value is given as text, so that no program uses it as certain. */
function valueFields(
  printed: string,
  number: number | undefined,
  row: LabRow,
): Pick<Observation, "valueQuantity" | "valueString"> {
  const doubted = row.review.some(({ field }) => field === "value" || field === "unit");
  if (number === undefined || !Number.isFinite(number) || doubted)
    return { valueString: row.unit && number !== undefined ? `${printed} ${row.unit}` : printed };
  return { valueQuantity: { ...quantity(number, row), ...(row.comparator && { comparator: row.comparator }) } };
}

const quantity = (value: number, { unit, ucum }: LabRow): Quantity => ({
  value,
  ...(unit && { unit }),
  ...(ucum && { system: "http://unitsofmeasure.org", code: ucum }),
});

/**
 * Page and position: the box is a media fragment (W3C Media Fragments URI 1.0, 4.2.2), in pixels of the page's image.
 */
function region({ page }: LabRow, { x0, y0, x1, y1 }: LabRow["boxes"]["value"], text: string): Extension {
  const box = [x0, y0, x1 - x0, y1 - y0].map(Math.round).join(",");
  return {
    url: "urn:polyclinic:page-region",
    extension: [
      { url: "page", valuePositiveInt: page },
      { url: "region", valueString: `xywh=pixel:${box}` },
      { url: "text", valueString: text },
    ],
  };
}

const interpretations: Readonly<Record<Flag, string>> = {
  H: "High",
  L: "Low",
  HH: "Critical high",
  LL: "Critical low",
  A: "Abnormal",
  N: "Normal",
};
