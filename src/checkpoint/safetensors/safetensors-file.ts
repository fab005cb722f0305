/** One safetensors file, opened and checked; tensors are read on demand, in pieces, so memory is the result plus one piece. */
import type { FileHandle } from "node:fs/promises";
import { PolyclinicError } from "../../base/errors.ts";
import { open } from "../../base/host/files.ts";
import type { WeightDtype } from "../../nn/weight-source.ts";
import { bf16ToF32, f16ToF32 } from "./half.ts";
import { headerLength, parseHeader, type SafetensorsHeader, type TensorEntry } from "./safetensors-header.ts";

const pieceBytes = 16 << 20;

/** An opened safetensors file: its header is read and validated; tensors are read on request. */
export class SafetensorsFile {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    readonly header: SafetensorsHeader,
  ) {}

  /** Throws `checkpoint/safetensors` for a damaged file, `checkpoint/missing-file` for a missing one. */
  static async open(path: string): Promise<SafetensorsFile> {
    const file = await open(path, "r").catch((cause) => {
      throw new PolyclinicError("checkpoint/missing-file", "cannot be opened", { where: path, cause });
    });
    try {
      const { size } = await file.stat();
      const length = headerLength(await readBytes(file, 0, Math.min(8, size), path), size, path);
      const header = parseHeader(await readBytes(file, 8, length, path), size, path);
      return new SafetensorsFile(path, file, header);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  readRaw(entry: TensorEntry): Promise<Uint8Array<ArrayBuffer>> {
    return readBytes(this.file, entry.offset, entry.bytes, this.path);
  }

  /** Elements `start` to `start + count - 1`, row-major, as f32. */
  async readFloats(entry: TensorEntry, start: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const dtype = entry.dtype as WeightDtype;
    const result = new Float32Array(count);
    if (dtype === "F32") {
      await readInto(this.file, new Uint8Array(result.buffer), entry.offset + start * 4, this.path);
      return result;
    }
    const convert = dtype === "F16" ? f16ToF32 : bf16ToF32;
    const piece = new Uint16Array(Math.min(count, pieceBytes / 2));
    for (let done = 0; done < count; done += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, count - done));
      const bytes = new Uint8Array(part.buffer, 0, part.byteLength);
      await readInto(this.file, bytes, entry.offset + (start + done) * 2, this.path);
      convert(part, result, done);
    }
    return result;
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

async function readBytes(file: FileHandle, offset: number, length: number, path: string) {
  const bytes = new Uint8Array(length);
  await readInto(file, bytes, offset, path);
  return bytes;
}

async function readInto(file: FileHandle, target: Uint8Array, offset: number, path: string): Promise<void> {
  for (let done = 0; done < target.length; ) {
    const length = Math.min(pieceBytes * 4, target.length - done);
    const { bytesRead } = await file.read(target, done, length, offset + done);
    if (bytesRead === 0) {
      throw new PolyclinicError("checkpoint/safetensors", "was truncated while it was being read", {
        where: path,
        expected: `${offset + target.length} bytes`,
        found: `${offset + done} bytes`,
      });
    }
    done += bytesRead;
  }
}
