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

/** One value of the hidden layer for each of the three positions of the convolution. */
const reach = 3 * hidden;

/**
 * The convolution is linear, so what a word or a position adds to the hidden layer does not depend on the sentence: it is multiplied out once, and a
 * sentence is then only additions.
 */
interface Network {
  rows: ReadonlyMap<string, number>;
  /** [words, width] */
  vectors: Int8Array;
  /** [3, input, hidden] */
  convolution: Float32Array;
  /** [2 hidden, labels] */
  output: Float32Array;
  /** [reach] of each word met so far, and of an unknown word. */
  words: Map<string, Float32Array>;
  unknown: Float32Array;
  /** [reach] of each position vector of each kind. */
  places: Float32Array[][];
}

let opened: Network | undefined;

function network(): Network {
  if (opened !== undefined) return opened;
  const convolution = floats(weights.convolution);
  return (opened = {
    rows: new Map(weights.words.split(" ").map((word, row) => [word, row])),
    vectors: new Int8Array(bytesOf(weights.vectors)),
    convolution,
    output: floats(weights.output),
    words: new Map(),
    unknown: projected(convolution, weights.unknown, 0),
    places: weights.places.map((vectors) =>
      Array.from({ length: vectors.length / place }, (_, index) =>
        projected(convolution, vectors.slice(index * place, (index + 1) * place), width),
      ),
    ),
  });
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer;
const floats = ({ scale, values }: { scale: number; values: string }) =>
  Float32Array.from(new Int16Array(bytesOf(values)), (value) => value * scale);

/** What a vector adds to the hidden layer, as the token before, at and after each position: [3, hidden]; `offset` is its place in the input. */
function projected(convolution: Float32Array, vector: ArrayLike<number>, offset: number): Float32Array {
  const sum = new Float32Array(reach);
  for (let position = 0; position < 3; position++)
    for (let j = 0; j < vector.length; j++) {
      const row = (position * input + offset + j) * hidden;
      for (let k = 0; k < hidden; k++) sum[position * hidden + k] += vector[j] * convolution[row + k];
    }
  return sum;
}

function projectedWord(word: string): Float32Array {
  const { rows, vectors, convolution, words, unknown } = network();
  const known = words.get(word);
  if (known !== undefined) return known;
  const row = rows.get(word);
  if (row === undefined) return unknown;
  const vector = Float32Array.from(vectors.subarray(row * width, (row + 1) * width), (each) => each * weights.scale);
  const sum = projected(convolution, vector, 0);
  words.set(word, sum);
  return sum;
}

/** Probability of each label of a mention. */
export function classify(sentence: string, from: number, to: number, heading?: string): Map<Assertion, number> {
  const { output, places: placed } = network();
  const tokens = contextOf(sentence, from, to, heading);
  const middle = tokens.findIndex(({ word }) => word === mentionToken);
  // [tokens, hidden]; token i is the first of the three around i + 1, the second of those around itself, the third of those around i - 1.
  const h = new Float32Array(tokens.length * hidden);
  for (let i = 0; i < tokens.length; i++) h.set(weights.bias, i * hidden);
  for (const [i, { word, places }] of tokens.entries())
    for (const sum of [projectedWord(word), ...places.map((index, kind) => placed[kind][index])])
      for (let position = 0; position < 3; position++) {
        const at = i + 1 - position;
        if (at < 0 || at >= tokens.length) continue;
        for (let k = 0; k < hidden; k++) h[at * hidden + k] += sum[position * hidden + k];
      }
  // The largest activation left of the mention, then right of it.
  const pooled = new Float32Array(2 * hidden);
  for (let i = 0; i < tokens.length; i++)
    for (let k = 0; k < hidden; k++) {
      const value = h[i * hidden + k];
      if (i <= middle && value > pooled[k]) pooled[k] = value;
      if (i >= middle && value > pooled[hidden + k]) pooled[hidden + k] = value;
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
const cueWeight = 3;

/** What states present use or an established diagnosis directly before a mention; where no other cue is found, the network is not asked. */
const stated =
  /(?:^\s*|[.;:,]\s*|\b(?:he|she|they|patient|pt|and|still|now|currently|also|again)\s+)(?:takes|uses|injects|is taking|is using|continues(?: on| to take| taking)?|(?:is|remains|stays) on|has been (?:on|taking|using)|(?:is|was) diagnosed with|suffers from|lives with)\s+(?:(?:a|an|the|his|her|some|daily|regular|oral|long-term|chronic)\s+){0,2}$/i;

/**
 * Labels a mention by cue words and network together: the network knows wordings that no list names, cue words are sure of those they name. A checkbox before
 * the mention decides alone.
 */
export function labelOf(sentence: string, from: number, to: number, heading?: string): Assertion {
  const cue = assertionOf(sentence, from, to, heading);
  if (/[[\u2610-\u2612]/.test(sentence.slice(0, from))) return cue;
  if (cue === "confirmed" && stated.test(sentence.slice(0, from))) return cue;
  let best: Assertion = cue;
  let most = Number.NEGATIVE_INFINITY;
  for (const [label, probability] of classify(sentence, from, to, heading)) {
    const score = Math.log(probability) + (label === cue && cue !== "confirmed" ? cueWeight : 0);
    if (score > most) [best, most] = [label, score];
  }
  return best;
}
