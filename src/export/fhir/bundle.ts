/**
 * A result as a FHIR R4 Bundle: DiagnosticReport (preliminary), its Observations, ImagingStudy, Device (the model),
 * Provenance, and a pseudonymous Patient.
 *
 * The bundle is a `collection`: the receiver decides what to store. Posting a `transaction` would file a machine's
 * draft in a record.
 */

import type {
  Bundle,
  Device,
  DiagnosticReport,
  ImagingStudy,
  Observation,
  Patient,
  Provenance,
  Resource,
} from "@medplum/fhirtypes";
import { patientIdOf } from "../../imaging/dicom/patient-id.ts";
import type { Study } from "../../study/types.ts";
import type { TaskResult } from "../../task/result.ts";
import { type Description, describeResult, descriptionLines } from "../describe.ts";
import { collectSources } from "../dicom/sources.ts";
import { derivedUid, derivedUuid, sha256 } from "../identifier.ts";
import { toJson } from "../json.ts";
import { product } from "../product.ts";
import type { Reviewed } from "../reviewed.ts";
import { statementsOf } from "../statements.ts";
import { assertedByMachine, author, concept } from "./coding.ts";
import { bundleOf, refer, uuidIdentifier, xmlText } from "./documents.ts";
import { imagingStudies } from "./imaging-study.ts";
import { observationsOf } from "./observations.ts";

/**
 * @param at the time of the report; equal results and times give equal bundles.
 * @param reviewed the result of a person's review; a signed one is final, and the person is an author beside the model.
 */
export function toFhir(result: TaskResult, study: Study, { at, reviewed }: { at: Date; reviewed?: Reviewed }): Bundle {
  const issued = at.toISOString();
  const content = sha256(JSON.stringify(reviewed === undefined ? result : [result, reviewed]));
  const status = reviewed?.signed === undefined ? "preliminary" : "final";
  const drafted = reviewed?.drafted !== false;
  const id = (kind: string, ...rest: string[]) => derivedUuid(`fhir-${kind}`, content, issued, ...rest);
  const statements = reviewed?.statements ?? statementsOf(result);
  const description = describeResult(result);
  const warnings = [...(reviewed?.remarks ?? []), ...description.cautions, description.notice];
  const sources = result.saw.images.length > 0 ? collectSources(result, study, at, reviewed) : undefined;

  const patient = pseudonym(study, result);
  const subject = refer<Patient>(patient);
  const device = modelDevice(result);
  const studies = sources === undefined ? [] : imagingStudies(sources, study, subject);
  const observations = observationsOf(result, statements, sources).map(
    (statement, i): Observation => ({
      resourceType: "Observation",
      id: id("observation", String(i)),
      identifier: [uuidIdentifier(id("observation", String(i)))],
      ...(drafted && { meta: { security: [assertedByMachine] } }),
      status,
      subject,
      issued,
      ...(drafted && { device: refer<Device>(device) }),
      ...(studies.length > 0 && { derivedFrom: studies.map((one) => refer<ImagingStudy>(one)) }),
      note: warnings.map((text) => ({ text })),
      ...statement,
    }),
  );
  const report: DiagnosticReport = {
    resourceType: "DiagnosticReport",
    id: id("report"),
    ...(drafted && { meta: { security: [assertedByMachine] } }),
    ...(reviewed?.signed && { resultsInterpreter: [{ display: reviewed.signed.name }] }),
    text: { status: "generated", div: narrative(statements.summary, description) },
    identifier: [uuidIdentifier(id("report"))],
    status: reviewed?.appended ? "appended" : status,
    // An answer from text alone has no imaging study.
    ...(sources === undefined && (result.saw.texts !== undefined || result.finishReason === "computed")
      ? {
          code: concept(
            result.finishReason === "computed"
              ? `Answer computed from ${result.saw.recipe.startsWith("signal") ? "an ECG" : "a health record"}`
              : "Answer of a model to a question about a text",
          ),
        }
      : {
          category: [
            {
              coding: [{ system: "http://terminology.hl7.org/CodeSystem/v2-0074", code: "RAD", display: "Radiology" }],
            },
          ],
          code: concept("Diagnostic imaging study", ["18748-4", "LN", "Diagnostic imaging study"]),
        }),
    subject,
    issued,
    ...(observations.length > 0 && { result: observations.map((one) => refer<Observation>(one)) }),
    ...(studies.length > 0 && { imagingStudy: studies.map((one) => refer<ImagingStudy>(one)) }),
    // Limits precede the answer.
    conclusion: [...description.cautions, statements.summary, description.notice].join("\n\n"),
    presentedForm: [
      {
        contentType: "application/json",
        title: `${result.schema}: the complete result`,
        data: Buffer.from(toJson(result)).toString("base64"),
        creation: issued,
      },
    ],
  };
  const provenance: Provenance = {
    resourceType: "Provenance",
    id: id("provenance"),
    target: [report, ...observations].map((one) => refer<Resource>(one)),
    recorded: issued,
    activity: { text: `${result.task} (${result.promptVersion}) by ${product.name} ${product.version}` },
    agent: [
      { type: { coding: [author] }, who: refer<Device>(device) },
      ...(reviewed?.signed
        ? [
            {
              type: {
                coding: [
                  {
                    system: "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
                    code: "verifier",
                    display: "Verifier",
                  },
                ],
              },
              who: { display: reviewed.signed.name },
            },
          ]
        : []),
    ],
    entity: [
      ...studies.map((one) => ({ role: "source" as const, what: refer<ImagingStudy>(one) })),
      ...result.saw.sources.map((hash, i) => ({
        role: "source" as const,
        what: {
          identifier: { type: { text: "SHA-256 of the source files" }, value: hash },
          display: labelOf(study, i),
        },
      })),
    ],
  };
  const resources = [report, ...observations, ...studies, device, provenance, patient];
  return bundleOf("collection", id("bundle"), issued, resources);
}

const labelOf = (study: Study, part: number) => study.parts[part]?.label ?? `part ${part + 1}`;

/** The model: its version is the hash of its weights. */
function modelDevice({ model, notice, finishReason }: TaskResult): Device {
  const id = derivedUuid("fhir-model", model.name, model.hash ?? "", model.precision, model.engine);
  return {
    resourceType: "Device",
    id,
    identifier: [uuidIdentifier(id)],
    status: "active",
    manufacturer: `${product.name} ${product.version} (${model.engine})`,
    deviceName: [{ name: model.name, type: "model-name" }],
    type: { text: finishReason === "computed" ? "Software that computes answers" : "Vision-language model" },
    version: [
      { type: { text: "SHA-256 of weights, configuration and tokenizer" }, value: model.hash ?? "unknown" },
      { type: { text: "precision" }, value: model.precision },
    ],
    note: [{ text: notice }],
  };
}

/**
 * A patient without a name: a hash of the identifiers in the files. Bundles about one person have the same hash, and a
 * holder of the list of identifiers can reverse it; it is a pseudonym, not anonymity.
 */
function pseudonym({ parts }: Study, { saw }: TaskResult): Patient {
  const ids = parts.map(({ origin }) => patientIdOf(origin.dicom?.attributes ?? {})).filter(({ id }) => id !== "");
  const known = ids.at(-1);
  const hash = sha256(
    JSON.stringify(
      known === undefined ? saw.sources : ["patient", known.id, ...(known.issuer === "" ? [] : [known.issuer])],
    ),
  );
  return {
    resourceType: "Patient",
    id: derivedUuid("fhir-patient", hash),
    identifier: [
      { system: `urn:oid:${derivedUid("fhir-pseudonyms")}`, value: `POLYCLINIC-${hash.slice(0, 16).toUpperCase()}` },
    ],
  };
}

/** The report in XHTML, for applications that display nothing else. */
function narrative(summary: string, description: Description): string {
  const { cautions } = description;
  const others = descriptionLines({ ...description, cautions: [] });
  const paragraph = (line: string) => `<p>${xmlText(line)}</p>`;
  const paragraphs = [...cautions.map(paragraph), `<p><b>${xmlText(summary)}</b></p>`, ...others.map(paragraph)];
  return `<div xmlns="http://www.w3.org/1999/xhtml">${paragraphs.join("")}</div>`;
}
