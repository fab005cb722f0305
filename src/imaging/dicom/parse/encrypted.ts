/**
 * Detects encrypted content from its first bytes or its header, so that it can be reported as such: Polyclinic has no keys.
 *
 * A whole file can be sealed in a CMS envelope (the Secure DICOM File Format, PS3.10 section 7.4; RFC 5652); single attributes can be
 * moved into an Encrypted Attributes Sequence (PS3.15 annex E.1), which leaves the rest of the file, usually with its pixels, readable.
 */
import { PolyclinicError } from "../../../base/errors.ts";

/**
 * DER encodings of the object identifiers 1.2.840.113549.1.7.n and 1.2.840.113549.1.9.16.1.n without their last number.
 */
const contentTypes: readonly {
  readonly prefix: readonly number[];
  readonly names: Readonly<Record<number, string>>;
}[] = [
  {
    prefix: [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7],
    names: { 2: "signed", 3: "encrypted", 4: "signed and encrypted", 5: "digested", 6: "encrypted" },
  },
  { prefix: [6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 16, 1], names: { 9: "compressed", 23: "encrypted" } },
];

/** The content type of a CMS envelope (`encrypted`, `signed`, ...); undefined for bytes that do not begin with one. */
export function cmsEnvelope(bytes: Uint8Array): string | undefined {
  if (bytes[0] !== 0x30) return undefined;
  // The length of the outer sequence: one byte for short and indefinite form, otherwise followed by this many bytes.
  const start = 2 + (bytes[1] > 0x80 && bytes[1] <= 0x84 ? bytes[1] - 0x80 : 0);
  for (const { prefix, names } of contentTypes)
    if (prefix.every((byte, i) => bytes[start + i] === byte)) return names[bytes[start + prefix.length]];
  return undefined;
}

/** Throws `dicom/encrypted` for a file in a CMS envelope. */
export function refuseEnvelope(bytes: Uint8Array, name: string): void {
  const content = cmsEnvelope(bytes);
  if (content === undefined) return;
  throw new PolyclinicError("dicom/encrypted", "the file is encrypted in a CMS envelope (Secure DICOM)", {
    where: name,
    expected: "an unencrypted DICOM file",
    found: `${content} content`,
    hint: "Ask someone who has the key to decrypt it (for example with openssl cms), and open the result.",
  });
}

/** The error for an image whose pixels are among its encrypted attributes. */
export function encryptedPixels(name: string): PolyclinicError {
  return new PolyclinicError("dicom/encrypted", "the file has encrypted attributes and no unencrypted pixel data", {
    where: `${name}: (0400,0500) EncryptedAttributesSequence`,
    expected: "(7FE0,0010) PixelData",
    found: "nothing readable",
    hint: "Ask someone who has the key to restore the original file, or export the image again without encryption.",
  });
}
