/** Exponential moving average of the weights (Polyak averaging), used for evaluation and release. */
import type { Tensor, Tensors } from "../tensors.ts";
import { copyOf, tensor } from "../tensors.ts";

/** Keeps an exponential moving average of the parameters. */
export class MovingAverage {
  readonly average: Tensors;

  /** @param decay the share of the old average kept per step; 0.999 averages over about 1000 steps. */
  constructor(
    parameters: ReadonlyMap<string, Tensor>,
    private readonly decay: number,
  ) {
    this.average = copyOf(parameters);
  }

  /**
   * @param step 1-based; early in the run the horizon is limited to a tenth of the steps so far, so that the initial
   * weights are forgotten.
   */
  update(parameters: ReadonlyMap<string, Tensor>, step: number): void {
    const keep = Math.min(this.decay, (1 + step) / (10 + step));
    for (const [name, { data }] of this.average) {
      const now = tensor(parameters, name, data.length).data;
      for (let i = 0; i < data.length; i++) data[i] = now[i] + (data[i] - now[i]) * keep;
    }
  }
}
