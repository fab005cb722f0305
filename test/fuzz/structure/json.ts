/** JSON by its values, and the header of a safetensors file, which is JSON. */
import type { Random } from "../../../src/base/random.ts";
import type { Breaker } from "./index.ts";

const odd: readonly unknown[] = [
  null,
  true,
  false,
  -1,
  0,
  1.5,
  1e9,
  1e15,
  1e308,
  "",
  "x",
  "constructor",
  "(.*.*.*.*)*x",
  [],
  [null],
  [[[]]],
  {},
  { a: 1 },
  { "*": 4 },
  "x".repeat(5000),
];

/** Changes one place of a JSON value, at any depth. */
export function mutateJson(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random.below(4) === 0) return odd[random.below(odd.length)];
  const keys = Object.keys(value);
  if (keys.length === 0) return odd[random.below(odd.length)];
  const key = keys[random.below(keys.length)];
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  const how = random.below(8);
  if (how === 0) delete copy[key];
  else if (how === 1) copy[`${key}_${random.below(9)}`] = odd[random.below(odd.length)];
  else copy[key] = mutateJson((value as Record<string, unknown>)[key], random);
  return copy;
}

/** A safetensors file whose header was changed and whose length field still fits, or does not. */
export function mutateSafetensors(bytes: Uint8Array, random: Random): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const text = new TextEncoder().encode(JSON.stringify(mutateJson(header, random)));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  const declared = random.below(10) === 0 ? 2 ** random.below(52) : text.length;
  new DataView(out.buffer).setBigUint64(0, BigInt(declared), true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + length), 8 + text.length);
  return random.below(8) === 0 ? out.subarray(0, random.below(out.length)) : out;
}

/** Undefined for a text that is not JSON. */
export const breakJson: Breaker = (bytes, random) => {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
  return { bytes: new TextEncoder().encode(JSON.stringify(mutateJson(value, random))), how: "a value of the JSON" };
};

export const isSafetensors = (bytes: Uint8Array): boolean =>
  bytes.length > 16 && bytes[8] === 0x7b && new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) === 0;

export const breakSafetensors: Breaker = (bytes, random) => {
  try {
    return { bytes: mutateSafetensors(bytes, random), how: "the header of the tensors" };
  } catch {
    return undefined;
  }
};
