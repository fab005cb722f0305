/**
 * A training step as one graph: forward pass, loss and every gradient, run by the same runtime as inference. Weights
 * are inputs whose arrays are read in place, so the optimizer only has to update them in place between steps.
 */
import { PolyclinicError } from "../base/errors.ts";
import { Graph, gradients, type Node, type Value, writeOnnx } from "../graph/index.ts";
import { nodeRuntime } from "../model/runtime/node/node-runtime.ts";
import { float32, floats, int64, type Runtime, type RuntimeTensor, type Session } from "../model/runtime/runtime.ts";
import { parameterWeights, type Weights } from "../nn/index.ts";
import { type Tensor, type Tensors, tensor } from "./tensors.ts";

/** A batch input of the graph: floats, token ids, or booleans as bytes. */
export interface Feed {
  readonly data: Float32Array | BigInt64Array | Uint8Array;
  readonly dims: readonly number[];
}

/** What a training graph minimises. */
export interface Objective {
  /** Scalar. */
  readonly loss: Value;
  /** Additional outputs: predictions for a metric, embeddings. */
  readonly outputs?: Readonly<Record<string, Value>>;
}

export interface StepDefinition {
  readonly name: string;
  /** Builds the forward pass and the loss, requesting tensors from `weights` and adding batch inputs to the graph. */
  readonly define: (graph: Graph, weights: Weights) => Objective;
  /** All tensors that `define` requests, by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Which of them are trained. With none, the step is a forward pass only. */
  readonly trainable: (name: string) => boolean;
  /** Threads of the runtime; default: one per core. */
  readonly threads?: number;
  /**
   * Gradient checkpointing (Chen et al. 2016): keep only the input of every layer and recompute its activations in the
   * backward pass. Less memory, a third more time, the same gradients.
   */
  readonly gradientCheckpointing?: boolean;
  /** Executes the graph; default ONNX Runtime in this process. */
  readonly runtime?: Runtime;
}

/** Result of one forward and backward pass. */
export interface StepResult {
  /** The value of the loss, in the unit of the objective (nats for cross-entropy). */
  readonly loss: number;
  /** By tensor name; new arrays at every run. */
  readonly gradients: Tensors;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

/** A compiled training step. Close it to free the session. */
export class TrainingStep {
  private constructor(
    private readonly session: Session,
    private readonly inputs: Record<string, RuntimeTensor>,
    private readonly trained: ReadonlyMap<string, readonly number[]>,
    private readonly extra: readonly string[],
    private readonly batchInputs: readonly string[],
  ) {}

  static async compile(definition: StepDefinition): Promise<TrainingStep> {
    const { name, define, tensors, trainable, threads, gradientCheckpointing, runtime = nodeRuntime } = definition;
    const graph = new Graph(name);
    const parameters = new Map<string, Value>();
    const { loss, outputs = {} } = define(graph, parameterWeights(graph, parameters));
    const inputs: Record<string, RuntimeTensor> = {};
    for (const [parameter, { shape, name: input }] of parameters) {
      const { data } = tensor(tensors, parameter, size(shape));
      inputs[input] = float32(data, shape as number[]);
    }
    const trained = new Map([...parameters].filter(([parameter]) => trainable(parameter)));
    graph.output("loss", loss);
    const slopes =
      trained.size > 0 ? gradients(loss, [...trained.values()], gradientCheckpointing ? layerOf : undefined) : [];
    for (const [i, parameter] of [...trained.keys()].entries()) graph.output(gradientName(parameter), slopes[i]);
    for (const [output, value] of Object.entries(outputs)) graph.output(output, value);
    // Spinning threads slow down every other process on the machine by more than they gain here.
    const session = await runtime.open({ model: writeOnnx(graph) }, { threads, yieldThreads: true });
    const shapes = new Map([...trained].map(([parameter]) => [parameter, tensors.get(parameter)!.shape] as const));
    const batchInputs = graph.inputs.map((value) => value.name).filter((input) => !(input in inputs));
    return new TrainingStep(session, inputs, shapes, Object.keys(outputs), batchInputs);
  }

  /** @param feeds the batch, by input name. */
  async run(feeds: Readonly<Record<string, Feed>>): Promise<StepResult> {
    const batch: Record<string, RuntimeTensor> = {};
    for (const name of this.batchInputs) {
      const feed = feeds[name];
      if (feed === undefined)
        throw new PolyclinicError("learn/feed", "is an input of the graph that was not fed", { where: name });
      batch[name] = toTensor(feed);
    }
    const results = await this.session.run({ ...this.inputs, ...batch });
    const gradientOf = ([name, shape]: [string, readonly number[]]): [string, Tensor] => [
      name,
      { shape, data: floats(results[gradientName(name)]) },
    ];
    return {
      loss: floats(results.loss)[0],
      gradients: new Map([...this.trained].map(gradientOf)),
      outputs: Object.fromEntries(
        this.extra.map((name) => [name, { shape: results[name].dims, data: floats(results[name]) }]),
      ),
    };
  }

  close(): Promise<void> {
    return this.session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Nodes of a layer have a prefix such as `model.language_model.layers.3/MatMul`. */
const layerOf = ({ name }: Node) => /^(?:.*\.)?layers\.\d+(?=\/)/.exec(name)?.[0];
const gradientName = (parameter: string) => `d ${parameter}`;
const size = (shape: readonly unknown[]) => (shape as number[]).reduce((a, b) => a * b, 1);

function toTensor({ data, dims }: Feed): RuntimeTensor {
  if (data instanceof Float32Array) return float32(data, dims);
  if (data instanceof BigInt64Array) return int64(data, dims);
  return { type: "bool", data, dims };
}
