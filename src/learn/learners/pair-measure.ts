/** How well image embeddings retrieve their texts: the contrastive loss over all pairs, and the retrieval accuracy. */
import type { ContrastiveLoss } from "./contrastive.ts";

export interface EmbeddedPairs {
  /** L2-normalised; row i of images and texts is pair i. */
  readonly images: readonly Float32Array[];
  readonly texts: readonly Float32Array[];
  /** The texts themselves: an image counts as correct with any row that has the same text as its own. */
  readonly captions: readonly string[];
  readonly scale: number;
  readonly bias: number;
}

/** @returns `found`: the number of images whose highest-scoring text is correct. */
export function pairMeasure(
  { images, texts, captions, scale, bias }: EmbeddedPairs,
  kind: ContrastiveLoss,
): { loss: number; found: number } {
  const logits = images.map((image) => texts.map((text) => scale * dot(image, text) + bias));
  const found = logits.filter((row, i) => captions[row.indexOf(Math.max(...row))] === captions[i]).length;
  const n = logits.length;
  const columns = logits.map((_, j) => logits.map((row) => row[j]));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / n;
  const loss =
    kind === "siglip"
      ? mean(logits.map((row, i) => row.reduce((sum, z, j) => sum + softplus(i === j ? -z : z), 0)))
      : (mean(logits.map((row, i) => logSumExp(row) - row[i])) +
          mean(columns.map((row, i) => logSumExp(row) - row[i]))) /
        2;
  return { loss, found };
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const softplus = (z: number) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));

function logSumExp(values: readonly number[]): number {
  const top = Math.max(...values);
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0));
}
