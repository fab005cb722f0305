/**
 * The clinic's world: how often each disease shows each sign, its treatment and its frequency. One fixed world, made
 * from one seed.
 */
import { Random } from "../../../base/random.ts";
import { firstParts, lastParts, signs, tests, treatments } from "./names.ts";

export interface Disease {
  readonly name: string;
  /** Relative frequency among the clinic's patients. */
  readonly weight: number;
  /** Probability of each sign, by its index in `signs`, 0 to 1. */
  readonly shows: readonly number[];
  /** Signs that are common in it (probability above a half), by index. */
  readonly typical: readonly number[];
  readonly treatment: string;
  /** Replaces `treatment` for a child. */
  readonly childTreatment: string;
  readonly test: string;
  /** Must be referred on the same day. */
  readonly urgent: boolean;
}

/** Probability of a sign that is not typical of a disease. */
export const background = 0.04;
const typicalCount = 6;
const typicalRates = [0.9, 0.8, 0.8, 0.7, 0.6, 0.6];
export const knownCount = 40;
export const heldOutCount = 20;
const worldSeed = 20261128;

function drawDisease(random: Random, name: string): Disease {
  const order = random.shuffle(signs.map((_, i) => i)).slice(0, typicalCount);
  const rates = random.shuffle([...typicalRates]);
  const shows = signs.map((_, i) => (order.includes(i) ? rates[order.indexOf(i)] : background));
  const [treatment, childTreatment] = random.shuffle([...treatments]);
  return {
    name,
    weight: 1 + 2 * random.next(),
    shows,
    typical: [...order].sort((a, b) => a - b),
    treatment,
    childTreatment,
    test: tests[random.below(tests.length)],
    urgent: random.next() < 0.5,
  };
}

const drawn = new Random(worldSeed)
  .shuffle([...firstParts])
  .slice(0, knownCount + heldOutCount)
  .map((first, i) => {
    const random = new Random(worldSeed + 1 + i);
    return drawDisease(random, `${first}${lastParts[random.below(lastParts.length)]}`);
  });

/** Diseases in the model's training data. */
export const knownDiseases: readonly Disease[] = drawn.slice(0, knownCount);
/** Diseases in the clinic's books that occur in no training text. */
export const heldOutDiseases: readonly Disease[] = drawn.slice(knownCount);
const reserved = new Set(heldOutDiseases.map(({ name }) => name));

/** Diseases that exist in one training example only: they can be known only from what that example states. */
export function passingDiseases(random: Random, count: number): Disease[] {
  const out: Disease[] = [];
  while (out.length < count) {
    const first = firstParts[random.below(firstParts.length)];
    const name = `${first}${lastParts[random.below(lastParts.length)]}`;
    if (reserved.has(name) || out.some((disease) => disease.name.startsWith(first))) continue;
    out.push(drawDisease(random, name));
  }
  return out;
}
