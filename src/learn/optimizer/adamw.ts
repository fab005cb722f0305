/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2): Adam with decoupled weight decay. The order of operations is that of
 * PyTorch's `torch.optim.AdamW`, so that runs can be compared.
 */
import type { Tensor, Tensors } from "../tensors.ts";
import { tensor, zerosLike } from "../tensors.ts";

/** Options of AdamW (Loshchilov and Hutter 2019). */
export interface AdamWOptions {
  /** Default 0.9. */
  readonly beta1: number;
  /** Default 0.999. */
  readonly beta2: number;
  /** Added to the square root of the second moment. Default 1e-8. */
  readonly epsilon: number;
  /** Decay per step, multiplied by the learning rate; applies where `decays` returns true. */
  readonly weightDecay: number;
}

/** PyTorch's defaults, with weight decay 0.01. */
export const defaultAdamW: AdamWOptions = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 };

/** Matrices and tables are decayed; norm weights, biases and other vectors are not. */
export function decays(_name: string, shape: readonly number[]): boolean {
  return shape.filter((side) => side > 1).length > 1;
}

/** The optimizer's state: first and second moments per parameter, and the number of steps taken. */
export interface AdamWState {
  step: number;
  readonly first: Tensors;
  readonly second: Tensors;
}

/** The optimizer over parameters that it updates in place; `state` is what a checkpoint stores. */
export class AdamW {
  readonly state: AdamWState;
  private readonly decayed: ReadonlySet<string>;

  /**
   * @param parameters updated in place.
   * @param rates learning-rate factor per tensor (default 1), for layer-wise rates.
   */
  constructor(
    private readonly parameters: ReadonlyMap<string, Tensor>,
    private readonly options: AdamWOptions = defaultAdamW,
    private readonly rates: (name: string) => number = () => 1,
    decay: (name: string, shape: readonly number[]) => boolean = decays,
  ) {
    this.state = { step: 0, first: zerosLike(parameters), second: zerosLike(parameters) };
    this.decayed = new Set([...parameters].filter(([name, { shape }]) => decay(name, shape)).map(([name]) => name));
  }

  /** One update. Parameters without a gradient are left unchanged, without decay too. */
  step(gradients: ReadonlyMap<string, Tensor>, learningRate: number): void {
    const { beta1, beta2, epsilon, weightDecay } = this.options;
    const step = ++this.state.step;
    const correction1 = 1 - beta1 ** step;
    const correction2 = Math.sqrt(1 - beta2 ** step);
    for (const [name, { data: weights }] of this.parameters) {
      if (!gradients.has(name)) continue;
      const gradient = tensor(gradients, name, weights.length).data;
      const m = this.state.first.get(name)!.data;
      const v = this.state.second.get(name)!.data;
      const rate = learningRate * this.rates(name);
      const keep = this.decayed.has(name) ? 1 - rate * weightDecay : 1;
      const stepSize = rate / correction1;
      const restOf1 = 1 - beta1;
      const restOf2 = 1 - beta2;
      for (let i = 0; i < weights.length; i++) {
        const g = gradient[i];
        const first = m[i] + (g - m[i]) * restOf1;
        const second = v[i] * beta2 + g * g * restOf2;
        m[i] = first;
        v[i] = second;
        weights[i] = weights[i] * keep - (stepSize * first) / (Math.sqrt(second) / correction2 + epsilon);
      }
    }
  }
}
