/** Conversions between bytes and text without Node's Buffer, for use in a browser. */

const hexDigits = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += hexDigits[byte];
  return text;
}

/** Code units per call, because engines limit a call's arguments. */
const unitsOfCall = 4096;

/** Bytes 0 to 255 as code points of the same number. The web's `latin1` decoder is windows-1252. */
export function toLatin1(bytes: Uint8Array): string {
  if (bytes.length <= unitsOfCall) return String.fromCharCode.apply(null, bytes as unknown as number[]);
  let text = "";
  for (let at = 0; at < bytes.length; at += unitsOfCall)
    text += String.fromCharCode.apply(null, bytes.subarray(at, at + unitsOfCall) as unknown as number[]);
  return text;
}

export function fromLatin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return fromLatin1(atob(text));
}

export function concatenated(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
