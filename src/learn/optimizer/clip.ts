/** The global gradient norm, gradient clipping and accumulation over micro-batches. */
import type { Tensor, Tensors } from "../tensors.ts";
import { tensor, zerosLike } from "../tensors.ts";

/** The L2 norm over all tensors together; NaN or infinite when any element is. */
export function globalNorm(gradients: ReadonlyMap<string, Tensor>): number {
  let sum = 0;
  for (const { data } of gradients.values()) for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
  return Math.sqrt(sum);
}

/** Scales all gradients in place so that their global norm is at most `limit`; returns the norm before clipping. */
export function clipGlobalNorm(gradients: ReadonlyMap<string, Tensor>, limit: number): number {
  const norm = globalNorm(gradients);
  // The epsilon of PyTorch's clip_grad_norm_.
  const factor = limit / (norm + 1e-6);
  if (factor < 1) scale(gradients, factor);
  return norm;
}

/** Multiplies all gradients by a factor, in place. */
export function scale(gradients: ReadonlyMap<string, Tensor>, factor: number): void {
  for (const { data } of gradients.values()) for (let i = 0; i < data.length; i++) data[i] *= factor;
}

/** Weighted sum of the gradients of micro-batches. */
export class Accumulator {
  readonly sum: Tensors;

  constructor(parameters: ReadonlyMap<string, Tensor>) {
    this.sum = zerosLike(parameters);
  }

  clear(): void {
    for (const { data } of this.sum.values()) data.fill(0);
  }

  /** @param share the micro-batch's fraction of the batch; the shares of one step sum to 1. */
  add(gradients: ReadonlyMap<string, Tensor>, share: number): void {
    for (const [name, { data }] of this.sum) {
      if (!gradients.has(name)) continue;
      const gradient = tensor(gradients, name, data.length).data;
      for (let i = 0; i < data.length; i++) data[i] += share * gradient[i];
    }
  }
}
