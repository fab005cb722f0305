/** Patients, and the exact probabilities given evidence. */
import type { Random } from "../../../base/random.ts";
import { type Age, ages, pastimes, places, signs } from "./names.ts";
import type { Disease } from "./world.ts";

export interface Patient {
  readonly disease: Disease;
  readonly age: Age;
  readonly place: string;
  readonly pastime: string;
  /** Indices of the present signs in the order they are told; all others are absent. */
  readonly signs: readonly number[];
}

/**
 * A patient with this disease: every sign is present with its own probability. Resampled if there are none, or more
 * than `most`.
 */
export function drawPatient(random: Random, disease: Disease, most = 7): Patient {
  const age = ages[random.below(ages.length)];
  const place = places[random.below(places.length)];
  const pastime = pastimes[random.below(pastimes.length)];
  for (;;) {
    const present = disease.shows.flatMap((rate, i) => (random.next() < rate ? [i] : []));
    if (present.length >= 2 && present.length <= most)
      return { disease, age, place, pastime, signs: random.shuffle(present) };
  }
}

export function drawDisease(random: Random, among: readonly Disease[]): Disease {
  let left = random.next() * among.reduce((sum, { weight }) => sum + weight, 0);
  return among.find(({ weight }) => (left -= weight) < 0) ?? among[among.length - 1];
}

/** Known signs: present or absent. A sign in neither list has not been asked about. */
export interface Evidence {
  readonly present: readonly number[];
  readonly absent: readonly number[];
}

/** The evidence of a patient who tells everything: signs not told are absent. */
export function evidenceOf({ signs: present }: Pick<Patient, "signs">): Evidence {
  return { present, absent: signs.flatMap((_, i) => (present.includes(i) ? [] : [i])) };
}

/** Probability of each disease given the evidence, by Bayes' theorem over `among`; sums to 1. */
export function posterior(among: readonly Disease[], { present, absent }: Evidence): number[] {
  const logs = among.map(
    ({ weight, shows }) =>
      Math.log(weight) +
      present.reduce((sum, i) => sum + Math.log(shows[i]), 0) +
      absent.reduce((sum, i) => sum + Math.log(1 - shows[i]), 0),
  );
  const top = Math.max(...logs);
  const shares = logs.map((log) => Math.exp(log - top));
  const total = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => share / total);
}

/** Diseases by probability, most likely first. */
export function ranked(among: readonly Disease[], evidence: Evidence): Disease[] {
  const p = posterior(among, evidence);
  return among
    .map((_, i) => i)
    .sort((a, b) => p[b] - p[a] || a - b)
    .map((i) => among[i]);
}

const entropy = (p: readonly number[]) => p.reduce((sum, x) => (x > 0 ? sum - x * Math.log(x) : sum), 0);

/** Expected information gain about the disease, in nats, from asking about sign `i`. */
export function informationGain(among: readonly Disease[], evidence: Evidence, i: number): number {
  const p = posterior(among, evidence);
  const yes = among.reduce((sum, { shows }, d) => sum + p[d] * shows[i], 0);
  const after = (there: boolean) =>
    entropy(among.map(({ shows }, d) => (p[d] * (there ? shows[i] : 1 - shows[i])) / (there ? yes : 1 - yes)));
  return entropy(p) - yes * after(true) - (1 - yes) * after(false);
}

/** The unknown sign with the largest information gain; undefined if all are known. */
export function mostInformative(among: readonly Disease[], evidence: Evidence): number | undefined {
  const open = signs.flatMap((_, i) => (evidence.present.includes(i) || evidence.absent.includes(i) ? [] : [i]));
  let best: { i: number; gain: number } | undefined;
  for (const i of open) {
    const gain = informationGain(among, evidence, i);
    if (best === undefined || gain > best.gain) best = { i, gain };
  }
  return best?.i;
}
