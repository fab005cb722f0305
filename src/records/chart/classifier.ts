/**
 * A small network that labels a mention by the words around it: word vectors of 16 numbers and position vectors, a convolution over three tokens, the
 * largest value on each side of the mention (piecewise pooling, Zeng 2015), softmax. Because its words are vectors, a wording that nobody listed is
 * labelled like the wordings it resembles. Trained by `tools/polarity/train.mjs`; its weights are `weights.ts`.
 */
import type { Assertion } from "../fact.ts";
import { assertionOf } from "./assertion.ts";
import { contextOf, mentionToken } from "./features.ts";
import { weights } from "./weights.ts";

/** The labels in the order of the network's output. */
const labels: readonly Assertion[] = ["confirmed", "denied", "family", "planned", "possible"];
const width = 16;
const place = 8;
const input = width + place;
const hidden = 96;

interface Network {
  rows: ReadonlyMap<string, number>;
  table: Int8Array;
  convolution: Float32Array;
  output: Float32Array;
}

let opened: Network | undefined;

function network(): Network {
  opened ??= {
    rows: new Map(weights.words.split(" ").map((word, row) => [word, row])),
    table: new Int8Array(bytesOf(weights.vectors)),
    convolution: floats(weights.convolution),
    output: floats(weights.output),
  };
  return opened;
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
const floats = ({ scale, values }: { scale: number; values: string }) =>
  Float32Array.from(new Int16Array(bytesOf(values)), (value) => value * scale);

/** Probability of each label of a mention. */
export function classify(sentence: string, from: number, to: number, heading?: string): Map<Assertion, number> {
  const { rows, table, convolution, output } = network();
  const tokens = contextOf(sentence, from, to, heading);
  const middle = tokens.findIndex(({ word }) => word === mentionToken);
  // [tokens + 2, input], an empty token at each end
  const x = new Float32Array((tokens.length + 2) * input);
  for (const [i, { word, places }] of tokens.entries()) {
    const at = (i + 1) * input;
    const row = rows.get(word);
    for (let k = 0; k < width; k++)
      x[at + k] = row === undefined ? weights.unknown[k] : table[row * width + k] * weights.scale;
    for (const [kind, index] of places.entries())
      for (let k = 0; k < place; k++) x[at + width + k] += weights.places[kind][index * place + k];
  }
  // The largest activation left of the mention, then right of it.
  const pooled = new Float32Array(2 * hidden);
  const h = new Float32Array(hidden);
  for (let i = 0; i < tokens.length; i++) {
    h.set(weights.bias);
    for (let j = 0; j < 3 * input; j++) {
      const a = x[i * input + j];
      if (a !== 0) for (let k = 0; k < hidden; k++) h[k] += a * convolution[j * hidden + k];
    }
    for (let k = 0; k < hidden; k++) {
      if (i <= middle) pooled[k] = Math.max(pooled[k], h[k]);
      if (i >= middle) pooled[hidden + k] = Math.max(pooled[hidden + k], h[k]);
    }
  }
  const scores = Float32Array.from(weights.outputBias);
  for (let k = 0; k < 2 * hidden; k++)
    for (let label = 0; label < labels.length; label++) scores[label] += pooled[k] * output[k * labels.length + label];
  const top = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return new Map(labels.map((label, i) => [label, powers[i] / sum]));
}

/** Weight of a cue word's label beside the network, in nats; chosen on wordings that neither had been adjusted to. */
const cueWeight = 2;

/**
 * Labels a mention by cue words and network together: the network knows wordings that no list names, cue words are sure of those they name. A checkbox before
 * the mention decides alone.
 */
export function labelOf(sentence: string, from: number, to: number, heading?: string): Assertion {
  const cue = assertionOf(sentence, from, to, heading);
  if (/[[\u2610-\u2612]/.test(sentence.slice(0, from))) return cue;
  let best: Assertion = cue;
  let most = Number.NEGATIVE_INFINITY;
  for (const [label, probability] of classify(sentence, from, to, heading)) {
    const score = Math.log(probability) + (label === cue && cue !== "confirmed" ? cueWeight : 0);
    if (score > most) [best, most] = [label, score];
  }
  return best;
}
