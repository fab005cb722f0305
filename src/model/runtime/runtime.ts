/**
 * The interface to the runtime that executes ONNX graphs. The engine and training are written against these types; `node/` and `web/`
 * implement them. No other code imports ONNX Runtime.
 *
 * ```ts
 * const session = await nodeRuntime.open({ model: "decoder.onnx" }, { threads: 2 });
 * const { logits } = await session.run({ ids: { type: "int64", data: ids, dims: [1, 3] } });
 * await session.close();
 * ```
 */

/** Supported element types and their array types; `bool` is one byte per element, 0 or 1. */
interface Arrays {
  float32: Float32Array;
  int64: BigInt64Array;
  int32: Int32Array;
  int8: Int8Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}
/** Element types that can be passed to and from a graph. */
export type ElementType = keyof Arrays;

/** A dense tensor, row-major. The array is used in place and must not change during a run. */
export interface RuntimeTensor<T extends ElementType = ElementType> {
  readonly type: T;
  readonly data: Arrays[T];
  readonly dims: readonly number[];
}

/** Tensors by the name of the graph's input or output. */
export type Tensors = Readonly<Record<string, RuntimeTensor>>;

/** A float32 tensor over `data`, which is not copied. */
export function float32(data: Float32Array, dims: readonly number[]): RuntimeTensor<"float32"> {
  return { type: "float32", data, dims };
}

/** An int64 tensor over `data`, which is not copied. */
export function int64(data: BigInt64Array, dims: readonly number[]): RuntimeTensor<"int64"> {
  return { type: "int64", data, dims };
}

/** The values of a float32 output. */
export function floats({ type, data }: RuntimeTensor): Float32Array {
  if (type !== "float32") throw new TypeError(`a float32 tensor was expected, not ${type}`);
  return data as Float32Array;
}

/** A serialised graph and, if they are not inside it, its weights. */
export interface GraphSource {
  /** Its bytes, or its path if the runtime can read files. */
  readonly model: Uint8Array | string;
  /**
   * The files named in the graph's external data, by name. Not needed for a graph opened by path: the files next to it are mapped.
   */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
}

/** How a graph is executed. */
export interface SessionOptions {
  /** Threads per operator; default one per core. */
  readonly threads?: number;
  /** Input shapes differ between runs, so memory is not planned ahead. */
  readonly varyingShapes?: boolean;
  /**
   * The graph converts its weights while it runs: do not fold the converted copies into constants, nor fuse the
   * conversions away.
   */
  readonly keepConversions?: boolean;
  /** Waiting threads sleep immediately instead of spinning; better if other work needs the cores. */
  readonly yieldThreads?: boolean;
}

/** An opened graph. Runs must not overlap with `close`. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph. Returns every output, or the ones named in `outputs`: null leaves the allocation to the runtime, a
   * tensor is filled in place and returned (only with `capabilities.preallocatedOutputs`; its dims must be those of the
   * result).
   */
  run(feeds: Tensors, outputs?: Readonly<Record<string, RuntimeTensor | null>>): Promise<Record<string, RuntimeTensor>>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What an implementation supports. */
export interface Capabilities {
  /** Whether `GraphSource.model` may be a path. */
  readonly files: boolean;
  /** Whether outputs can be written into the caller's arrays. */
  readonly preallocatedOutputs: boolean;
  /** Whether the contrib operators for 4-bit weights (`MatMulNBits`) are available. */
  readonly int4: boolean;
  /**
   * Which operators graphs are built from: those with the fastest kernels on the CPU, or those that graphics devices support and compute correctly.
   */
  readonly kernels: Kernels;
}

/** The set of operators from which graphs are built; see `Capabilities.kernels`. */
export type Kernels = "cpu" | "gpu";

/** An implementation that executes ONNX graphs. */
export interface Runtime {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** @throws PolyclinicError `runtime/open` if the graph cannot be opened, `runtime/unavailable` if the runtime cannot be loaded. */
  open(source: GraphSource, options?: SessionOptions): Promise<Session>;
}
