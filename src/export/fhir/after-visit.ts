/**
 * An after-visit summary as a FHIR R4 document: a Composition with the twelve sections, the patient, the source file and the software. Every line keeps
 * its source: the resource of the record that states it, or the characters of the note or transcript.
 *
 * The sources are logical references (`Reference.identifier`), because their resources stay where the record came from: copies of them in this bundle would
 * become second results and diagnoses wherever it is imported.
 */
import type {
  Bundle,
  Composition,
  CompositionSection,
  Device,
  DocumentReference,
  Encounter,
  Extension,
  Patient,
  Reference,
  Resource,
} from "@medplum/fhirtypes";
import {
  type AfterVisitSummary,
  type DialogueSummary,
  type Fact,
  type RecordPatient,
  type SummaryLine,
  summaryFields,
} from "../../records/index.ts";
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
  xmlText,
} from "./documents.ts";

/** Provenance of a summary: when it was made, from which files, and of whom. */
export interface AfterVisitBundleOptions {
  /** The time of the summary; the same summary and time give the same bundle. */
  at: Date;
  /** The record or the transcript. */
  files: readonly SourceFile[];
  /** The patient of the record; a transcript has none. */
  patient?: RecordPatient;
}

const notice =
  "Chosen by software from a record or transcript; not for clinical use until a person has compared it with its sources.";
/** Identifies resources, notes and facts as the source names them; such an identifier is unique only within the source. */
const inSource = "urn:polyclinic:source";

/**
 * The summary as a FHIR R4 document bundle. It is preliminary: giving it to a patient is a person's decision.
 *
 * @param summary of a record ({@link AfterVisitSummary}) or of a transcript ({@link DialogueSummary}).
 */
export function afterVisitToFhir(
  summary: AfterVisitSummary | DialogueSummary,
  { at, files, patient }: AfterVisitBundleOptions,
): Bundle {
  const issued = at.toISOString();
  const content = sha256(JSON.stringify([summary.text, files]));
  const id = (kind: string) => derivedUuid(`fhir-after-visit-${kind}`, content, issued);
  const device = readerDevice("fhir-after-visit-reader", "Summaries of visits");
  const source = sourceDocument(id("document"), undefined, files);
  const subject = patient === undefined ? undefined : patientOf(patient, id("patient"));
  const encounter = "encounter" in summary ? summary.encounter : undefined;
  const composition: Composition = {
    resourceType: "Composition",
    id: id("composition"),
    meta: { security: [assertedByMachine] },
    identifier: uuidIdentifier(id("composition")),
    status: "preliminary",
    type: { coding: [loinc("34133-9", "Summary of episode note")], text: "After-visit summary" },
    ...(subject !== undefined && { subject: refer<Patient>(subject) }),
    ...(encounter !== undefined && { encounter: factReference<Encounter>(encounter) }),
    date: issued,
    author: [refer<Device>(device)],
    title: "After-visit summary",
    text: { status: "generated", div: xhtml([notice]) },
    section: summaryFields.map(([field, heading]) => sectionOf(heading, summary.fields[field], source)),
  };
  return documentBundle({
    type: "document",
    id,
    issued,
    activity: `visit summarised by ${product.name} ${product.version}; no model was called`,
    device,
    source,
    results: [composition],
    ...(subject !== undefined && { others: [subject] }),
  });
}

function sectionOf(title: string, lines: readonly SummaryLine[], source: DocumentReference): CompositionSection {
  if (lines.length === 0)
    return {
      title,
      text: { status: "generated", div: xhtml(["The source does not say."]) },
      emptyReason: {
        coding: [
          {
            system: "http://terminology.hl7.org/CodeSystem/list-empty-reason",
            code: "unavailable",
            display: "Unavailable",
          },
        ],
      },
    };
  const facts = [...new Set(lines.flatMap((line) => line.facts))];
  return {
    extension: lines.map((line) => lineExtension(line, source)),
    title,
    text: { status: "generated", div: xhtml(lines.map(({ text }) => text)) },
    ...(facts.length > 0 && { entry: facts.map((fact) => factReference(fact)) }),
  };
}

/** One line with its sources: `urn:polyclinic:summary-line`. */
function lineExtension({ text, facts, passage, turn, speaker }: SummaryLine, source: DocumentReference): Extension {
  return {
    url: "urn:polyclinic:summary-line",
    extension: [
      { url: "text", valueString: visible(text) },
      ...facts.map((fact): Extension => ({ url: "fact", valueReference: factReference(fact) })),
      ...(passage === undefined
        ? []
        : [
            { url: "document", valueReference: refer<DocumentReference>(source) },
            { url: "note", valueString: visible(passage.note) },
            // Characters as in RFC 5147: positions between characters, the first is 0.
            { url: "characters", valueString: `char=${passage.from},${passage.to}` },
          ]),
      ...(turn === undefined ? [] : [{ url: "turn", valuePositiveInt: turn }]),
      ...(speaker === undefined ? [] : [{ url: "speaker", valueString: visible(speaker) }]),
    ],
  };
}

/** The resource of the record that states a fact, by its name there. */
function factReference<T extends Resource = Resource>(fact: Fact): Reference<T> {
  const { source } = fact;
  const value =
    "resource" in source
      ? [source.resource, source.path].filter(Boolean).join("#")
      : "note" in source
        ? `${source.note}#char=${source.from},${source.to}`
        : `page ${source.page}`;
  const type = "resource" in source ? /^([A-Z][A-Za-z]+)\//.exec(source.resource)?.[1] : undefined;
  const display = [fact.code?.display, fact.start?.slice(0, 10)].filter(Boolean).join(", ");
  return {
    ...(type !== undefined && resourceTypes.has(type) && { type: type as T["resourceType"] }),
    identifier: { system: inSource, value: visible(value) },
    ...(display !== "" && { display: visible(display) }),
  };
}

/** Types of R4 that the readers make facts of; any other name before a slash is a table or section of another format. */
const resourceTypes = new Set(
  "AllergyIntolerance CarePlan Condition Device DiagnosticReport DocumentReference Encounter FamilyMemberHistory Goal ImagingStudy Immunization MedicationAdministration MedicationDispense MedicationRequest MedicationStatement Observation Procedure ServiceRequest".split(
    " ",
  ),
);

function patientOf({ id: own, name, birthDate, sex }: RecordPatient, id: string): Patient {
  const gender = sex?.toLowerCase();
  return {
    resourceType: "Patient",
    id,
    ...(own !== "" && { identifier: [{ system: inSource, value: visible(own) }] }),
    ...(name !== undefined && visible(name) !== "" && { name: [{ text: visible(name) }] }),
    ...((gender === "male" || gender === "female" || gender === "other" || gender === "unknown") && { gender }),
    ...(birthDate !== undefined && /^\d{4}(?:-\d\d(?:-\d\d)?)?$/.test(birthDate) && { birthDate }),
  };
}

/** Paragraphs as XHTML. */
const xhtml = (lines: readonly string[]) =>
  `<div xmlns="http://www.w3.org/1999/xhtml">${lines.map((line) => `<p>${xmlText(visible(line))}</p>`).join("")}</div>`;

/** Without control characters, which neither XML nor a FHIR string may hold, and without marks that reorder what is shown. */
const visible = (text: string) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/g, "")
    .replace(/\s+/g, " ")
    .trim();
