/** Rotary position embedding (Su et al. 2021) in the half-split layout of Gemma: pairs are (i, i + headDim/2). */
import { mismatch, type Operator, type Value } from "../graph.ts";
import { neg } from "./elementwise.ts";

const rotaryOp: Operator = {
  type: "RotaryEmbedding",
  domain: "com.microsoft",
  infer(inputs) {
    const [x, positions, cosTable, sinTable] = inputs as Value[];
    const half = x.shape.at(-1);
    const fits = x.rank === 4 && positions.rank === 2 && positions.dtype === "int64" && typeof half === "number";
    if (!fits || cosTable.shape[1] !== (half as number) / 2 || sinTable.shape[1] !== (half as number) / 2) {
      throw mismatch(
        "RotaryEmbedding",
        inputs,
        "[batch, heads, seq, headDim], positions [batch, seq], tables [positions, headDim/2]",
      );
    }
    return [{ dtype: x.dtype, shape: x.shape }];
  },
  // A rotation's transpose turns the other way.
  gradient: (node, [dy]) => {
    const [, positions, cosTable, sinTable] = node.inputs as Value[];
    return [rotary(dy!, positions, cosTable, neg(sinTable)), undefined, undefined, undefined];
  },
};

/** Rotates `x` [batch, heads, seq, headDim] by the angles of its positions [batch, seq]; tables are [maxPosition, headDim/2]. */
export const rotary = (x: Value, positions: Value, cosTable: Value, sinTable: Value) =>
  x.graph.apply(rotaryOp, [x, positions, cosTable, sinTable], { interleaved: 0 })[0];
