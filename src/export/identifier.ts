/**
 * Identifiers derived from content, so that the same result gives the same bytes, and the DICOM and FHIR exports of one result share
 * identifiers. UUIDs are version 8 (RFC 9562: vendor specific, here from SHA-256); DICOM UIDs are those under 2.25 (PS3.5 B.2).
 */
import { createHash } from "../base/host/hash.ts";
import { toHex } from "../base/host/octets.ts";

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A UUID derived from its arguments; the first is the kind of object it identifies. */
export function derivedUuid(kind: string, ...content: readonly string[]): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify(["polyclinic", kind, ...content]))
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x80;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A DICOM UID (at most 44 characters) derived from its arguments. */
export function derivedUid(kind: string, ...content: readonly string[]): string {
  return `2.25.${BigInt(`0x${derivedUuid(kind, ...content).replaceAll("-", "")}`)}`;
}
