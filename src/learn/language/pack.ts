/**
 * Packing: several short examples share a row of a batch without attending to each other, to reduce padding. Positions
 * restart at zero for each example; the attention mask separates them.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { type GemmaConfig, maskedScore } from "../../nn/index.ts";
import type { Feed } from "../step.ts";
import type { TrainingSequence } from "./sequence.ts";

/** Fixed sizes of a compiled training step; every batch is padded to them. */
export interface BatchShape {
  readonly rows: number;
  /** Tokens per row. */
  readonly tokens: number;
  /** Answer tokens in the whole batch. */
  readonly answers: number;
}

/** The row an example is packed into, and its token offset in that row. */
export interface Placement {
  readonly row: number;
  readonly start: number;
}

/** First-fit packing: each example goes into the first row with enough room. */
export class Packer {
  readonly placed: { sequence: TrainingSequence; place: Placement }[] = [];
  private readonly used: number[];
  private answers = 0;

  constructor(private readonly shape: BatchShape) {
    this.used = new Array<number>(shape.rows).fill(0);
  }

  /** Returns false when the example does not fit; the caller then closes the batch and adds it to the next. */
  add(sequence: TrainingSequence): boolean {
    const answers = sequence.lossMask.reduce((a, b) => a + b, 0);
    const { length } = sequence.ids;
    if (length > this.shape.tokens || answers > this.shape.answers)
      throw new PolyclinicError("learn/too-long", "does not fit into a row of the batch", {
        where: "example",
        expected: `at most ${this.shape.tokens} tokens, ${this.shape.answers} of them answers`,
        found: `${length} tokens, ${answers} answers`,
      });
    const row = this.used.findIndex((used) => used + length <= this.shape.tokens);
    if (row < 0 || this.answers + answers > this.shape.answers) return false;
    this.placed.push({ sequence, place: { row, start: this.used[row] } });
    this.used[row] += length;
    this.answers += answers;
    return true;
  }
}

/**
 * The inputs of `languageObjective` for packed examples.
 *
 * @param tokensPerImage soft tokens per image; images are numbered in the order of the placed examples.
 * @param tokenWeight weight of each answer token, given the number of tokens of its answer; 1 makes the loss the mean
 * over all answer tokens.
 */
export function packedFeeds(
  placed: readonly { readonly sequence: TrainingSequence; readonly place: Placement }[],
  { rows, tokens, answers }: BatchShape,
  { slidingWindow }: Pick<GemmaConfig, "slidingWindow">,
  tokensPerImage: number,
  tokenWeight: (answerTokens: number) => number = () => 1,
): { feeds: Record<string, Feed>; answerTokens: number } {
  const ids = new BigInt64Array(rows * tokens);
  const positions = new BigInt64Array(rows * tokens);
  const softRows = new BigInt64Array(rows * tokens);
  const isSoft = new Uint8Array(rows * tokens);
  const local = new Float32Array(rows * tokens * tokens).fill(maskedScore);
  const global = new Float32Array(rows * tokens * tokens).fill(maskedScore);
  const answerRows = new BigInt64Array(answers);
  const targets = new BigInt64Array(answers);
  const weights = new Float32Array(answers);
  let image = 0;
  let answer = 0;
  for (const { sequence, place } of placed) {
    const { ids: own, lossMask: learned, imageStarts, softPrompt = 0 } = sequence;
    const at = place.row * tokens + place.start;
    const imageOf = new Int32Array(own.length).fill(-1);
    for (const start of imageStarts) {
      for (let k = 0; k < tokensPerImage; k++) {
        imageOf[start + k] = image;
        isSoft[at + start + k] = 1;
        // The soft prompt's vectors come first in the table and are shared by all examples.
        softRows[at + start + k] = BigInt(softPrompt + image * tokensPerImage + k);
      }
      image++;
    }
    for (let k = 0; k < softPrompt; k++) {
      isSoft[at + 1 + k] = 1;
      softRows[at + 1 + k] = BigInt(k);
    }
    const weight = tokenWeight(learned.reduce((a, b) => a + b, 0));
    for (let i = 0; i < own.length; i++) {
      // Image positions are looked up as padding and then overwritten, as in transformers.
      ids[at + i] = imageOf[i] >= 0 ? 0n : BigInt(own[i]);
      positions[at + i] = BigInt(i);
      const base = (place.row * tokens + place.start + i) * tokens + place.start;
      for (let j = 0; j < own.length; j++) {
        const together = imageOf[i] >= 0 && imageOf[i] === imageOf[j];
        if (j > i && !together) continue;
        global[base + j] = 0;
        if (slidingWindow === undefined || i - j < slidingWindow) local[base + j] = 0;
      }
      if (learned[i] === 1) {
        answerRows[answer] = BigInt(at + i - 1);
        targets[answer] = BigInt(own[i]);
        weights[answer] = weight;
        answer++;
      }
    }
  }
  // Normalised to a mean over the answer tokens of the batch; padding rows have weight zero.
  const total = weights.reduce((a, b) => a + b, 0);
  for (let i = 0; i < answer; i++) weights[i] /= total;
  return {
    feeds: {
      ids: { data: ids, dims: [rows, tokens] },
      positions: { data: positions, dims: [rows, tokens] },
      softRows: { data: softRows, dims: [rows, tokens] },
      isSoft: { data: isSoft, dims: [rows, tokens] },
      localBias: { data: local, dims: [rows, 1, 1, tokens, tokens] },
      globalBias: { data: global, dims: [rows, 1, 1, tokens, tokens] },
      answerRows: { data: answerRows, dims: [answers] },
      targets: { data: targets, dims: [answers] },
      answerWeights: { data: weights, dims: [answers] },
    },
    answerTokens: answer,
  };
}
