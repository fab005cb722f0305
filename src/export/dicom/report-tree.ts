/**
 * The content tree of a TID 1500 report, template by template.
 *
 * Over 300 lines because the templates of one document stand together, as in PS3.16.
 */
import type { Part, Study } from "../../study/types.ts";
import type { LocatedBox, TaskResult } from "../../task/result.ts";
import type { Label, Measurement, Statements } from "../../task/statements.ts";
import { describeResult } from "../describe.ts";
import { derivedUid } from "../identifier.ts";
import { product } from "../product.ts";
import type { Reviewed } from "../reviewed.ts";
import { type Code, findingTerm, siteTerm, unitTerm } from "../terms.ts";
import { code, container, image, number, personName as personNameItem, polyline, text, uid } from "./content.ts";
import type { DataSet } from "./file.ts";
import type { Related, RelatedSegment } from "./related.ts";
import type { SourceImage, Sources } from "./sources.ts";

const dcm = (value: string, meaning: string): Code => [value, "DCM", meaning];

const finding = dcm("121071", "Finding");
const comment = dcm("121106", "Comment");
const measurementGroup = dcm("125007", "Measurement Group");

/** PS3.16 CID 29, the modalities this package reads. */
const modalities: Readonly<Record<string, string>> = {
  CR: "Computed Radiography",
  DX: "Digital Radiography",
  CT: "Computed Tomography",
  MR: "Magnetic Resonance",
  SM: "Slide Microscopy",
  GM: "General Microscopy",
  XC: "External-camera Photography",
  OP: "Ophthalmic Photography",
  US: "Ultrasound",
  MG: "Mammography",
  NM: "Nuclear Medicine",
  PT: "Positron emission tomography",
  XA: "X-Ray Angiography",
};

/** @param content hash of the result: tracking identifiers are derived from it. */
export function reportTree(
  result: TaskResult,
  study: Study,
  sources: Sources,
  statements: Statements,
  content: string,
  { reviewed, related }: { reviewed?: Reviewed; related: Related },
): DataSet {
  const library = libraryOf(sources, related);
  const algorithm = reviewed?.drafted === false ? [] : algorithmIdentification(result);
  const groups = [
    ...statements.regions.map((region, i) => regionGroup(region, i, sources, algorithm, content)),
    ...statements.labels.map((label) => labelGroup(label, algorithm, content)),
    ...statements.measurements.flatMap((measurement, i) => measurementGroupOf(measurement, i, algorithm, content)),
    ...related.segments.map((segment, i) => segmentGroup(segment, i, content)),
  ];
  return container(
    undefined,
    dcm("126000", "Imaging Measurement Report"),
    [
      code("HAS CONCEPT MOD", dcm("121049", "Language of Content Item and Descendants"), ["en", "RFC5646", "English"]),
      ...(reviewed?.signed ? personObserver(reviewed.signed.name) : []),
      ...(reviewed?.drafted === false ? [] : deviceObserver(result)),
      ...(library.length > 0
        ? [
            code("HAS CONCEPT MOD", dcm("121058", "Procedure reported"), ["363679005", "SCT", "Imaging procedure"]),
            imageLibrary(study, library, related),
          ]
        : [
            code("HAS CONCEPT MOD", dcm("121058", "Procedure reported"), [
              "716791000000102",
              "SCT",
              "Review of patient record",
            ]),
          ]),
      ...(groups.length > 0 ? [container("CONTAINS", dcm("126010", "Imaging Measurements"), groups)] : []),
      container(
        "CONTAINS",
        ["C0034375", "UMLS", "Qualitative Evaluations"],
        // Limits precede the answer.
        [
          ...algorithm,
          ...(reviewed?.drafted === false ? [] : cautionsOf(result)),
          ...sentences(statements),
          ...remarks(result, reviewed),
        ],
      ),
    ],
    "1500",
  );
}

/** TID 1001, 1002 and 1004: the observer is a device, the model. */
function deviceObserver({ model }: TaskResult): DataSet[] {
  return [
    code("HAS OBS CONTEXT", dcm("121005", "Observer Type"), dcm("121007", "Device")),
    uid("HAS OBS CONTEXT", dcm("121012", "Device Observer UID"), derivedUid("model", model.name, model.hash ?? "")),
    text("HAS OBS CONTEXT", dcm("121013", "Device Observer Name"), model.name),
    text("HAS OBS CONTEXT", dcm("121014", "Device Observer Manufacturer"), product.name),
    text("HAS OBS CONTEXT", dcm("121015", "Device Observer Model Name"), `${model.name} (${model.precision})`),
    ...(model.hash === undefined
      ? []
      : [text("HAS OBS CONTEXT", dcm("121016", "Device Observer Serial Number"), model.hash)]),
  ];
}

/** TID 1001 and 1003. */
function personObserver(name: string): DataSet[] {
  return [
    code("HAS OBS CONTEXT", dcm("121005", "Observer Type"), dcm("121006", "Person")),
    personNameItem("HAS OBS CONTEXT", dcm("121008", "Person Observer Name"), personName(name)),
  ];
}

/** `Ada Lovelace` as a DICOM name, `Lovelace^Ada`. */
export function personName(name: string): string {
  const words = name
    .trim()
    .replace(/[\\^=]/g, " ")
    .split(/\s+/);
  return words.length < 2 ? words[0] : `${words.at(-1)}^${words.slice(0, -1).join(" ")}`;
}

/** TID 4019: the version is the hash of the weights, which identifies a model uniquely. */
function algorithmIdentification(result: TaskResult): DataSet[] {
  const { made } = describeResult(result);
  return [
    text("HAS CONCEPT MOD", dcm("111001", "Algorithm Name"), result.model.name),
    text("HAS CONCEPT MOD", dcm("111003", "Algorithm Version"), result.model.hash ?? "unknown"),
    text("HAS CONCEPT MOD", dcm("111002", "Algorithm Parameters"), made),
  ];
}

/** Every image the model was given, in reading order, then those on which only people drew. */
function libraryOf({ library, series }: Sources, { drawnOn }: Related): Sources["library"] {
  const known = new Set(library.map(({ reference }) => reference.sopInstanceUID));
  const others = [...new Map(drawnOn.map((one) => [one.sopInstanceUID, one])).values()].flatMap((reference) => {
    const of = series.find(({ instances }) =>
      instances.some(({ sopInstanceUID }) => sopInstanceUID === reference.sopInstanceUID),
    );
    return of === undefined || known.has(reference.sopInstanceUID) ? [] : [{ part: of.part, reference }];
  });
  return [...library, ...others];
}

/** TID 1600; an image with its presentation state as PS3.3 C.18.4 refers to one. */
function imageLibrary(study: Study, library: Sources["library"], { states }: Related): DataSet {
  const entries = library.map(({ part, reference }) =>
    image("CONTAINS", reference, undefined, modality(study.parts[part]), states.get(reference.sopInstanceUID)),
  );
  return container("CONTAINS", dcm("111028", "Image Library"), [
    container("CONTAINS", dcm("126200", "Image Library Group"), entries),
  ]);
}

function modality(part: Part): DataSet[] {
  const meaning = Object.hasOwn(modalities, part.modality) ? modalities[part.modality] : undefined;
  return meaning === undefined ? [] : [code("HAS ACQ CONTEXT", dcm("121139", "Modality"), dcm(part.modality, meaning))];
}

/** TID 4108. */
const tracking = (name: string, ...content: readonly string[]): DataSet[] => [
  text("HAS OBS CONTEXT", dcm("112039", "Tracking Identifier"), name),
  uid("HAS OBS CONTEXT", dcm("112040", "Tracking Unique Identifier"), derivedUid("tracking", ...content)),
];

/**
 * TID 1410: one box, as a closed polyline on its image. A box on a reformatted slice belongs to no instance: its
 * corners are given in patient millimetres instead (TID 1501).
 */
function regionGroup(
  region: LocatedBox,
  i: number,
  sources: Sources,
  algorithm: readonly DataSet[],
  content: string,
): DataSet {
  const source = sources.find(region.part, region.index);
  const where =
    source === undefined
      ? text("CONTAINS", comment, placeInWords(region))
      : polyline("CONTAINS", dcm("111030", "Image Region"), corners(region, source), source.reference);
  return container(
    "CONTAINS",
    measurementGroup,
    [
      ...tracking(`${region.label} ${i + 1}`, content, "region", String(i)),
      ...algorithm,
      statedAs(region.label),
      ...site(region.label),
      where,
    ],
    source === undefined ? "1501" : "1410",
  );
}

/** TID 1411: an outline that a person drew, as a segment. It states no finding: the person marked a place. */
function segmentGroup({ reference, label, sources }: RelatedSegment, i: number, content: string): DataSet {
  const name = label || `Outline ${i + 1}`;
  return container(
    "CONTAINS",
    measurementGroup,
    [
      ...tracking(name, content, "segment", String(i)),
      text("CONTAINS", comment, `Outlined by a person: ${name}`),
      image("CONTAINS", reference, dcm("121191", "Referenced Segment")),
      ...sources.map((source) => image("CONTAINS", source, dcm("121233", "Source image for segmentation"))),
    ],
    "1411",
  );
}

function corners({ box }: LocatedBox, { place }: SourceImage): (readonly [number, number])[] {
  return [place(box.x0, box.y0), place(box.x1, box.y0), place(box.x1, box.y1), place(box.x0, box.y1)];
}

function placeInWords({ box, index, patient }: LocatedBox): string {
  if (patient !== undefined) {
    const points = patient.map((point) => point.map((value) => value.toFixed(1)).join(" "));
    return `On a reformatted slice. Corners in patient millimetres (LPS): ${points.join("; ")}`;
  }
  return `On reformatted slice ${(index ?? 0) + 1}: columns ${box.x0} to ${box.x1}, rows ${box.y0} to ${box.y1}`;
}

/** A coded finding if a code is known, otherwise text. */
function statedAs(label: string): DataSet {
  const term = findingTerm(label);
  return term === undefined ? text("CONTAINS", finding, label) : code("CONTAINS", finding, term);
}

function site(label: string): DataSet[] {
  const term = siteTerm(label);
  if (term === undefined) return [];
  const laterality: Code = ["272741003", "SCT", "Laterality"];
  return [
    code(
      "HAS CONCEPT MOD",
      ["363698007", "SCT", "Finding Site"],
      term.site,
      term.side === undefined ? [] : [code("HAS CONCEPT MOD", laterality, term.side)],
    ),
  ];
}

/**
 * TID 1501: one label and its probability. Only a chosen label is written as a finding, so that programs collecting
 * findings do not find those that the model rejected.
 */
function labelGroup({ label, chosen, probability }: Label, algorithm: readonly DataSet[], content: string): DataSet {
  const percent = probability === undefined ? undefined : Number((probability * 100).toFixed(4));
  return container(
    "CONTAINS",
    measurementGroup,
    [
      ...tracking(chosen ? label : `not chosen: ${label}`, content, "label", label),
      ...algorithm,
      chosen ? statedAs(label) : text("CONTAINS", comment, `Considered and not chosen: ${label}`),
      ...(percent === undefined
        ? []
        : [number("CONTAINS", dcm("111012", "Certainty of Finding"), percent, ["%", "UCUM", "Percent"])]),
    ],
    "1501",
  );
}

/** TID 1501: a length, area or volume stated by the model; other units remain in their sentence. */
function measurementGroupOf(
  { name, value, unit }: Measurement,
  i: number,
  algorithm: readonly DataSet[],
  content: string,
): DataSet[] {
  const term = unitTerm(unit);
  if (term === undefined || !Number.isFinite(value)) return [];
  return [
    container(
      "CONTAINS",
      measurementGroup,
      [
        ...tracking(name, content, "measurement", String(i)),
        ...algorithm,
        text("CONTAINS", finding, name),
        number("CONTAINS", term.property, value, term.unit),
      ],
      "1501",
    ),
  ];
}

/** The question is in the same text as its answer, because `no` alone would be a dangerous finding. */
function sentences({ findings, impression, otherSections }: Statements): DataSet[] {
  return [
    ...findings.map(({ text: words, question }) =>
      text("CONTAINS", finding, question === undefined ? words : `${question} ${words}`),
    ),
    ...(impression === undefined ? [] : [text("CONTAINS", dcm("121073", "Impression"), impression)]),
    ...otherSections.map((section) => text("CONTAINS", comment, `${section.heading}: ${section.text}`)),
  ];
}

const cautionsOf = (result: TaskResult): DataSet[] =>
  describeResult(result).cautions.map((caution) => text("CONTAINS", comment, caution));

function remarks(result: TaskResult, reviewed?: Reviewed): DataSet[] {
  const { notice, model, saw, parse, rawText } = describeResult(result);
  const items = [
    text("CONTAINS", comment, notice),
    ...(reviewed?.remarks ?? []).map((one) => text("CONTAINS", comment, one)),
  ];
  if (reviewed?.drafted === false) return items;
  return [
    ...items,
    text("CONTAINS", comment, model),
    text("CONTAINS", comment, saw.join("\n")),
    text("CONTAINS", comment, parse),
    ...(rawText === undefined ? [] : [text("CONTAINS", comment, `The model wrote: ${rawText}`)]),
  ];
}
