/**
 * The learners of generative models: what each adds to the model, which tensors it trains, what it feeds and what it
 * saves.
 */
import { join } from "node:path";
import type { Graph, Value } from "../../graph/index.ts";
import type { Weights } from "../../nn/index.ts";
import { seedOf } from "../data/index.ts";
import { languageObjective, textPrefix } from "../language/objective.ts";
import type { BatchShape } from "../language/pack.ts";
import { distilObjective } from "../learners/distil.ts";
import { dropoutFeeds, freshLora, isLoraFactor, loraWeights, saveLora } from "../learners/lora.ts";
import { freshSoftPrompt, isSoftPrompt, saveSoftPrompt } from "../learners/soft-prompt.ts";
import type { Feed, Objective } from "../step.ts";
import { elementCount, type Tensors, tensor } from "../tensors.ts";
import { type Base, parameterCount, saveModel } from "./base.ts";
import type { PackedBatch } from "./batches.ts";
import type { LanguageTuneConfig } from "./config.ts";
import type { Teacher } from "./teacher.ts";

type Define = (graph: Graph, weights: Weights) => Objective;

export interface Learner {
  readonly trainable: (name: string) => boolean;
  /** The training loss. */
  readonly define: Define;
  /** Next-token loss of the model as it will be used, for held-out examples. */
  readonly measured: Define;
  /** Graph inputs of a batch besides its tokens and images. */
  readonly feeds: (batch: PackedBatch, step: number, micro: number) => Promise<Record<string, Feed>>;
  /** Writes the learned weights and returns their folder. */
  readonly save: () => Promise<string>;
}

/**
 * @param tensors the base's; a learner adds its own parameters to them.
 * @param teacher only for distillation.
 */
export function learnerOf(
  base: Base,
  { learner, out, seed }: LanguageTuneConfig,
  tensors: Tensors,
  shape: BatchShape,
  teacher: Teacher | undefined,
): Learner {
  const { config } = base;
  const extend = (fresh: Tensors) => {
    for (const [name, value] of fresh) if (!tensors.has(name)) tensors.set(name, value);
  };
  const plain: Define = (graph, weights) => languageObjective(graph, weights, config, shape);
  const nothing = async () => ({});
  const whole = {
    trainable: () => true,
    measured: plain,
    save: async () => saveModel(join(out, "model"), base.checkpoint, tensors),
  };
  const adapter = (write: (folder: string) => Promise<void>) => async () => {
    const folder = join(out, "adapter");
    await write(folder);
    return folder;
  };
  switch (learner.kind) {
    case "full":
      return { ...whole, define: plain, feeds: nothing };
    case "distil":
      return {
        ...whole,
        define: (graph, weights) => distilObjective(graph, weights, config, shape, learner),
        feeds: ({ items }, step, micro) => teacher!.feeds(items, shape.answers, learner, seedOf(seed, step, micro)),
      };
    case "lora": {
      extend(freshLora(tensors, learner, seed));
      const dropouts = new Map<string, Value>();
      const adapted =
        (dropout: number): Define =>
        (graph, weights) =>
          languageObjective(graph, loraWeights(graph, weights, { ...learner, dropout }, dropouts), config, shape);
      return {
        trainable: isLoraFactor,
        define: adapted(learner.dropout),
        measured: adapted(0),
        feeds: async ({ feeds }, step, micro) =>
          dropoutFeeds(dropouts, learner.dropout, seedOf(seed, step, micro), { images: feeds.pixels?.dims[0] ?? 0 }),
        save: adapter((folder) => saveLora(folder, tensors, learner, base.name)),
      };
    }
    case "soft-prompt": {
      const table = tensor(tensors, `${textPrefix(config)}.embed_tokens.weight`);
      extend(freshSoftPrompt(table, learner, config.text, seed));
      const define: Define = (graph, weights) => languageObjective(graph, weights, config, shape, learner.vectors);
      return {
        trainable: isSoftPrompt,
        define,
        measured: define,
        feeds: nothing,
        save: adapter((folder) => saveSoftPrompt(folder, tensors, base.name)),
      };
    }
  }
}

/** The number of parameters a learner trains, without reading any weights. */
export function trainedCount({ checkpoint: { weights }, config }: Base, { learner, seed }: LanguageTuneConfig): number {
  switch (learner.kind) {
    case "soft-prompt":
      return learner.vectors * config.text.hiddenSize;
    case "lora":
      return elementCount(
        freshLora(new Map(weights.names.map((name) => [name, { shape: weights.shape(name) }])), learner, seed),
      );
    default:
      return parameterCount(weights);
  }
}
