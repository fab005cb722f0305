/**
 * The safetensors header: eight bytes of little-endian length, then JSON of name -> dtype, shape and byte range, then the bytes.
 * (github.com/huggingface/safetensors, format section.) Everything is checked here, before any tensor is trusted.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { isObject } from "../config/fields.ts";

const bytesPerElement: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
};

/** The limit of the reference implementation; a larger number is a corrupt length field. */
export const maxHeaderBytes = 100_000_000;

export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Position in the file, bytes. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The header's length from the first eight bytes; `fileSize` in bytes. */
export function headerLength(start: Uint8Array, fileSize: number, where: string): number {
  if (start.length < 8)
    damaged(where, "is too short to be a safetensors file", "at least 8 bytes", `${fileSize} bytes`);
  const view = new DataView(start.buffer, start.byteOffset, 8);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(maxHeaderBytes)) {
    damaged(where, "declares a header that is too large", `at most ${maxHeaderBytes} bytes`, `${length} bytes`);
  }
  if (Number(length) + 8 > fileSize) {
    damaged(where, "ends inside its header", `${Number(length) + 8} bytes or more`, `${fileSize} bytes`);
  }
  return Number(length);
}

/** Parses and checks the header; the byte ranges must fill the rest of the file without gaps or overlaps. */
export function parseHeader(header: Uint8Array, fileSize: number, where: string): SafetensorsHeader {
  const start = 8 + header.length;
  const json = parseJson(header, where);
  const tensors = new Map<string, TensorEntry>();
  const metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") {
      if (isObject(value)) for (const [key, text] of Object.entries(value)) metadata[key] = String(text);
    } else tensors.set(name, entry(value, start, `${where} ${name}`));
  }
  checkRanges(tensors, start, fileSize, where);
  return { tensors, metadata };
}

function parseJson(header: Uint8Array, where: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(header));
  } catch (cause) {
    throw new PolyclinicError("checkpoint/safetensors", "has a header that is not JSON", {
      where,
      hint: "The file is damaged or is not a safetensors file: download it again.",
      cause,
    });
  }
  if (!isObject(json)) damaged(where, "has a header that is not an object", "an object of tensors", typeof json);
  return json as Record<string, unknown>;
}

function entry(value: unknown, start: number, where: string): TensorEntry {
  if (!isObject(value)) damaged(where, "has an invalid header entry", "dtype, shape and data_offsets", typeof value);
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  const size = typeof dtype === "string" ? bytesPerElement[dtype] : undefined;
  if (size === undefined) {
    damaged(where, "has an unknown dtype", Object.keys(bytesPerElement).join(", "), String(dtype));
  }
  if (!isCounts(shape)) damaged(where, "has an invalid shape", "whole numbers", JSON.stringify(shape));
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    damaged(where, "has invalid offsets", "[begin, end] with begin <= end", JSON.stringify(offsets));
  }
  const bytes = offsets[1] - offsets[0];
  const expected = shape.reduce((product, n) => product * n, size);
  if (bytes !== expected) {
    damaged(
      where,
      "has a byte range of the wrong size",
      `${expected} bytes for ${dtype} ${JSON.stringify(shape)}`,
      `${bytes} bytes`,
    );
  }
  return { dtype: dtype as string, shape, offset: start + offsets[0], bytes };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function checkRanges(tensors: Map<string, TensorEntry>, start: number, fileSize: number, where: string): void {
  let position = start;
  let previous = "the header";
  const ordered = [...tensors].sort(([, a], [, b]) => a.offset - b.offset || a.bytes - b.bytes);
  for (const [name, tensor] of ordered) {
    if (tensor.offset < position) {
      damaged(
        where,
        `has overlapping tensors: ${previous} and ${name}`,
        `${name} at byte ${position}`,
        `${tensor.offset}`,
      );
    }
    if (tensor.offset > position) {
      damaged(where, `has a gap before ${name}`, `${name} at byte ${position}`, `${tensor.offset}`);
    }
    position = tensor.offset + tensor.bytes;
    previous = name;
  }
  if (position > fileSize) damaged(where, "is truncated", `${position} bytes`, `${fileSize} bytes`);
  if (position < fileSize) damaged(where, "is longer than its tensors", `${position} bytes`, `${fileSize} bytes`);
}

function damaged(where: string, summary: string, expected: string, found: string): never {
  throw new PolyclinicError("checkpoint/safetensors", summary, {
    where,
    expected,
    found,
    hint: "The file is damaged: download it again.",
  });
}
