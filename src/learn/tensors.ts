/** Named tensors: trained parameters, gradients, or the contents of a checkpoint. */
import { createHash } from "node:crypto";
import { PolyclinicError } from "../base/errors.ts";

/** A dense float32 tensor, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors by checkpoint name, in checkpoint order. */
export type Tensors = Map<string, Tensor>;

export function zerosLike(tensors: ReadonlyMap<string, Tensor>): Tensors {
  return new Map(
    [...tensors].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }] as const),
  );
}

export function copyOf(tensors: ReadonlyMap<string, Tensor>): Tensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }] as const));
}

/** Copies `source` into the arrays of `target` in place, so that other holders of those arrays see the new values. */
export function copyInto(target: ReadonlyMap<string, Tensor>, source: ReadonlyMap<string, Tensor>): void {
  for (const [name, { data }] of target) data.set(tensor(source, name, data.length).data);
}

export function tensor(tensors: ReadonlyMap<string, Tensor>, name: string, length?: number): Tensor {
  const found = tensors.get(name);
  if (found === undefined)
    throw new PolyclinicError("learn/missing-tensor", "is missing", { where: name, expected: "a tensor" });
  if (length !== undefined && found.data.length !== length)
    throw new PolyclinicError("learn/tensor-size", "has the wrong size", {
      where: name,
      expected: `${length} elements`,
      found: `${found.data.length}`,
    });
  return found;
}

export function elementCount(tensors: ReadonlyMap<string, Tensor>): number {
  let count = 0;
  for (const { data } of tensors.values()) count += data.length;
  return count;
}

/** SHA-256 of a tensor's bytes (hex), to detect whether it changed. */
export function digest({ data }: Tensor): string {
  return createHash("sha256")
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest("hex");
}
