/**
 * A training step as one graph: forward, loss and every gradient, run by the same runtime as inference. Weights are inputs whose arrays
 * are used in place, so an optimizer that updates them in place is all that is needed between steps.
 */
import * as ort from "onnxruntime-node";
import { PolyclinicError } from "../base/errors.ts";
import { Graph, gradients, type Node, type Value, writeOnnx } from "../graph/index.ts";
import { parameterWeights, type Weights } from "../nn/index.ts";
import { type Tensor, type Tensors, tensor } from "./tensors.ts";

/** What a batch feeds: floats, token ids, or bytes of booleans. */
export interface Feed {
  readonly data: Float32Array | BigInt64Array | Uint8Array;
  readonly dims: readonly number[];
}

export interface Objective {
  /** A scalar. */
  readonly loss: Value;
  /** Further outputs worth having: predictions for a metric, embeddings. */
  readonly outputs?: Readonly<Record<string, Value>>;
}

export interface StepDefinition {
  readonly name: string;
  /** Builds the forward pass and the loss; asks `weights` for every tensor and the graph for its batch inputs. */
  readonly define: (graph: Graph, weights: Weights) => Objective;
  /** All tensors the definition asks for, by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Which of them move. An objective without any is a forward pass only. */
  readonly moves: (name: string) => boolean;
  /** Threads of the runtime; default: all it finds. */
  readonly threads?: number;
  /** Keep of every layer only what goes into it, and compute its inside again for the backward pass: less memory, a third more time. */
  readonly recompute?: boolean;
}

export interface StepResult {
  readonly loss: number;
  /** By tensor name; the arrays are fresh at every run. */
  readonly gradients: Tensors;
  readonly outputs: Readonly<Record<string, Tensor>>;
}

export class TrainingStep {
  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly inputs: Record<string, ort.Tensor>,
    private readonly moving: ReadonlyMap<string, readonly number[]>,
    private readonly extra: readonly string[],
    private readonly batchInputs: readonly string[],
  ) {}

  static async compile({ name, define, tensors, moves, threads, recompute }: StepDefinition): Promise<TrainingStep> {
    const graph = new Graph(name);
    const parameters = new Map<string, Value>();
    const { loss, outputs = {} } = define(graph, parameterWeights(graph, parameters));
    const inputs: Record<string, ort.Tensor> = {};
    for (const [parameter, { shape, name: input }] of parameters) {
      const { data } = tensor(tensors, parameter, size(shape));
      inputs[input] = new ort.Tensor("float32", data, shape as number[]);
    }
    const moving = new Map([...parameters].filter(([parameter]) => moves(parameter)));
    graph.output("loss", loss);
    const slopes = moving.size > 0 ? gradients(loss, [...moving.values()], recompute ? layerOf : undefined) : [];
    for (const [i, parameter] of [...moving.keys()].entries()) graph.output(gradientName(parameter), slopes[i]);
    for (const [output, value] of Object.entries(outputs)) graph.output(output, value);
    const session = await ort.InferenceSession.create(writeOnnx(graph), {
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      // Threads that spin while they wait cost more than they win wherever anything else runs on the machine.
      extra: { session: { intra_op: { allow_spinning: "0" } } },
      ...(threads !== undefined && { intraOpNumThreads: threads }),
    });
    const shapes = new Map([...moving].map(([parameter]) => [parameter, tensors.get(parameter)!.shape] as const));
    const batchInputs = graph.inputs.map((value) => value.name).filter((input) => !(input in inputs));
    return new TrainingStep(session, inputs, shapes, Object.keys(outputs), batchInputs);
  }

  /** @param feeds the batch, by input name. */
  async run(feeds: Readonly<Record<string, Feed>>): Promise<StepResult> {
    const batch: Record<string, ort.Tensor> = {};
    for (const name of this.batchInputs) {
      const feed = feeds[name];
      if (feed === undefined) throw new PolyclinicError("learn/feed", "is not fed", { where: name });
      batch[name] = toTensor(feed);
    }
    const results = await this.session.run({ ...this.inputs, ...batch });
    const gradientOf = ([name, shape]: [string, readonly number[]]): [string, Tensor] => [
      name,
      { shape, data: results[gradientName(name)].data as Float32Array },
    ];
    return {
      loss: (results.loss.data as Float32Array)[0],
      gradients: new Map([...this.moving].map(gradientOf)),
      outputs: Object.fromEntries(
        this.extra.map((name) => [name, { shape: results[name].dims, data: results[name].data as Float32Array }]),
      ),
    };
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** Nodes of a layer of a tower or decoder carry its name: `model.language_model.layers.3/MatMul`. */
const layerOf = ({ name }: Node) => /^(?:.*\.)?layers\.\d+(?=\/)/.exec(name)?.[0];
const gradientName = (parameter: string) => `d ${parameter}`;
const size = (shape: readonly unknown[]) => (shape as number[]).reduce((a, b) => a * b, 1);

function toTensor({ data, dims }: Feed): ort.Tensor {
  if (data instanceof Float32Array) return new ort.Tensor("float32", data, dims);
  if (data instanceof BigInt64Array) return new ort.Tensor("int64", data, dims);
  return new ort.Tensor("bool", data, dims);
}
