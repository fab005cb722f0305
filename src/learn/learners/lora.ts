/**
 * LoRA (Hu et al. 2021): each adapted matrix W is used as W + scale B A, scale = alpha / rank, with W frozen, A `[rank,
 * in]` initialised as in PEFT and B `[out, rank]` zero, so that training starts from the base model. Saved in PEFT
 * format.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";
import { type AdapterConfig, type LoraFactors, openAdapter, writeAdapter } from "../../checkpoint/index.ts";
import { add, type Graph, matmul, mul, type Value } from "../../graph/index.ts";
import type { Weights } from "../../nn/index.ts";
import { seedOf } from "../data/order.ts";
import type { Feed } from "../step.ts";
import { type Tensors, tensor } from "../tensors.ts";

/** LoRA (Hu et al. 2021): each targeted linear layer gains alpha / rank * B A. */
export interface LoraOptions {
  /** At least 1. */
  readonly rank: number;
  readonly alpha: number;
  /** Dropout rate on the adapter's inputs during training; default 0. */
  readonly dropout?: number;
  /**
   * Module names as PEFT takes them (`q_proj` matches every module of that name), or `all-linear`: every linear layer
   * except embedding and head.
   */
  readonly targets: readonly string[] | "all-linear";
}

const neverTargets = /(^|\.)(embed_tokens|token_embedding|lm_head|head)$/;

/** Whether the linear layer `module` (a tensor name without `.weight`) is adapted. */
export function isTarget({ targets }: LoraOptions, module: string): boolean {
  if (neverTargets.test(module)) return false;
  return targets === "all-linear" || targets.some((target) => module === target || module.endsWith(`.${target}`));
}

const namesOf = (module: string) => ({ a: `${module}.lora_A.weight`, b: `${module}.lora_B.weight` });
const isFactor = (name: string) => /\.lora_[AB]\.weight$/.test(name);

/** Whether a tensor is a LoRA factor, that is trained. */
export const isLoraFactor = isFactor;

/**
 * Fresh factors for every target among the base's matrices, by tensor name.
 *
 * @throws learn/lora-targets when no matrix is a target.
 */
export function freshLora(
  base: ReadonlyMap<string, { shape: readonly number[] }>,
  options: LoraOptions,
  seed: number,
): Tensors {
  const factors: Tensors = new Map();
  for (const [name, { shape }] of base) {
    if (!name.endsWith(".weight") || shape.length !== 2) continue;
    const module = name.slice(0, -".weight".length);
    // Embedding tables are two-dimensional too, and so are existing factors; neither is adapted.
    if (!isTarget(options, module) || /embedding/.test(module) || isFactor(name)) continue;
    const [outputs, inputs] = shape;
    const random = new Random(seedOf(seed, ...new TextEncoder().encode(name)));
    const bound = inputs ** -0.5; // kaiming_uniform_(a = sqrt(5))
    const a = Float32Array.from({ length: options.rank * inputs }, () => bound * (2 * random.next() - 1));
    factors.set(namesOf(module).a, { shape: [options.rank, inputs], data: a });
    factors.set(namesOf(module).b, { shape: [outputs, options.rank], data: new Float32Array(outputs * options.rank) });
  }
  if (factors.size === 0)
    throw new PolyclinicError("learn/lora-targets", "matches no linear layer of this model", {
      where: "targets",
      found: String(options.targets),
      hint: "Use all-linear, or module names such as q_proj, v_proj, down_proj.",
    });
  return factors;
}

/**
 * Weights whose targeted linear layers have an adapter. With dropout, each adds a graph input `<module>.dropout` of the
 * shape of its activations; `dropoutFeeds` fills them.
 */
export function loraWeights(
  graph: Graph,
  base: Weights,
  options: LoraOptions,
  dropouts: Map<string, Value> = new Map(),
): Weights {
  const { rank, alpha, dropout = 0 } = options;
  return {
    tensor: base.tensor,
    embedding: base.embedding,
    linear(x, name, inputs, outputs, bias) {
      const y = base.linear(x, name, inputs, outputs, bias);
      if (!isTarget(options, name)) return y;
      let seen = x;
      if (dropout > 0) {
        const mask = graph.input(`${name}.dropout`, "float32", x.shape);
        dropouts.set(mask.name, mask);
        seen = mul(x, mask);
      }
      const { a, b } = namesOf(name);
      const inner = matmul(seen, base.tensor(a, [rank, inputs]), { transB: true }); // [..., rank]
      return add(y, matmul(inner, base.tensor(b, [outputs, rank]), { transB: true, alpha: alpha / rank }));
    },
  };
}

/**
 * Dropout masks with values 0 and 1 / (1 - dropout), drawn from `seed` for each input.
 *
 * @param sizes values of the named dimensions in this batch: the vision tower's inputs depend on `images`.
 */
export function dropoutFeeds(
  dropouts: ReadonlyMap<string, Value>,
  dropout: number,
  seed: number,
  sizes: Readonly<Record<string, number>> = {},
): Record<string, Feed> {
  const feeds: Record<string, Feed> = {};
  for (const [name, { shape }] of dropouts) {
    const dims = shape.map((dim) => {
      const size = typeof dim === "number" ? dim : sizes[dim];
      if (size !== undefined) return size;
      throw new PolyclinicError("learn/dropout", "dropout needs an input with a fixed shape", {
        where: name,
        found: String(shape),
      });
    });
    const random = new Random(seedOf(seed, ...new TextEncoder().encode(name)));
    const keep = 1 / (1 - dropout);
    const size = dims.reduce((p, q) => p * q, 1);
    feeds[name] = { data: Float32Array.from({ length: size }, () => (random.next() < dropout ? 0 : keep)), dims };
  }
  return feeds;
}

/** Saves the factors among `tensors` as a PEFT adapter folder. */
export async function saveLora(
  folder: string,
  tensors: Tensors,
  { rank, alpha, dropout, targets }: LoraOptions,
  baseModel: string,
): Promise<void> {
  const factors: LoraFactors[] = [...tensors.keys()]
    .filter((name) => name.endsWith(".lora_A.weight"))
    .map((name) => {
      const module = name.slice(0, -".lora_A.weight".length);
      return { weight: `${module}.weight`, a: tensors.get(name)!.data, b: tensor(tensors, namesOf(module).b).data };
    });
  const config: AdapterConfig = {
    rank,
    alpha,
    rankStabilised: false,
    targetModules: targets === "all-linear" ? targets : [...targets],
    rankPattern: {},
    alphaPattern: {},
    baseModel,
  };
  await writeAdapter(folder, { config, dropout, factors });
}

/**
 * Reads an adapter's factors to continue training.
 *
 * @param tensors the base with fresh factors, whose arrays are filled.
 * @throws learn/adapter when the adapter does not have exactly these factors.
 */
export async function loadLora(
  folder: string,
  tensors: Tensors,
  kind: Parameters<typeof openAdapter>[1],
): Promise<void> {
  const adapter = await openAdapter(folder, kind);
  try {
    const own = [...tensors.keys()].filter(isFactor).sort();
    const stored = [...adapter.tensors.names].sort();
    const fits = own.length === stored.length && own.every((name, i) => name === stored[i]);
    const shapes =
      fits && own.every((name) => String(adapter.tensors.shape(name)) === String(tensors.get(name)!.shape));
    if (!shapes)
      throw new PolyclinicError("learn/adapter", "was trained for other layers, another rank or another base model", {
        where: folder,
        expected: `${own.length} tensors such as ${own[0]}`,
        found: `${stored.length} tensors such as ${stored[0]}`,
      });
    for (const name of own) tensors.get(name)!.data.set(await adapter.tensors.read(name));
  } finally {
    await adapter.close();
  }
}
