/** Weights in memory, for tests. */
import { PolyclinicError } from "../base/errors.ts";
import type { WeightDtype, WeightSource } from "../nn/weight-source.ts";
import { missingTensor } from "./weights.ts";

export interface MemoryTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export class MemoryWeights implements WeightSource {
  constructor(private readonly tensors: ReadonlyMap<string, MemoryTensor>) {
    for (const [name, { shape, data }] of tensors) {
      const count = shape.reduce((a, b) => a * b, 1);
      if (count === data.length) continue;
      throw new PolyclinicError("checkpoint/tensors", "the data does not match the tensor's shape", {
        where: name,
        expected: `${count} for [${shape}]`,
        found: `${data.length}`,
      });
    }
  }

  get names(): readonly string[] {
    return [...this.tensors.keys()];
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  shape(name: string): readonly number[] {
    return this.find(name).shape;
  }

  dtype(name: string): WeightDtype {
    this.find(name);
    return "F32";
  }

  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(this.find(name).data);
  }

  async readRows(name: string, start: number, count: number): Promise<Float32Array<ArrayBuffer>> {
    const { shape, data } = this.find(name);
    const width = data.length / shape[0];
    return new Float32Array(data.subarray(start * width, (start + count) * width));
  }

  async readRaw(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array((await this.read(name)).buffer);
  }

  private find(name: string): MemoryTensor {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) throw missingTensor(name, "weights in memory");
    return tensor;
  }
}
