/** The weights of a checkpoint folder: one `model.safetensors` or the shards of an index, under canonical names. */

import { PolyclinicError } from "../base/errors.ts";
import { readFile } from "../base/host/files.ts";
import { join } from "../base/host/path.ts";
import type { WeightDtype, WeightSource } from "../nn/weight-source.ts";
import { type ArchitectureKind, canonicalName } from "./canonical-names.ts";
import { isObject } from "./config/fields.ts";
import { SafetensorsFile } from "./safetensors/safetensors-file.ts";
import type { TensorEntry } from "./safetensors/safetensors-header.ts";

const floatTypes: ReadonlySet<string> = new Set(["F32", "F16", "BF16"]);

interface Placed {
  readonly file: SafetensorsFile;
  readonly entry: TensorEntry;
  readonly stored: string;
}

/** The canonical name of a stored tensor; undefined for one that is not used. */
export type Naming = (stored: string, kind: ArchitectureKind) => string | undefined;

/** Tables that older exports stored although they can be computed from the configuration; transformers drops them too. */
const isBuffer = (stored: string) =>
  /(?:^|\.)(?:rotary_emb(?:_local)?\.(?:\w+_)?inv_freq|(?:rotary_emb\.)?(?:cos|sin)_cached|embeddings\.position_ids|embed_scale|masked_bias)$/.test(
    stored,
  );

/** The tensors of a checkpoint under their canonical names, over one file or several shards. */
export class CheckpointWeights implements WeightSource {
  private constructor(
    readonly files: readonly SafetensorsFile[],
    private readonly placed: ReadonlyMap<string, Placed>,
  ) {}

  /** Opens one file or several shards; two tensors with one canonical name are an error. */
  static async open(
    paths: readonly string[],
    kind: ArchitectureKind,
    naming: Naming = canonicalName,
  ): Promise<CheckpointWeights> {
    const files: SafetensorsFile[] = [];
    try {
      for (const path of paths) files.push(await SafetensorsFile.open(path));
      return new CheckpointWeights(files, place(files, kind, naming));
    } catch (error) {
      for (const file of files) await file.close();
      throw error;
    }
  }

  get names(): readonly string[] {
    return [...this.placed.keys()];
  }

  has(name: string): boolean {
    return this.placed.has(name);
  }

  shape(name: string): readonly number[] {
    return this.find(name).entry.shape;
  }

  dtype(name: string): WeightDtype {
    return this.find(name).entry.dtype as WeightDtype;
  }

  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    const { file, entry } = this.find(name);
    return file.readFloats(
      entry,
      0,
      entry.shape.reduce((a, b) => a * b, 1),
    );
  }

  async readRows(name: string, start: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const { file, entry } = this.find(name);
    const [rows, ...rest] = entry.shape;
    if (start < 0 || count < 0 || start + count > rows) {
      throw new PolyclinicError("checkpoint/row-range", "the tensor has fewer rows than the requested range", {
        where: name,
        expected: `rows ${start} to ${start + count - 1}`,
        found: `${rows} rows`,
      });
    }
    const width = rest.reduce((a, b) => a * b, 1);
    return file.readFloats(entry, start * width, count * width);
  }

  async readRaw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const { file, entry } = this.find(name);
    return file.readRaw(entry);
  }

  async close(): Promise<void> {
    await Promise.all(this.files.map((file) => file.close()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private find(name: string): Placed {
    const placed = this.placed.get(name);
    if (placed === undefined) throw missingTensor(name, this.files.map((file) => file.path).join(", "));
    return placed;
  }
}

export function missingTensor(name: string, where: string): PolyclinicError {
  return new PolyclinicError("checkpoint/missing-tensor", `has no tensor ${name}`, { where });
}

function place(files: readonly SafetensorsFile[], kind: ArchitectureKind, naming: Naming): Map<string, Placed> {
  const placed = new Map<string, Placed>();
  for (const file of files) {
    for (const [stored, entry] of file.header.tensors) {
      const name = isBuffer(stored) ? undefined : naming(stored, kind);
      if (name === undefined) continue;
      // Integer tensors that are not weights are index tables, which are computed here.
      if (/^(?:I64|I32|BOOL)$/.test(entry.dtype) && !/weight|scale|zero/.test(stored)) continue;
      if (!floatTypes.has(entry.dtype)) {
        throw new PolyclinicError("checkpoint/dtype", "has an unsupported data type", {
          where: `${file.path} ${stored}`,
          expected: "F32, F16 or BF16",
          found: entry.dtype,
          hint: "Use the original checkpoint, not a quantised copy.",
        });
      }
      const other = placed.get(name);
      if (other !== undefined) {
        throw new PolyclinicError("checkpoint/duplicate-tensor", `is stored twice, as ${other.stored} and ${stored}`, {
          where: name,
          found: `${other.file.path} and ${file.path}`,
        });
      }
      placed.set(name, { file, entry, stored });
    }
  }
  return placed;
}

/**
 * The weight files of a folder: `model.safetensors`, else every shard that `model.safetensors.index.json` names.
 * All missing shards are named in a single `checkpoint/missing-shard` error.
 */
export async function weightFiles(folder: string, present: ReadonlySet<string>): Promise<string[]> {
  if (present.has("model.safetensors")) return [join(folder, "model.safetensors")];
  const index = "model.safetensors.index.json";
  if (!present.has(index)) {
    const shards = [...present].filter((name) => name.endsWith(".safetensors"));
    throw new PolyclinicError("checkpoint/missing-file", "has no weights", {
      where: folder,
      expected: `model.safetensors or ${index}`,
      found: shards.length > 0 ? shards.join(", ") : "no safetensors file",
      hint: "The folder is incomplete: download it again.",
    });
  }
  const path = join(folder, index);
  const map = await readWeightMap(path);
  const shards = [...new Set(Object.values(map))].sort();
  const missing = shards.filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new PolyclinicError("checkpoint/missing-shard", `is missing ${missing.length} of ${shards.length} shards`, {
      where: folder,
      expected: shards.join(", "),
      found: `no ${missing.join(", ")}`,
      hint: "The download is incomplete: resume it.",
    });
  }
  return shards.map((name) => join(folder, name));
}

async function readWeightMap(path: string): Promise<Record<string, string>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new PolyclinicError("checkpoint/index", "is not JSON", { where: path, cause });
  }
  const map = isObject(json) ? json.weight_map : undefined;
  const plain = (name: unknown) => typeof name === "string" && /^[^/\\]+\.safetensors$/.test(name);
  if (!isObject(map) || !Object.values(map).every(plain)) {
    throw new PolyclinicError("checkpoint/index", "has no usable weight_map", {
      where: path,
      expected: "an object of file names in the same folder, by tensor name",
    });
  }
  return map as Record<string, string>;
}
