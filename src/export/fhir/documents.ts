/**
 * What bundles made from a document share: the software that read it, the document itself, the provenance, the bundle around them,
 * references and LOINC codes.
 */
import type { Bundle, Coding, Device, DocumentReference, Provenance, Reference, Resource } from "@medplum/fhirtypes";
import { derivedUuid } from "../identifier.ts";
import { product } from "../product.ts";
import { author } from "./coding.ts";

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

/** The parts of a bundle that {@link documentBundle} puts together. */
export interface DocumentBundleParts {
  readonly type: "collection" | "document";
  /** Gives the id of a resource of this bundle: of `provenance` and of `bundle`. */
  readonly id: (kind: string) => string;
  /** FHIR instant of the reading. */
  readonly issued: string;
  /** What was done, in words. */
  readonly activity: string;
  readonly device: Device;
  readonly source: DocumentReference;
  /** What the software wrote, first in the bundle. */
  readonly results: readonly Resource[];
  /** Further resources, between the results and the source. */
  readonly others?: readonly Resource[];
}

/** Results with the document that they are from, the software that read it, and their provenance. */
export function documentBundle({
  type,
  id,
  issued,
  activity,
  device,
  source,
  results,
  others = [],
}: DocumentBundleParts): Bundle {
  const provenance: Provenance = {
    resourceType: "Provenance",
    id: id("provenance"),
    target: results.map((one) => refer<Resource>(one)),
    recorded: issued,
    activity: { text: activity },
    agent: [{ type: { coding: [author] }, who: refer<Device>(device) }],
    entity: [{ role: "source", what: refer<DocumentReference>(source) }],
  };
  return bundleOf(type, id("bundle"), issued, [...results, ...others, source, device, provenance]);
}

/** A bundle whose resources refer to each other by `urn:uuid`. */
export function bundleOf(
  type: "collection" | "document",
  id: string,
  timestamp: string,
  resources: readonly Resource[],
): Bundle {
  return {
    resourceType: "Bundle",
    id,
    identifier: uuidIdentifier(id),
    type,
    timestamp,
    entry: resources.map((resource) => ({ fullUrl: `urn:uuid:${resource.id}`, resource })) as NonNullable<
      Bundle["entry"]
    >,
  };
}

/** The identifier of a resource that has no other name than its UUID. */
export const uuidIdentifier = (id: string) => ({ system: "urn:ietf:rfc:3986", value: `urn:uuid:${id}` });

/** A reference by `fullUrl` inside the bundle. */
export const refer = <T extends Resource>({ id, resourceType }: Resource): Reference<T> => ({
  reference: `urn:uuid:${id}`,
  type: resourceType,
});

/** A code of LOINC. */
export const loinc = (code: string, display: string): Coding => ({ system: "http://loinc.org", code, display });

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text in XML; also removes control characters that XML cannot represent. */
export const xmlText = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids.
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "").replace(/[&<>"]/g, (character) => entities[character]);
