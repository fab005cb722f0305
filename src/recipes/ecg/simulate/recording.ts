/** A simulated recording: the waves of a course, seen by the patient's leads, with noise. */
import { Random } from "../../../base/random.ts";
import { recording } from "../../../signals/checks.ts";
import { type Recording, standardLeads } from "../../../signals/index.ts";
import { between, type Patient, type Vector, type Wave } from "./patient.ts";
import type { Course } from "./rhythms.ts";

/** Largest sizes in millivolt; each recording draws its own below them. */
export interface Noise {
  readonly white: number;
  /** Slow movement of the baseline. */
  readonly wander: number;
  /** Mains, 50 or 60 Hz. */
  readonly hum: number;
  /** Muscle: bursts of fast noise. */
  readonly muscle: number;
}

export const trainingNoise: Noise = { white: 0.035, wander: 0.25, hum: 0.03, muscle: 0.06 };
/** Larger than any in training, for held-out patients only. */
export const otherNoise: Noise = { white: 0.06, wander: 0.6, hum: 0.08, muscle: 0.12 };

/** Leads I, II, V1 to V6 in millivolt, `[8, samples]`. */
export function simulatedSignal(
  patient: Patient,
  course: Course,
  { seconds, rate, noise, seed }: { seconds: number; rate: number; noise: Noise; seed: number },
): Float32Array[] {
  const random = new Random(~seed);
  const length = Math.round(seconds * rate);
  const dipole = [0, 1, 2].map(() => new Float32Array(length));
  const place = (time: number, { width, vector }: Wave, stretch = 1, factor = 1) => {
    const spread = width * stretch;
    const [from, to] = [Math.ceil((time - 4 * spread) * rate), Math.floor((time + 4 * spread) * rate)];
    for (let i = Math.max(0, from); i <= Math.min(length - 1, to); i++) {
      const height = factor * Math.exp(-((i / rate - time) ** 2) / (2 * spread ** 2));
      for (let axis = 0; axis < 3; axis++) dipole[axis][i] += height * vector[axis];
    }
  };
  for (const { time, retrograde } of course.atria)
    for (const wave of patient.p) place(time + wave.at, wave, 1, retrograde ? -1 : 1);
  for (const [i, { time, kind }] of course.beats.entries()) {
    const next = course.beats[i + 1]?.time ?? time + 0.8;
    const previous = course.beats[i - 1]?.time ?? time - 0.8;
    // QT follows the interval before the beat, and no T wave outlasts the next beat.
    const stretch = Math.sqrt(Math.min(1.15, Math.max(0.25, Math.min(time - previous, 1.4 * (next - time)))));
    const beatwise = 1 + 0.03 * random.normal();
    if (kind === "normal") {
      for (const wave of patient.qrs) place(time + wave.at, wave, 1, beatwise);
      for (const wave of patient.t) place(time + wave.at * stretch, wave, stretch, beatwise);
    } else {
      const shape = kind === "paced" ? patient.paced : patient.ventricular[kind === "escape" ? 1 : 0];
      const repolarisation = shape.length - 1;
      for (const [w, wave] of shape.entries())
        if (w < repolarisation) place(time + wave.at, wave, 1, beatwise);
        else place(time + wave.at * stretch, wave, stretch, beatwise);
    }
  }
  if (course.waves !== undefined) addWaves(dipole, course.waves, rate, random);
  return patient.leads.map((look) => {
    const out = new Float32Array(length);
    for (let i = 0; i < length; i++) out[i] = look[0] * dipole[0][i] + look[1] * dipole[1][i] + look[2] * dipole[2][i];
    addNoise(out, noise, rate, random);
    return out;
  });
}

function addWaves(
  dipole: readonly Float32Array[],
  { kind, perMinute }: NonNullable<Course["waves"]>,
  rate: number,
  random: Random,
): void {
  const length = dipole[0].length;
  const flutter = kind === "flutter";
  const size = flutter ? between(random, 0.1, 0.28) : between(random, 0.025, 0.1);
  const direction: Vector = flutter ? [0.15, -0.9, 0.45] : [0.3, 0.6, 0.7];
  let phase = random.next();
  let drift = 0;
  for (let i = 0; i < length; i++) {
    drift = 0.995 * drift + (flutter ? 0 : 0.02 * random.normal());
    phase += ((perMinute / 60) * (1 + Math.max(-0.4, Math.min(0.4, drift)))) / rate;
    const part = phase % 1;
    // Flutter: a slow slope and a quick return, as a saw; fibrillation: rounder, with a second harmonic.
    const value = flutter
      ? (part < 0.7 ? part / 0.7 : (1 - part) / 0.3) - 0.5
      : 0.7 * Math.sin(2 * Math.PI * phase) + 0.3 * Math.sin(3.7 * Math.PI * phase + 1);
    const strength = size * (flutter ? 1 : 1 + 2 * Math.max(-0.4, Math.min(0.4, drift)));
    for (let axis = 0; axis < 3; axis++) dipole[axis][i] += strength * value * direction[axis];
  }
}

/** Normal deviates, computed once: every lead reads them from another place and with another stride. */
const deviates = (() => {
  const random = new Random(1);
  return Float32Array.from({ length: 65_536 }, () => random.normal());
})();

function addNoise(out: Float32Array, noise: Noise, rate: number, random: Random): void {
  const white = noise.white * random.next() ** 2;
  const hum = random.next() < 0.4 ? noise.hum * random.next() : 0;
  const [mains, humPhase] = [random.next() < 0.5 ? 50 : 60, 6.28 * random.next()];
  const wander = [0, 1].map(() => ({
    size: noise.wander * random.next() ** 2,
    hertz: between(random, 0.05, 0.45),
    phase: 6.28 * random.next(),
  }));
  const burst = random.next() < 0.2 ? noise.muscle * random.next() : 0;
  const [from, to] = [random.next(), random.next()].sort((a, b) => a - b).map((part) => part * out.length);
  const [place, stride] = [random.below(deviates.length), 1 + 2 * random.below(500)];
  for (let i = 0; i < out.length; i++) {
    const t = i / rate;
    let value = (white + (burst > 0 && i >= from && i < to ? burst : 0)) * deviates[(place + i * stride) & 0xffff];
    if (hum > 0) value += hum * Math.sin(2 * Math.PI * mains * t + humPhase);
    for (const { size, hertz, phase } of wander) value += size * Math.sin(2 * Math.PI * hertz * t + phase);
    out[i] += value;
  }
}

/** The eight simulated leads and the four that follow from I and II by Einthoven's and Goldberger's laws. */
export function asRecording(leads: readonly Float32Array[], rate: number, where: string): Recording {
  const [one, two] = leads;
  const combine = (a: number, b: number) => Float32Array.from(one, (value, i) => a * value + b * two[i]);
  const limb = [one, two, combine(-1, 1), combine(-0.5, -0.5), combine(1, -0.5), combine(-0.5, 1)];
  const channels = [...limb, ...leads.slice(2)].map((samples, i) => ({
    name: standardLeads[i] as string,
    unit: "mV",
    samples,
  }));
  return recording(channels, rate, where);
}
