/** A dataset as packed batches: examples are tokenised once; images are read when their batch is made. */
import { throwIfAborted } from "../../base/errors.ts";
import type { Work } from "../../base/progress.ts";
import { writePixels } from "../../nn/index.ts";
import { answerOf, type Dataset, type Example, imagesOf } from "../data/index.ts";
import { Mixture, type MixturePosition } from "../data/order.ts";
import { type BatchShape, Packer, packedFeeds } from "../language/pack.ts";
import {
  type TargetTurns,
  type TrainingSequence,
  type TurnMessage,
  trainingSequence,
  withSoftPrompt,
} from "../language/sequence.ts";
import type { Feed } from "../step.ts";
import type { Base } from "./base.ts";
import type { TrainingImages } from "./images.ts";

/** A tokenised example. */
export interface Item {
  readonly sequence: TrainingSequence;
  readonly images: readonly string[];
  readonly answer: string;
  /** `train.jsonl:12`, for messages. */
  readonly where: string;
  readonly messages: readonly TurnMessage[];
}

export interface ItemOptions {
  readonly turns: TargetTurns;
  /** Number of soft prompt vectors; 0 without a soft prompt. */
  readonly softPrompt: number;
}

/** @param answer replaces the example's own answer, to compare the likelihoods of labels. */
export function itemOf(
  base: Base,
  path: string,
  example: Example,
  { turns, softPrompt }: ItemOptions,
  answer?: string,
): Item {
  const messages = example.messages.map(({ role, content }, i) => ({
    role,
    content:
      answer !== undefined && i === example.messages.length - 1
        ? [{ type: "text" as const, text: answer }]
        : content.map((part) => (part.type === "image" ? { type: part.type } : part)),
  }));
  const sequence = trainingSequence(base.builder, messages, turns);
  return {
    sequence: softPrompt > 0 ? withSoftPrompt(sequence, softPrompt) : sequence,
    images: imagesOf(example),
    answer: answer ?? answerOf(example),
    where: `${path}:${example.line}`,
    messages,
  };
}

/** The number of target tokens of an item. */
export const learnedOf = ({ sequence }: Item) => sequence.lossMask.reduce((a, b) => a + b, 0);

export interface PackedBatch {
  readonly items: readonly Item[];
  readonly feeds: Record<string, Feed>;
  readonly answerTokens: number;
  /** Target tokens of each item, in order. */
  readonly answers: readonly number[];
  readonly images: number;
}

/** Fills one batch from the front of `queue` with as many items as fit, at least one. */
async function packBatch(
  queue: () => Item | undefined,
  giveBack: (item: Item) => void,
  shape: BatchShape,
  { config, tokensPerImage, checkpoint }: Base,
  images: TrainingImages | undefined,
): Promise<PackedBatch | undefined> {
  const packer = new Packer(shape);
  const items: Item[] = [];
  for (let item = queue(); item !== undefined; item = queue()) {
    if (!packer.add(item.sequence)) {
      giveBack(item);
      break;
    }
    items.push(item);
  }
  if (items.length === 0) return undefined;
  const { feeds, answerTokens } = packedFeeds(packer.placed, shape, config.text, tokensPerImage);
  const paths = items.flatMap((item) => item.images);
  const answers = items.map(learnedOf);
  if (config.kind === "gemma") return { items, feeds, answerTokens, answers, images: 0 };
  const side = config.vision.imageSize;
  const plane = 3 * side * side;
  // A graph with a vision tower needs at least one image; one that no token refers to has no effect.
  const pixels = new Float32Array(Math.max(1, paths.length) * plane);
  for (const [i, path] of paths.entries()) {
    writePixels(await images!.read(path), checkpoint.preprocessor!, pixels, i * plane);
  }
  const dims = [Math.max(1, paths.length), 3, side, side];
  return { items, feeds: { ...feeds, pixels: { data: pixels, dims } }, answerTokens, answers, images: paths.length };
}

/** All items once, in order, packed into as few batches as this order allows. */
export async function* batchesOf(
  items: readonly Item[],
  shape: BatchShape,
  base: Base,
  images: TrainingImages | undefined,
  { signal }: Work,
): AsyncGenerator<PackedBatch> {
  let next = 0;
  const queue = () => items[next++];
  const giveBack = () => {
    next--;
  };
  while (next < items.length) {
    throwIfAborted(signal);
    yield (await packBatch(queue, giveBack, shape, base, images))!;
  }
}

/** Training items in their seeded, weighted order, with a resumable position. */
export class ItemStream {
  private mixture: Mixture;
  private waiting: { item: Item; before: MixturePosition } | undefined;

  constructor(
    private readonly sources: readonly {
      readonly items: readonly Item[];
      readonly weight: number;
      readonly dataset: Dataset;
    }[],
    private readonly seed: number,
  ) {
    this.mixture = this.at();
  }

  private at(position?: MixturePosition): Mixture {
    const sources = this.sources.map(({ items, weight, dataset }) => ({
      name: dataset.path,
      size: items.length,
      weight,
    }));
    return new Mixture(sources, this.seed, position);
  }

  get position(): MixturePosition {
    return this.waiting?.before ?? this.mixture.position;
  }

  set position(position: MixturePosition) {
    this.waiting = undefined;
    this.mixture = this.at(position);
  }

  async next(shape: BatchShape, base: Base, images: TrainingImages | undefined): Promise<PackedBatch> {
    let before = this.position;
    const queue = () => {
      before = this.position;
      const item = this.waiting?.item ?? this.draw();
      this.waiting = undefined;
      return item;
    };
    const giveBack = (item: Item) => {
      this.waiting = { item, before };
    };
    return (await packBatch(queue, giveBack, shape, base, images))!;
  }

  private draw(): Item {
    const { source, index } = this.mixture.next();
    return this.sources[source].items[index];
  }
}
