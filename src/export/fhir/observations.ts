/** One Observation for every statement of a result: sentence, label, measurement, region. */
import type { CodeableConcept, Observation, ObservationComponent } from "@medplum/fhirtypes";
import type { LocatedBox, TaskResult } from "../../task/result.ts";
import type { Label, Measurement, Statements } from "../../task/statements.ts";
import type { Sources } from "../dicom/sources.ts";
import { type Code, findingTerm, siteTerm, unitTerm } from "../terms.ts";
import { concept, quantity } from "./coding.ts";

const finding: Code = ["121071", "DCM", "Finding"];
const studyObservation: Code = ["18782-3", "LN", "Radiology Study observation (narrative)"];
const impression: Code = ["121073", "DCM", "Impression"];
const studyImpression: Code = ["19005-8", "LN", "Radiology Imaging study [Impression] (narrative)"];
const certainty: Code = ["111012", "DCM", "Certainty of Finding"];
const percent: Code = ["%", "UCUM", "%"];

/** The content of an observation, without the fields shared by all observations of a result. */
export type ObservationContent = Pick<
  Observation,
  "code" | "valueString" | "valueBoolean" | "valueQuantity" | "component" | "bodySite"
>;

export function observationsOf(
  result: TaskResult,
  statements: Statements,
  sources: Sources | undefined,
): ObservationContent[] {
  return [
    ...statements.findings.map(({ text, question }) => ({
      code: concept(question ?? "Finding", finding, studyObservation),
      valueString: text,
    })),
    ...(statements.impression === undefined
      ? []
      : [{ code: concept("Impression", impression, studyImpression), valueString: statements.impression }]),
    ...statements.otherSections.map(({ heading, text }) => ({ code: concept(heading), valueString: text })),
    ...statements.labels.map(ofLabel),
    ...statements.measurements.map(ofMeasurement),
    ...statements.regions.map((region) => ofRegion(region, sources)),
    ...(result.parse.status === "unparsed" && result.text.length > 0
      ? [{ code: concept("Model output that could not be parsed"), valueString: result.text }]
      : []),
  ];
}

/** A label is an observation of that name, true if the model chose it. */
function ofLabel({ label, chosen, probability }: Label): ObservationContent {
  return {
    code: concept(label, findingTerm(label)),
    valueBoolean: chosen,
    ...(probability !== undefined && {
      component: [
        {
          code: concept("Probability given by the model", certainty),
          valueQuantity: quantity(Number((probability * 100).toFixed(4)), percent),
        },
      ],
    }),
  };
}

function ofMeasurement({ name, value, unit }: Measurement): ObservationContent {
  const term = unitTerm(unit);
  return {
    code: concept(name, term?.property),
    valueQuantity: term === undefined ? { value, unit } : quantity(value, term.unit),
  };
}

/** R4 has no resource for a region: its edges are components, in pixels of the instance named beside them. */
function ofRegion({ label, box, part, index, patient }: LocatedBox, sources: Sources | undefined): ObservationContent {
  const source = sources?.find(part, index);
  const place = source?.place ?? ((x: number, y: number) => [x, y] as const);
  const corners = [place(box.x0, box.y0), place(box.x1, box.y1)];
  const edge = (name: string, value: number): ObservationComponent => ({
    code: concept(name),
    valueQuantity: { value, unit: "pixels from the top left corner of the image" },
  });
  const across = corners.map(([x]) => x);
  const down = corners.map(([, y]) => y);
  const site = siteTerm(label);
  return {
    code: concept(label, findingTerm(label) ?? finding),
    ...(site !== undefined && { bodySite: bodySite(label, site.site, site.side) }),
    component: [
      edge("Left edge (column)", Math.min(...across)),
      edge("Top edge (row)", Math.min(...down)),
      edge("Right edge (column)", Math.max(...across)),
      edge("Bottom edge (row)", Math.max(...down)),
      ...(source === undefined ? [{ code: concept("Image"), valueString: imageInWords(index, patient) }] : []),
      ...(source === undefined
        ? []
        : [{ code: concept("SOP Instance UID of the image"), valueString: source.reference.sopInstanceUID }]),
      ...(source?.reference.frame === undefined
        ? []
        : [{ code: concept("Frame of the image"), valueInteger: source.reference.frame }]),
    ],
  };
}

/** A reformatted slice is not an instance, so it is described in words. */
function imageInWords(index: number | undefined, patient: LocatedBox["patient"]): string {
  const corners = patient?.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("; ");
  return `Reformatted axial slice ${(index ?? 0) + 1}${corners === undefined ? "" : `; corners in patient millimetres (LPS): ${corners}`}`;
}

function bodySite(text: string, site: Code, side: Code | undefined): CodeableConcept {
  return concept(text, site, side);
}
