/** The content items of a structured report (PS3.3 C.17.3, PS3.16 section 6), one builder per value type. */
import type { Code } from "../terms.ts";
import { type DataSet, decimal } from "./file.ts";

export type Relationship =
  | "CONTAINS"
  | "HAS CONCEPT MOD"
  | "HAS OBS CONTEXT"
  | "HAS ACQ CONTEXT"
  | "HAS PROPERTIES"
  | "SELECTED FROM";

/** A reference to an image of another instance. */
export interface ImageReference {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
  /** From 1, for multi-frame instances. */
  readonly frame?: number;
  /** From 1, of a segmentation. */
  readonly segment?: number;
}

const codeSequence = ([CodeValue, CodingSchemeDesignator, CodeMeaning]: Code) => [
  { CodeValue, CodingSchemeDesignator, CodeMeaning },
];

function item(type: string, relationship: Relationship | undefined, name: Code | undefined, value: DataSet): DataSet {
  return {
    ...(relationship && { RelationshipType: relationship }),
    ValueType: type,
    ...(name && { ConceptNameCodeSequence: codeSequence(name) }),
    ...value,
  };
}

const children = (items: readonly DataSet[]): DataSet => (items.length > 0 ? { ContentSequence: items } : {});

/** @param template its number in PS3.16 (`1500`), if the container is a template's root. */
export function container(
  relationship: Relationship | undefined,
  name: Code,
  items: readonly DataSet[],
  template?: string,
): DataSet {
  return item("CONTAINER", relationship, name, {
    ContinuityOfContent: "SEPARATE",
    ...(template && { ContentTemplateSequence: [{ MappingResource: "DCMR", TemplateIdentifier: template }] }),
    ...children(items),
  });
}

export function text(relationship: Relationship, name: Code, value: string, items: readonly DataSet[] = []): DataSet {
  return item("TEXT", relationship, name, { TextValue: value, ...children(items) });
}

export function code(relationship: Relationship, name: Code, value: Code, items: readonly DataSet[] = []): DataSet {
  return item("CODE", relationship, name, { ConceptCodeSequence: codeSequence(value), ...children(items) });
}

export function personName(relationship: Relationship, name: Code, value: string): DataSet {
  return item("PNAME", relationship, name, { PersonName: value });
}

export function uid(relationship: Relationship, name: Code, value: string): DataSet {
  return item("UIDREF", relationship, name, { UID: value });
}

export function number(
  relationship: Relationship,
  name: Code,
  value: number,
  unit: Code,
  items: readonly DataSet[] = [],
): DataSet {
  return item("NUM", relationship, name, {
    MeasuredValueSequence: [{ MeasurementUnitsCodeSequence: codeSequence(unit), NumericValue: decimal(value) }],
    ...children(items),
  });
}

export function image(
  relationship: Relationship,
  reference: ImageReference,
  name?: Code,
  items: readonly DataSet[] = [],
  /** The presentation state that draws over the image. */
  state?: ImageReference,
): DataSet {
  const { sopClassUID, sopInstanceUID, frame, segment } = reference;
  return item("IMAGE", relationship, name, {
    ReferencedSOPSequence: [
      {
        ReferencedSOPClassUID: sopClassUID,
        ReferencedSOPInstanceUID: sopInstanceUID,
        ...(frame !== undefined && { ReferencedFrameNumber: frame }),
        ...(segment !== undefined && { ReferencedSegmentNumber: segment }),
        ...(state !== undefined && {
          ReferencedSOPSequence: [
            { ReferencedSOPClassUID: state.sopClassUID, ReferencedSOPInstanceUID: state.sopInstanceUID },
          ],
        }),
      },
    ],
    ...children(items),
  });
}

/**
 * A closed polygon on an image, as TID 1410 requires for an image region.
 *
 * @param points `[column, row]` in pixels from the top left corner of the first pixel (PS3.3 C.10.5.1.2); the first is
 * repeated at the end.
 */
export function polyline(
  relationship: Relationship,
  name: Code,
  points: readonly (readonly [column: number, row: number])[],
  source: ImageReference,
): DataSet {
  return item("SCOORD", relationship, name, {
    GraphicType: "POLYLINE",
    GraphicData: [...points, points[0]].flat(),
    ...children([image("SELECTED FROM", source)]),
  });
}
