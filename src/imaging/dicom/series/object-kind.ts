/** The kind of a DICOM object by its SOP class (PS3.6 table A-1), so that errors can name objects that are not images. */
import type { DicomFile } from "../parse/parse.ts";
import { pixelTagOf } from "../pixels/pixel-format.ts";

export type ObjectKind =
  | "image"
  | "secondary-capture"
  | "whole-slide"
  | "segmentation"
  | "rt-dose"
  | "rt-structure"
  | "rt-plan"
  | "report"
  | "key-objects"
  | "presentation-state"
  | "waveform"
  | "document"
  | "directory"
  | "registration"
  | "raw-data"
  | "other";

/** Longest prefix wins. */
const prefixes: readonly (readonly [prefix: string, kind: ObjectKind])[] = [
  ["1.2.840.10008.1.3.10", "directory"],
  ["1.2.840.10008.5.1.4.1.1.7", "secondary-capture"],
  ["1.2.840.10008.5.1.4.1.1.9.", "waveform"],
  ["1.2.840.10008.5.1.4.1.1.11.", "presentation-state"],
  ["1.2.840.10008.5.1.4.1.1.66", "raw-data"],
  ["1.2.840.10008.5.1.4.1.1.66.1", "registration"],
  ["1.2.840.10008.5.1.4.1.1.66.2", "registration"],
  ["1.2.840.10008.5.1.4.1.1.66.3", "registration"],
  ["1.2.840.10008.5.1.4.1.1.66.4", "segmentation"],
  ["1.2.840.10008.5.1.4.1.1.66.5", "segmentation"],
  ["1.2.840.10008.5.1.4.1.1.66.7", "segmentation"],
  ["1.2.840.10008.5.1.4.1.1.77.1.6", "whole-slide"],
  ["1.2.840.10008.5.1.4.1.1.88.", "report"],
  ["1.2.840.10008.5.1.4.1.1.88.59", "key-objects"],
  ["1.2.840.10008.5.1.4.1.1.104.", "document"],
  ["1.2.840.10008.5.1.4.1.1.481.1", "image"],
  ["1.2.840.10008.5.1.4.1.1.481.2", "rt-dose"],
  ["1.2.840.10008.5.1.4.1.1.481.3", "rt-structure"],
  ["1.2.840.10008.5.1.4.1.1.481.5", "rt-plan"],
  ["1.2.840.10008.5.1.4.1.1.481.8", "rt-plan"],
];

/** Name of each kind in messages. */
export const kindNames: Readonly<Record<ObjectKind, string>> = {
  image: "image",
  "secondary-capture": "secondary capture",
  "whole-slide": "whole-slide image",
  segmentation: "segmentation",
  "rt-dose": "radiotherapy dose",
  "rt-structure": "radiotherapy structure set",
  "rt-plan": "radiotherapy plan",
  report: "structured report",
  "key-objects": "key object selection",
  "presentation-state": "presentation state",
  waveform: "waveform",
  document: "encapsulated document",
  directory: "media directory",
  registration: "registration",
  "raw-data": "raw data",
  other: "other object",
};

const known = new Map<string, ObjectKind | undefined>();

export function objectKindOf(file: DicomFile): ObjectKind {
  const uid = file.dataset.string("SOPClassUID") ?? file.meta.string("MediaStorageSOPClassUID") ?? "";
  if (!known.has(uid)) known.set(uid, kindOfClass(uid));
  return known.get(uid) ?? (pixelTagOf(file) === undefined ? "other" : "image");
}

function kindOfClass(uid: string): ObjectKind | undefined {
  let best: readonly [string, ObjectKind] | undefined;
  for (const entry of prefixes) {
    const [prefix] = entry;
    const matches = prefix.endsWith(".") ? uid.startsWith(prefix) : uid === prefix || uid.startsWith(`${prefix}.`);
    if (matches && prefix.length > (best?.[0].length ?? 0)) best = entry;
  }
  return best?.[1];
}

/** Bytes and type of the encapsulated document (PDF, CDA, STL) of a `dicom/document` object. Undefined if absent. */
export function encapsulatedDocument(
  file: DicomFile,
): { mimeType: string; title?: string; bytes: Uint8Array } | undefined {
  const { dataset } = file;
  if (!dataset.has("EncapsulatedDocument")) return undefined;
  const stated = dataset.number("EncapsulatedDocumentLength");
  const bytes = dataset.valueBytes("EncapsulatedDocument");
  return {
    mimeType: dataset.string("MIMETypeOfEncapsulatedDocument") ?? "application/octet-stream",
    title: dataset.string("DocumentTitle"),
    // The value is padded to an even length; the true length may be stated.
    bytes: stated !== undefined && stated > 0 && stated < bytes.length ? bytes.subarray(0, stated) : bytes,
  };
}
