/** Writes a safetensors file as a stream, atomically: the header first, then one tensor after the other. */
import type { FileHandle } from "node:fs/promises";
import { PolyclinicError, throwIfAborted } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import type { Work } from "../../base/progress.ts";
import type { WeightDtype } from "../../nn/weight-source.ts";
import { f32ToBf16, f32ToF16 } from "./half.ts";

/** A tensor to write; `data` is called once, when the tensor is written, and may compute or read the values then. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  /** How to store it; default F32. Values are rounded to nearest, ties to even. */
  readonly dtype?: WeightDtype;
  readonly data: Float32Array | (() => Float32Array | Promise<Float32Array>);
}

/** Options of `writeSafetensors`. */
export interface SafetensorsWriteOptions extends Work {
  /** Text metadata in the header; transformers rejects files without `format: "pt"`, which is always added. */
  metadata?: Readonly<Record<string, string>>;
  /** Replaces an existing file. Default false: an existing file is an error. */
  overwrite?: boolean;
}

const pieceElements = 4 << 20;
const bytesOf: Record<WeightDtype, number> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Writes tensors to one file, sorted by name, atomically.
 *
 * @throws PolyclinicError `file/exists` without `overwrite`, `file/write`; and when a tensor's data does not match its
 * shape.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly TensorToWrite[],
  { metadata = {}, overwrite = false, signal, onProgress }: SafetensorsWriteOptions = {},
): Promise<void> {
  const sorted = [...tensors].sort((a, b) => (a.name < b.name ? -1 : 1));
  const { header, total } = layOut(sorted, { format: "pt", ...metadata }, path);
  const content = async (file: FileHandle) => {
    await file.write(header);
    let done = 0;
    for (const tensor of sorted) {
      throwIfAborted(signal);
      done += await writeTensor(file, tensor, path);
      onProgress?.({ stage: "writing weights", done, total, unit: "bytes" });
    }
  };
  await writeWhole(path, content, { overwrite });
}

function layOut(tensors: readonly TensorToWrite[], metadata: Record<string, string>, path: string) {
  const entries: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, dtype = "F32" } of tensors) {
    if (name in entries) {
      throw new PolyclinicError("checkpoint/duplicate-tensor", `the tensor ${name} occurs twice`, { where: path });
    }
    const end = offset + count(shape) * bytesOf[dtype];
    entries[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify(entries));
  // The JSON is padded with spaces so that the data starts at a multiple of eight bytes and can be memory-mapped.
  const length = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + length).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, 8);
  return { header, total: offset };
}

async function writeTensor(file: FileHandle, tensor: TensorToWrite, path: string): Promise<number> {
  const { name, shape, dtype = "F32" } = tensor;
  const data = typeof tensor.data === "function" ? await tensor.data() : tensor.data;
  if (data.length !== count(shape)) {
    throw new PolyclinicError("checkpoint/tensors", "the data does not match the tensor's shape", {
      where: `${path} ${name}`,
      expected: `${count(shape)} for [${shape}]`,
      found: `${data.length}`,
    });
  }
  for (let start = 0; start < data.length; start += pieceElements) {
    const piece = data.subarray(start, start + pieceElements);
    const stored = dtype === "F32" ? piece : dtype === "BF16" ? f32ToBf16(piece) : f32ToF16(piece);
    const bytes = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
  }
  return data.length * bytesOf[dtype];
}

const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
