/** Reads numbers and tags of a DICOM file in its byte order. */

export function readUint16(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return bigEndian ? (bytes[at] << 8) | bytes[at + 1] : bytes[at] | (bytes[at + 1] << 8);
}

export function readUint32(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return (
    (bigEndian
      ? (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
      : bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0
  );
}

export function readTag(bytes: Uint8Array, at: number, bigEndian: boolean): number {
  return ((readUint16(bytes, at, bigEndian) << 16) | readUint16(bytes, at + 2, bigEndian)) >>> 0;
}
