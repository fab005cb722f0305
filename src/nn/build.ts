/**
 * The interface network definitions are written against: the source of the weights and the observer of intermediates. The same definition is
 * built for training (weights are inputs), for exact inference (constants) and for quantised inference (other linear layers).
 */
import { affine, type Graph, gather, matmul, type Shape, type Value } from "../graph/index.ts";

/** Tensor names are those of Hugging Face transformers, so that checkpoints need no name table. */
export interface Weights {
  tensor(name: string, shape: readonly number[]): Value;
  /** `x W' + b`: `[..., inFeatures] -> [..., outFeatures]`; `W` is stored `[outFeatures, inFeatures]` as `${name}.weight`. */
  linear(x: Value, name: string, inFeatures: number, outFeatures: number, bias: boolean): Value;
  /** Rows of a `[rows, width]` table stored as `${name}.weight`: ids `[...]` -> `[..., width]`. */
  embedding(ids: Value, name: string, rows: number, width: number): Value;
}

/** The graph under construction and the weights that a network's functions read. */
export interface Build {
  readonly graph: Graph;
  readonly weights: Weights;
  /** Called with every named intermediate, in reading order; parity tests compare them one by one. */
  readonly observe?: (name: string, value: Value) => void;
  /**
   * Attention without a mask over `[batch, heads, seq, headDim]`, for when the default (all scores at once) would not fit in memory: the
   * vision tower at 4096 patches needs a gigabyte of scores per layer.
   */
  readonly fullAttention?: (q: Value, k: Value, v: Value, scale: number) => Value;
}

/** Weights as plain float tensors: `lookup` returns the value of each name. */
export function plainWeights(lookup: (name: string, shape: readonly number[]) => Value): Weights {
  return {
    tensor: lookup,
    linear(x, name, inFeatures, outFeatures, bias) {
      const weight = lookup(`${name}.weight`, [outFeatures, inFeatures]);
      return bias ? affine(x, weight, lookup(`${name}.bias`, [outFeatures])) : matmul(x, weight, { transB: true });
    },
    embedding: (ids, name, rows, width) => gather(lookup(`${name}.weight`, [rows, width]), ids),
  };
}

/** Weights as inputs of the graph, each added once, for training: `parameters` is filled in reading order. */
export function parameterWeights(graph: Graph, parameters: Map<string, Value>): Weights {
  return plainWeights((name, shape) => {
    let value = parameters.get(name);
    if (value === undefined) {
      value = graph.input(name, "float32", shape);
      parameters.set(name, value);
    }
    return value;
  });
}

export type { Shape };
