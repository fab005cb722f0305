/**
 * The graph under construction: values, the nodes that produce them, and the operators that add nodes.
 *
 * A graph is built by calling operators on values (`matmul(x, w)`), which infer dtype and shape immediately and throw on a mismatch. It
 * follows ONNX: a value is an edge, a node an operator; see `write.ts` for the file. Each operator is an `Operator` object that declares
 * its forward (type and inference) and its derivative in one place, so that `gradient.ts` is a walk over nodes.
 */
import { PolyclinicError } from "../base/errors.ts";
import { type Dim, formatShape, type Shape } from "./shape.ts";

/** Element types of ONNX tensors that this package uses. */
export type DType = "float32" | "float16" | "int64" | "int32" | "int8" | "uint8" | "int4" | "uint4" | "bool";

/** Element type and (possibly symbolic) shape of a tensor. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** The location of a constant that is not in memory: a byte range of an external data file beside the model. */
export interface ExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export type Attribute = number | string | readonly number[] | { readonly float: number } | InferenceOnly;

/**
 * Attributes for an operator's inference and gradient that are not written to the file: ONNX takes target shapes, axes and ranges as inputs, whose
 * values inference cannot see.
 */
export interface InferenceOnly {
  readonly inferenceOnly: readonly Dim[];
}

export const inferenceOnly = (dims: readonly Dim[]): InferenceOnly => ({ inferenceOnly: dims });

/** Reads the attributes set by `inferenceOnly`. */
export const noted = (attribute: Attribute | undefined) => (attribute as InferenceOnly).inferenceOnly;
export const notedInts = (attribute: Attribute | undefined) => noted(attribute) as readonly number[];
/** ONNX attributes of a node by name; undefined entries are not written. */
export type Attributes = Readonly<Record<string, Attribute | undefined>>;

/** One operator: its shape inference and its derivative. */
export interface Operator {
  readonly type: string;
  /** Empty for ONNX's own operators. */
  readonly domain?: "com.microsoft";
  /** Types of the outputs; throws `mismatch` for inputs that do not fit. */
  infer(inputs: readonly (Value | undefined)[], attributes: Attributes): TensorType[];
  /**
   * Gradients with respect to each input (undefined where none flows), given those with respect to the outputs (undefined where an
   * output does not reach the loss). Absent for operators that are not differentiated.
   */
  gradient?(node: Node, outputGradients: readonly (Value | undefined)[]): (Value | undefined)[];
  /**
   * Computes the elements of the single output while building, if every input is a float32 constant in memory. Only for
   * operators where folding is worthwhile: they would otherwise run at every token (`1 + weight` of each norm) or hide
   * a weight's shape from the runtime.
   */
  fold?(
    inputs: readonly { readonly data: Float32Array; readonly shape: readonly number[] }[],
    type: TensorType,
  ): Float32Array;
}

/** Larger constants are weights and are not folded. */
const largestFold = 1 << 16;

/** A tensor in a graph: an input, a constant, or the output of a node. */
export class Value implements TensorType {
  constructor(
    readonly graph: Graph,
    readonly name: string,
    readonly dtype: DType,
    readonly shape: Shape,
    /** The node that produces it; undefined for inputs and constants. */
    readonly node: Node | undefined,
  ) {}

  get rank(): number {
    return this.shape.length;
  }

  toString(): string {
    return `%${this.name}: ${this.dtype}${formatShape(this.shape)}`;
  }
}

/** One application of an operator. */
export interface Node {
  readonly operator: Operator;
  readonly name: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export type ConstantData = Uint8Array | ExternalData;

/**
 * An ONNX graph under construction. Shapes are inferred as nodes are added, so that a mistake throws at the call that
 * causes it.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly outputs: { name: string; value: Value }[] = [];
  readonly nodes: Node[] = [];
  readonly constants = new Map<Value, ConstantData>();
  private readonly names = new Set<string>();
  private readonly scalars = new Map<string, Value>();
  private readonly prefix: string[] = [];

  /** Products with a transpose or a scale are single operators of the runtime's own; `false` writes them with standard operators only. */
  readonly fusedProducts: boolean;

  constructor(
    readonly name: string,
    { fusedProducts = true }: { readonly fusedProducts?: boolean } = {},
  ) {
    this.fusedProducts = fusedProducts;
  }

  /** Names of nodes made inside `build` start with `scope/`, so that printed graphs and profiles can be navigated. */
  scope<T>(scope: string, build: () => T): T {
    this.prefix.push(scope);
    try {
      return build();
    } finally {
      this.prefix.pop();
    }
  }

  input(name: string, dtype: DType, shape: Shape): Value {
    const value = new Value(this, this.claim(name), dtype, shape, undefined);
    this.inputs.push(value);
    return value;
  }

  /** A constant from typed data or from a range of an external file. `data` is little-endian raw bytes or a typed array. */
  constant(name: string, dtype: DType, shape: readonly number[], data: ArrayBufferView | ExternalData): Value {
    const value = new Value(this, this.unique(name), dtype, shape, undefined);
    this.constants.set(
      value,
      ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data,
    );
    return value;
  }

  /** A scalar constant, shared by all uses of the same number. */
  scalar(x: number, dtype: "float32" | "int64" = "float32"): Value {
    const key = `${dtype}:${Object.is(x, -0) ? "-0" : x}`;
    let value = this.scalars.get(key);
    if (value === undefined) {
      const data = dtype === "float32" ? Float32Array.of(x) : BigInt64Array.of(BigInt(x));
      value = this.constant(`scalar_${key.replace(/[^\w.]/g, "_")}`, dtype, [], data);
      this.scalars.set(key, value);
    }
    return value;
  }

  /** A small one-dimensional int64 constant: axes, sizes, indices. */
  ints(values: readonly number[]): Value {
    const key = `ints:${values.join(",")}`;
    let value = this.scalars.get(key);
    if (value === undefined) {
      value = this.constant(
        `ints_${values.join("_") || "none"}`,
        "int64",
        [values.length],
        BigInt64Array.from(values, BigInt),
      );
      this.scalars.set(key, value);
    }
    return value;
  }

  output(name: string, value: Value): void {
    if (this.outputs.some((o) => o.name === name)) {
      throw new PolyclinicError("graph/duplicate-output", "an output of this name already exists", { where: name });
    }
    this.outputs.push({ name, value });
  }

  /** Adds a node; its outputs' types come from the operator. */
  apply(operator: Operator, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value[] {
    for (const input of inputs) {
      if (input !== undefined && input.graph !== this) {
        throw new PolyclinicError("graph/foreign-value", "a value from another graph was used", {
          where: `${operator.type}(${input})`,
        });
      }
    }
    const types = operator.infer(inputs, attributes);
    const name = this.unique([...this.prefix, operator.type].join("/"));
    const folded = this.fold(operator, inputs, types[0]);
    if (folded !== undefined) return [this.constant(`${name}:`, "float32", types[0].shape as number[], folded)];
    const outputs: Value[] = [];
    const node: Node = { operator, name, inputs, outputs, attributes };
    for (const [i, type] of types.entries()) {
      outputs.push(new Value(this, i === 0 ? `${name}:` : `${name}:${i}`, type.dtype, type.shape, node));
    }
    this.nodes.push(node);
    return outputs;
  }

  private fold(operator: Operator, inputs: readonly (Value | undefined)[], type: TensorType): Float32Array | undefined {
    if (operator.fold === undefined || type.dtype !== "float32") return undefined;
    const known: { data: Float32Array; shape: readonly number[] }[] = [];
    for (const input of inputs) {
      if (input === undefined) return undefined;
      const data = this.constants.get(input);
      if (input.dtype !== "float32") {
        if (data === undefined) return undefined;
        continue; // Axes and target shapes are already part of the inferred type.
      }
      if (!(data instanceof Uint8Array) || data.byteLength > 4 * largestFold) return undefined;
      known.push({ data: new Float32Array(data.slice().buffer), shape: input.shape as number[] });
    }
    return operator.fold(known, type);
  }

  private claim(name: string): string {
    if (this.names.has(name)) {
      throw new PolyclinicError("graph/duplicate-name", "a value of this name already exists", { where: name });
    }
    this.names.add(name);
    return name;
  }

  private unique(base: string): string {
    let name = base;
    for (let i = 1; this.names.has(name); i++) name = `${base}_${i}`;
    return this.claim(name);
  }
}

/** The error of shape inference: the operator, the shapes it was given, and the shapes it expects. */
export function mismatch(type: string, inputs: readonly (Value | undefined)[], expected: string): PolyclinicError {
  return new PolyclinicError("graph/shape", "shapes or types do not match", {
    where: `${type}(${inputs.map((v) => (v === undefined ? "-" : `${v.name}: ${v.dtype}${formatShape(v.shape)}`)).join(", ")})`,
    expected,
  });
}

export function requireSameDType(type: string, inputs: readonly Value[]): DType {
  if (inputs.some((v) => v.dtype !== inputs[0].dtype)) throw mismatch(type, inputs, "one dtype");
  return inputs[0].dtype;
}

export type { Dim, Shape };
