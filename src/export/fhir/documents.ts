/** What bundles made from a document share: the software that read it, the document itself, references and LOINC codes. */
import type { Coding, Device, DocumentReference, Reference, Resource } from "@medplum/fhirtypes";
import { derivedUuid } from "../identifier.ts";
import { product } from "../product.ts";

/** A file that was read. */
export interface SourceFile {
  readonly name: string;
  /** SHA-256 of its bytes, hex. */
  readonly sha256: string;
  /** MIME type. */
  readonly contentType: string;
}

/** Polyclinic as the device that read a document; `kind` keeps devices of two purposes apart. */
export function readerDevice(kind: string, purpose: string): Device {
  return {
    resourceType: "Device",
    id: derivedUuid(kind, product.version),
    status: "active",
    manufacturer: product.name,
    deviceName: [{ name: `${product.name} ${product.version}`, type: "manufacturer-name" }],
    type: { text: purpose },
    version: [{ value: product.version }],
  };
}

/** The files that were read, by name and hash; their content is not copied. */
export function sourceDocument(
  id: string,
  type: DocumentReference["type"],
  files: readonly SourceFile[],
): DocumentReference {
  return {
    resourceType: "DocumentReference",
    id,
    status: "current",
    ...(type !== undefined && { type }),
    content: files.map(({ name, sha256: hash, contentType }) => ({
      attachment: { contentType, title: name },
      format: { system: "urn:ietf:rfc:6920", code: `ni:///sha-256;${Buffer.from(hash, "hex").toString("base64url")}` },
    })),
  };
}

/** A reference by `fullUrl` inside the bundle. */
export const refer = <T extends Resource>({ id, resourceType }: Resource): Reference<T> => ({
  reference: `urn:uuid:${id}`,
  type: resourceType,
});

export const loinc = (code: string, display: string): Coding => ({ system: "http://loinc.org", code, display });

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text in XML; also removes control characters that XML cannot represent. */
export const xmlText = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids.
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"]/g, (character) => entities[character]);
