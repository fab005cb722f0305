/**
 * A generated cohort whose genetics are known, for the question of Med-Gemini-Polygenic (Yang et al., arXiv 2405.03162): does an image encoder that sees
 * all polygenic scores at once predict outcomes better than a linear model of the same scores? It can where scores interact, and cannot where they add up.
 *
 * Variants are independent; each trait has its own causal variants, so that a trait's genetic value is independent of the others'. Association tests on a discovery
 * sample give the weights of each trait's three scores (all variants, |z| > 2, |z| > 3.5), and these scores are all that the models see. Outcomes have
 * hazards that depend on the genetic values themselves.
 */
import { Random } from "../../base/random.ts";
import { seedOf } from "../../learn/data/order.ts";

/** Association thresholds of the three scores per trait: red, green, blue. */
export const scoreThresholds = [0, 2, 3.5];

/** `train` and `heldOut` outcomes; how each depends on genetic values is in `liabilities`. */
export const outcomeNames = ["first", "second", "correlated", "unrelated"] as const;
export type OutcomeName = (typeof outcomeNames)[number];
/** Trained; the other two are only tested: one shares `sharedWithFirst` of its liability with the first outcome, one nothing. */
export const trainedOutcomes: readonly OutcomeName[] = ["first", "second"];
/** Genetic correlation of the liabilities of `first` and `correlated`. */
export const geneticCorrelation = 0.7;

export interface CohortOptions {
  readonly seed: number;
  /** Log hazard per unit of each product of two genetic values; 0 is the null cohort, in which effects add up. */
  readonly epistasis: number;
  readonly people: Readonly<Record<CohortPart, number>>;
  readonly variants: number;
  readonly traits: number;
  /** Causal variants of each trait; `traits` times as many are needed. */
  readonly causal: number;
  /** Share of a trait's variance that is genetic. */
  readonly heritability: number;
  /** Years of follow-up: later events are censored. */
  readonly followUp: number;
  /** Median share of people with the event at the mean liability, during the follow-up. */
  readonly incidence: number;
}

export const cohortParts = ["discovery", "train", "valid", "test"] as const;
export type CohortPart = (typeof cohortParts)[number];

export interface Outcome {
  /** Years to the event, or to the end of the follow-up. */
  readonly times: Float64Array;
  readonly events: boolean[];
}

export interface CohortPeople {
  /** One person's scores, `[traits * 3]`: index `trait * 3 + threshold`. */
  readonly scores: readonly Float64Array[];
  readonly outcomes: Readonly<Record<OutcomeName, Outcome>>;
}

export interface Cohort {
  readonly options: CohortOptions;
  readonly parts: Readonly<Record<Exclude<CohortPart, "discovery">, CohortPeople>>;
}

export const cohortDefaults: Omit<CohortOptions, "seed" | "epistasis"> = {
  people: { discovery: 4000, train: 20_000, valid: 3000, test: 4000 },
  variants: 600,
  traits: 16,
  causal: 30,
  heritability: 0.5,
  followUp: 10,
  incidence: 0.25,
};

interface Genetics {
  readonly frequencies: Float64Array;
  /** Per trait: causal variants and their effects; the genetic value has variance 1. */
  readonly causal: readonly { readonly variant: number; readonly effect: number }[][];
}

/** The cohort of a seed; the same seed gives the same people with and without epistasis, except for their outcomes. */
export function generateCohort(options: CohortOptions): Cohort {
  if (options.traits < 14 || options.traits * options.causal > options.variants)
    throw new RangeError("a cohort needs at least 14 traits, and causal variants of their own for each");
  const genetics = drawGenetics(options);
  const discovery = genotypesOf("discovery", options, genetics);
  const weights = associate(discovery, options, genetics);
  const part = (name: Exclude<CohortPart, "discovery">): CohortPeople => {
    const genotypes = genotypesOf(name, options, genetics);
    return { scores: scoresOf(genotypes, options, weights), outcomes: outcomesOf(name, genotypes, options, genetics) };
  };
  return { options, parts: { train: part("train"), valid: part("valid"), test: part("test") } };
}

const streamOf = (seed: number, ...name: readonly string[]) =>
  new Random(seedOf(seed, ...new TextEncoder().encode(name.join("/"))));

function drawGenetics({ seed, variants, traits, causal }: CohortOptions): Genetics {
  const random = streamOf(seed, "genetics");
  const frequencies = Float64Array.from({ length: variants }, () => 0.05 + 0.45 * random.next());
  const order = random.shuffle(Array.from({ length: variants }, (_, i) => i));
  const groups = Array.from({ length: traits }, (_, trait) => {
    const own = order.slice(trait * causal, (trait + 1) * causal);
    const effects = own.map(() => random.normal());
    const size = Math.sqrt(
      own.reduce((sum, v, i) => sum + effects[i] ** 2 * 2 * frequencies[v] * (1 - frequencies[v]), 0),
    );
    return own.map((variant, i) => ({ variant, effect: effects[i] / size }));
  });
  return { frequencies, causal: groups };
}

/** `[people, variants]` copies of the effect allele, 0 to 2, in Hardy-Weinberg proportions. */
function genotypesOf(part: CohortPart, { seed, people, variants }: CohortOptions, { frequencies }: Genetics) {
  const random = streamOf(seed, "genotypes", part);
  const copies = new Uint8Array(people[part] * variants);
  for (let i = 0; i < copies.length; i++) {
    const frequency = frequencies[i % variants];
    copies[i] = (random.next() < frequency ? 1 : 0) + (random.next() < frequency ? 1 : 0);
  }
  return copies;
}

/** `[people]` genetic values of one trait: mean 0 and variance 1 in the population. */
function geneticValues(copies: Uint8Array, variants: number, genetics: Genetics, trait: number): Float64Array {
  const values = new Float64Array(copies.length / variants);
  for (const { variant, effect } of genetics.causal[trait])
    for (let person = 0; person < values.length; person++)
      values[person] += effect * (copies[person * variants + variant] - 2 * genetics.frequencies[variant]);
  return values;
}

/** Per trait and threshold, `[variants]` weights: marginal regression slopes in the discovery sample, 0 below the threshold. */
function associate(copies: Uint8Array, options: CohortOptions, genetics: Genetics): Float64Array[][] {
  const { seed, variants, traits, heritability, people } = options;
  const n = people.discovery;
  const random = streamOf(seed, "phenotypes");
  const sums = new Float64Array(variants);
  const squares = new Float64Array(variants);
  for (let i = 0; i < copies.length; i++) {
    sums[i % variants] += copies[i];
    squares[i % variants] += copies[i] ** 2;
  }
  return Array.from({ length: traits }, (_, trait) => {
    const genetic = geneticValues(copies, variants, genetics, trait);
    const phenotype = genetic.map(
      (value) => Math.sqrt(heritability) * value + Math.sqrt(1 - heritability) * random.normal(),
    );
    const mean = phenotype.reduce((sum, y) => sum + y, 0) / n;
    const spread = phenotype.reduce((sum, y) => sum + (y - mean) ** 2, 0);
    const products = new Float64Array(variants);
    for (let person = 0; person < n; person++)
      for (let v = 0; v < variants; v++) products[v] += (phenotype[person] - mean) * copies[person * variants + v];
    const slopes = products.map((product, v) => product / (squares[v] - sums[v] ** 2 / n));
    const z = slopes.map((slope, v) => {
      const variance = squares[v] - sums[v] ** 2 / n;
      return slope / Math.sqrt((spread - slope ** 2 * variance) / (n - 2) / variance);
    });
    return scoreThresholds.map((threshold) => slopes.map((slope, v) => (Math.abs(z[v]) > threshold ? slope : 0)));
  });
}

function scoresOf(copies: Uint8Array, { variants, traits }: CohortOptions, weights: Float64Array[][]) {
  const used = weights.flat().map((row) => {
    const at = [...row.keys()].filter((v) => row[v] !== 0);
    return { at: Int32Array.from(at), weight: Float64Array.from(at, (v) => row[v]) };
  });
  return Array.from({ length: copies.length / variants }, (_, person) => {
    const scores = new Float64Array(traits * scoreThresholds.length);
    for (let i = 0; i < used.length; i++) {
      const { at, weight } = used[i];
      let sum = 0;
      for (let k = 0; k < at.length; k++) sum += weight[k] * copies[person * variants + at[k]];
      scores[i] = sum;
    }
    return scores;
  });
}

/** The log hazard of every outcome from a person's genetic values. */
export function liabilities(g: (trait: number) => number, epistasis: number): Record<OutcomeName, number> {
  const first = 0.6 * g(0) + 0.4 * g(1) + epistasis * (g(2) * g(3) - g(4) * g(5));
  const second = 0.6 * g(6) + 0.4 * g(7) + epistasis * (g(8) * g(9) - g(10) * g(11));
  // Variances of independent genetic values of variance 1, and of their products, add up.
  const size = Math.sqrt(0.6 ** 2 + 0.4 ** 2 + 2 * epistasis ** 2);
  const own = Math.sqrt(1 - geneticCorrelation ** 2) * size * g(12);
  return { first, second, correlated: geneticCorrelation * first + own, unrelated: size * g(13) };
}

/** Exponential times to the event with these log hazards, censored at the end of the follow-up. */
function outcomesOf(part: CohortPart, copies: Uint8Array, options: CohortOptions, genetics: Genetics) {
  const { seed, variants, traits, epistasis, followUp, incidence } = options;
  const random = streamOf(seed, "outcomes", part);
  const values = Array.from({ length: traits }, (_, trait) => geneticValues(copies, variants, genetics, trait));
  const n = copies.length / variants;
  const baseline = -Math.log(1 - incidence) / followUp;
  const outcomes = Object.fromEntries(
    outcomeNames.map((name) => [name, { times: new Float64Array(n), events: new Array<boolean>(n) }]),
  ) as unknown as Record<OutcomeName, Outcome>;
  for (let person = 0; person < n; person++) {
    const liability = liabilities((trait) => values[trait][person], epistasis);
    for (const name of outcomeNames) {
      const time = -Math.log(1 - random.next()) / (baseline * Math.exp(liability[name]));
      outcomes[name].events[person] = time <= followUp;
      outcomes[name].times[person] = Math.min(time, followUp);
    }
  }
  return outcomes;
}
