/**
 * Elementwise operators: arithmetic with broadcasting, functions, comparisons, selection, casts.
 */
import { type DType, mismatch, type Operator, requireSameDType, type TensorType, type Value } from "../graph.ts";
import { broadcastShapes } from "../shape.ts";
import { sumToShapeOf } from "./reduce.ts";

type Operand = Value | number;

function lift(x: Operand, like: Value): Value {
  return typeof x === "number" ? like.graph.scalar(x, like.dtype === "int64" ? "int64" : "float32") : x;
}

function binaryOp(
  type: string,
  derivative?: (a: Value, b: Value, y: Value, dy: Value) => [Value | undefined, Value | undefined],
  { dtype, arithmetic }: { dtype?: DType; arithmetic?: (a: number, b: number) => number } = {},
): Operator {
  return {
    type,
    infer(inputs) {
      const [a, b] = inputs as Value[];
      const shape = broadcastShapes(a.shape, b.shape);
      if (shape === undefined) throw mismatch(type, inputs, "shapes that can be broadcast together");
      return [{ dtype: dtype ?? requireSameDType(type, [a, b]), shape }];
    },
    fold: arithmetic && ((inputs, type) => foldBroadcast(arithmetic, inputs, type)),
    gradient:
      derivative &&
      ((node, [dy]) => {
        const [a, b] = node.inputs as Value[];
        return derivative(a, b, node.outputs[0], dy!).map((g, i) => g && sumToShapeOf(g, node.inputs[i]!));
      }),
  };
}

const addOp = binaryOp("Add", (_a, _b, _y, dy) => [dy, dy], { arithmetic: (a, b) => a + b });
const subOp = binaryOp("Sub", (_a, _b, _y, dy) => [dy, neg(dy)], { arithmetic: (a, b) => a - b });
const mulOp = binaryOp("Mul", (a, b, _y, dy) => [mul(dy, b), mul(dy, a)], { arithmetic: (a, b) => a * b });
const divOp = binaryOp(
  "Div",
  (_a, b, y, dy) => {
    const q = div(dy, b);
    return [q, neg(mul(q, y))];
  },
  { arithmetic: (a, b) => a / b },
);
const equalOp = binaryOp("Equal", undefined, { dtype: "bool" });
const lessOp = binaryOp("Less", undefined, { dtype: "bool" });
const andOp = binaryOp("And", undefined, { dtype: "bool" });

type Folded = { readonly data: Float32Array; readonly shape: readonly number[] };

function foldBroadcast(
  f: (a: number, b: number) => number,
  [a, b]: readonly Folded[],
  { shape }: TensorType,
): Float32Array {
  const sizes = shape as readonly number[];
  const out = new Float32Array(sizes.reduce((x, y) => x * y, 1));
  for (let i = 0; i < out.length; i++)
    out[i] = f(a.data[offsetIn(a.shape, sizes, i)], b.data[offsetIn(b.shape, sizes, i)]);
  return out;
}

/** Maps flat index `index` of the broadcast result (`sizes`) to the flat index in a tensor of `shape`. */
function offsetIn(shape: readonly number[], sizes: readonly number[], index: number): number {
  let offset = 0;
  let stride = 1;
  let rest = index;
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const at = rest % sizes[axis];
    rest = Math.floor(rest / sizes[axis]);
    const own = shape[axis - (sizes.length - shape.length)] ?? 1;
    if (own !== 1) offset += at * stride;
    stride *= own;
  }
  return offset;
}

function binary(operator: Operator, a: Operand, b: Operand): Value {
  const like = typeof a === "number" ? (b as Value) : a;
  return like.graph.apply(operator, [lift(a, like), lift(b, like)])[0];
}

/** a + b, broadcast. */
export const add = (a: Operand, b: Operand) => binary(addOp, a, b);
/** a - b, broadcast. */
export const sub = (a: Operand, b: Operand) => binary(subOp, a, b);
/** a * b elementwise, broadcast. */
export const mul = (a: Operand, b: Operand) => binary(mulOp, a, b);
/** a / b elementwise, broadcast. */
export const div = (a: Operand, b: Operand) => binary(divOp, a, b);
/** Elementwise equality as booleans; has no gradient. */
export const equal = (a: Operand, b: Operand) => binary(equalOp, a, b);
/** Elementwise a < b as booleans; has no gradient. */
export const less = (a: Operand, b: Operand) => binary(lessOp, a, b);
/** Elementwise logical and of booleans. */
export const and = (a: Value, b: Value) => binary(andOp, a, b);

function unaryOp(type: string, derivative?: (x: Value, y: Value, dy: Value) => Value): Operator {
  return {
    type,
    infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
    gradient: derivative && ((node, [dy]) => [derivative(node.inputs[0]!, node.outputs[0], dy!)]),
  };
}

function unary(type: string, derivative?: (x: Value, y: Value, dy: Value) => Value): (x: Value) => Value {
  const operator = unaryOp(type, derivative);
  return (x) => x.graph.apply(operator, [x])[0];
}

/** -x, elementwise; same shape and dtype. */
export const neg = unary("Neg", (_x, _y, dy) => neg(dy));
/** e^x, elementwise; same shape and dtype. */
export const exp = unary("Exp", (_x, y, dy) => mul(dy, y));
/** Natural logarithm, elementwise; same shape and dtype. */
export const log = unary("Log", (x, _y, dy) => div(dy, x));
/** Square root, elementwise; same shape and dtype. */
export const sqrt = unary("Sqrt", (_x, y, dy) => div(mul(dy, 0.5), y));
/** 1 / x, elementwise; same shape and dtype. */
export const reciprocal = unary("Reciprocal", (_x, y, dy) => neg(mul(dy, mul(y, y))));
/** Hyperbolic tangent, elementwise; same shape and dtype. */
export const tanh = unary("Tanh", (_x, y, dy) => mul(dy, sub(1, mul(y, y))));
/** 1 / (1 + e^-x), elementwise; same shape and dtype. */
export const sigmoid = unary("Sigmoid", (_x, y, dy) => mul(dy, mul(y, sub(1, y))));
/** log(1 + e^x). */
export const softplus = unary("Softplus", (x, _y, dy) => mul(dy, sigmoid(x)));
/** Cosine of an angle in radians, elementwise; same shape and dtype. */
export const cos = unary("Cos", (x, _y, dy) => neg(mul(dy, sin(x))));
/** Sine of an angle in radians, elementwise; same shape and dtype. */
export const sin: (x: Value) => Value = unary("Sin", (x, _y, dy) => mul(dy, cos(x)));
/** Absolute value, elementwise; same shape and dtype. Its derivative at 0 is 0. */
export const abs = unary("Abs", (x, _y, dy) => mul(dy, sign(x)));
const sign = unary("Sign");
/** Rounds to the nearest integer, ties to even (ONNX `Round`); has no gradient. */
export const round = unary("Round");

/** 1 / sqrt(x). */
export const rsqrt = (x: Value) => reciprocal(sqrt(x));

const sqrtTwoOverPi = Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

const geluOp: Operator = {
  ...unaryOp("Gelu", (x, y, dy) => {
    // gelu(x) = x s with s = sigmoid(2u), u = sqrt(2/pi) (x + 0.044715 x^3); so gelu' = s + 2 y (1 - s) u'.
    const x2 = mul(x, x);
    const s = sigmoid(mul(x, add(mul(x2, 2 * sqrtTwoOverPi * cubic), 2 * sqrtTwoOverPi)));
    const u2 = add(mul(x2, 6 * sqrtTwoOverPi * cubic), 2 * sqrtTwoOverPi);
    return mul(dy, add(s, mul(mul(y, sub(1, s)), u2)));
  }),
};

/** The tanh approximation of GELU that Gemma and SigLIP use (`gelu_pytorch_tanh`). */
export const geluTanh = (x: Value) => x.graph.apply(geluOp, [x], { approximate: "tanh" })[0];

const whereOp: Operator = {
  type: "Where",
  infer(inputs) {
    const [condition, a, b] = inputs as Value[];
    const branches = broadcastShapes(a.shape, b.shape);
    const shape = branches && broadcastShapes(condition.shape, branches);
    if (shape === undefined || condition.dtype !== "bool")
      throw mismatch("Where", inputs, "a boolean condition and shapes that can be broadcast together");
    return [{ dtype: requireSameDType("Where", [a, b]), shape }];
  },
  gradient(node, [dy]) {
    const [condition, a, b] = node.inputs as Value[];
    return [undefined, sumToShapeOf(where(condition, dy!, 0), a), sumToShapeOf(where(condition, 0, dy!), b)];
  },
};

/** Element of `a` where the condition holds, of `b` elsewhere. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const like = typeof a === "number" ? (b as Value) : a;
  return condition.graph.apply(whereOp, [condition, lift(a, like), lift(b, like)])[0];
}

/** ONNX TensorProto.DataType numbers. */
export const dtypeCodes: Record<DType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  uint4: 21,
  int4: 22,
};

const castOp: Operator = {
  type: "Cast",
  infer([x], attributes) {
    const dtype = (Object.keys(dtypeCodes) as DType[]).find((d) => dtypeCodes[d] === attributes.to)!;
    return [{ dtype, shape: x!.shape }];
  },
  gradient: (node, [dy]) => {
    const dtype = node.inputs[0]!.dtype;
    return [dtype === "float32" || dtype === "float16" ? cast(dy!, dtype) : undefined];
  },
};

/** Converts the element type. */
export function cast(x: Value, dtype: DType): Value {
  return x.dtype === dtype ? x : x.graph.apply(castOp, [x], { to: dtypeCodes[dtype] })[0];
}

const clipOp: Operator = {
  type: "Clip",
  infer: ([x]) => [{ dtype: x!.dtype, shape: x!.shape }],
};

/** Limits every element to [min, max]. */
export const clip = (x: Value, min: number, max: number) =>
  x.graph.apply(clipOp, [x, x.graph.scalar(min), x.graph.scalar(max)])[0];
