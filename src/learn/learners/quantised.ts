/**
 * Quantisation-aware training (Jacob et al. 2018): the decoder's linear layers compute with their weights rounded to 4 bits exactly as the engine rounds them
 * for `int4`, and the gradient passes through the rounding unchanged (straight-through estimator). The optimizer updates the unrounded
 * weights, which are saved. Not simulated: the engine also rounds activations to 8 bits, the rows of the embedding table, and the vision tower.
 */
import { add } from "../../graph/index.ts";
import { int4Block } from "../../model/engine/prepare/inference-weights.ts";
import { roundBlocks } from "../../model/engine/prepare/quantise.ts";
import type { Weights } from "../../nn/index.ts";
import { type Tensors, tensor } from "../tensors.ts";

/** Prefix of the name of a rounded copy. */
const mark = "int4 ";

/** The tensors of a training step, with a rounded copy of every weight of the decoder's linear layers. */
export class QuantisedTensors {
  /** All tensors that a step's graph requests; the copies are added while the graph is built. */
  readonly tensors: Tensors;

  /**
   * @param originals the weights that the optimizer updates.
   * @param ofDecoder by the name of a linear layer.
   */
  constructor(
    private readonly originals: Tensors,
    private readonly ofDecoder: (name: string) => boolean,
  ) {
    this.tensors = new Map(originals);
  }

  /** Weights of a graph in which the decoder's linear layers read the copies. */
  weights(weights: Weights): Weights {
    return {
      ...weights,
      linear: (x, name, inFeatures, outFeatures, bias) => {
        if (!this.ofDecoder(name)) return weights.linear(x, name, inFeatures, outFeatures, bias);
        const original = tensor(this.originals, `${name}.weight`, inFeatures * outFeatures);
        const copy = `${mark}${name}.weight`;
        if (!this.tensors.has(copy))
          this.tensors.set(copy, { shape: original.shape, data: new Float32Array(original.data.length) });
        const y = weights.linear(x, `${mark}${name}`, inFeatures, outFeatures, false);
        return bias ? add(y, weights.tensor(`${name}.bias`, [outFeatures])) : y;
      },
    };
  }

  /** Rounds the current weights into the copies; call it before each step. */
  round(): void {
    for (const [name, { shape, data }] of this.tensors)
      if (name.startsWith(mark))
        roundBlocks(tensor(this.originals, original(name)).data, shape[shape.length - 1], int4Block, data);
  }

  /** Adds the gradient of each copy to that of its weight. */
  gradients(gradients: Tensors): Tensors {
    const sums: Tensors = new Map();
    for (const [name, gradient] of gradients) {
      const key = original(name);
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, gradient);
      else for (let i = 0; i < sum.data.length; i++) sum.data[i] += gradient.data[i];
    }
    return sums;
  }
}

/** The name of a copy's weight; other names are unchanged. */
export const original = (name: string) => (name.startsWith(mark) ? name.slice(mark.length) : name);
