/** Rotary position embedding (Su et al. 2021) in the half-split layout of Gemma: pairs are (i, i + headDim/2). */
import { mismatch, type Operator, type Value } from "../graph.ts";
import { neg } from "./elementwise.ts";

const rotaryOp: Operator = {
  type: "RotaryEmbedding",
  infer(inputs) {
    const [x, cosines, sines] = inputs as Value[];
    const half = x.shape.at(-1) as number;
    const fits =
      x.rank === 4 &&
      typeof half === "number" &&
      [cosines, sines].every((t) => t.rank === 3 && t.shape[2] === half / 2);
    if (!fits)
      throw mismatch("RotaryEmbedding", inputs, "[batch, heads, seq, headDim] and angles [batch, seq, headDim/2]");
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  // The transpose of a rotation is the inverse rotation. The angles depend on positions only and have no gradient.
  gradient: (node, [dy]) => {
    const [, cosines, sines] = node.inputs as Value[];
    return [rotary(dy!, cosines, neg(sines)), undefined, undefined];
  },
};

/** Rotates `x` [batch, heads, seq, headDim] by angles given as cosines and sines [batch, seq, headDim/2]. */
export const rotary = (x: Value, cosines: Value, sines: Value) =>
  x.graph.apply(rotaryOp, [x, cosines, sines], { interleaved: 0 })[0];
