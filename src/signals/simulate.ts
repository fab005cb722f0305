/** Simulated 12-lead ECGs: beats as sums of Gaussian waves (after McSharry et al. 2003) along a heart axis, with noise. For tests and training. */
import { Random } from "../base/random.ts";
import { recording } from "./checks.ts";
import { type Recording, standardLeads } from "./types.ts";

/** Rhythms that can be simulated. */
export const rhythms = ["sinus", "bradycardia", "tachycardia", "atrial-fibrillation"] as const;
/** A simulated rhythm; see `rhythms`. */
export type Rhythm = (typeof rhythms)[number];

/** Centre and width as fractions of the RR interval, height in mV along the wave's own direction. */
const waves = [
  { name: "P", at: -0.16, width: 0.025, height: 0.15 },
  { name: "Q", at: -0.03, width: 0.01, height: -0.12 },
  { name: "R", at: 0, width: 0.012, height: 1.1 },
  { name: "S", at: 0.03, width: 0.011, height: -0.22 },
  { name: "T", at: 0.28, width: 0.05, height: 0.28 },
];
/** Directions of the precordial leads to the R wave: rS in V1 to qR in V6. */
const precordial = [-0.5, -0.2, 0.4, 0.9, 1, 0.8];

/** Rhythm, length (default 10 s), sampling rate (default 500 Hz) and seed of a simulated ECG. */
export interface EcgOptions {
  rhythm: Rhythm;
  seconds?: number;
  rate?: number;
  seed: number;
}

/** Leads I and II are simulated; the other limb leads follow by Einthoven's and Goldberger's laws. Reproducible from its seed. */
export function simulateEcg({ rhythm, seconds = 10, rate = 500, seed }: EcgOptions): Recording {
  const random = new Random(seed);
  const perMinute = {
    sinus: 62 + 34 * random.next(),
    bradycardia: 36 + 16 * random.next(),
    tachycardia: 108 + 40 * random.next(),
    "atrial-fibrillation": 75 + 55 * random.next(),
  }[rhythm];
  const irregular = rhythm === "atrial-fibrillation";
  const beats: number[] = [-60 / perMinute];
  while (beats[beats.length - 1] < seconds + 2)
    beats.push(
      beats[beats.length - 1] + (60 / perMinute) * Math.max(0.45, 1 + (irregular ? 0.22 : 0.02) * random.normal()),
    );
  const axis = ((20 + 50 * random.next()) * Math.PI) / 180;
  const length = Math.round(seconds * rate);
  const make = (direction: (wave: string) => number) => {
    const out = new Float32Array(length);
    beats.forEach((beat, b) => {
      // QT shortens with the heart rate, QRS hardly: the widths of Q, R and S are those at 75 beats per minute.
      const cycle = Math.min(1.1, (beats[b + 1] ?? beat + 60 / perMinute) - beat);
      for (const { name, at, width, height } of waves) {
        if (name === "P" && irregular) continue;
        const stretch = name === "T" ? Math.sqrt(cycle / 0.8) * 0.8 : 0.8;
        const centre = beat + at * stretch;
        const spread = width * stretch;
        for (
          let i = Math.max(0, Math.floor((centre - 4 * spread) * rate));
          i < Math.min(length, (centre + 4 * spread) * rate);
          i++
        )
          out[i] += height * direction(name) * Math.exp(-((i / rate - centre) ** 2) / (2 * spread ** 2));
      }
    });
    const [wander, phase] = [0.04 * random.next(), 6 * random.next()];
    for (let i = 0; i < length; i++) {
      out[i] += 0.012 * random.normal() + wander * Math.sin(1.6 * (i / rate) + phase);
      if (irregular) out[i] += 0.035 * direction("P") * Math.sin(2 * Math.PI * 6.3 * (i / rate) + Math.sin(i / rate));
    }
    return out;
  };
  const one = make(() => Math.cos(axis));
  const two = make(() => Math.cos(axis - Math.PI / 3));
  const combine = (a: number, b: number) => Float32Array.from(one, (value, i) => a * value + b * two[i]);
  const limb = [one, two, combine(-1, 1), combine(-0.5, -0.5), combine(1, -0.5), combine(-0.5, 1)];
  const chest = precordial.map((share) =>
    make((wave) =>
      wave === "R" || wave === "Q" ? share : wave === "S" ? 2.5 - 2.2 * Math.abs(share) : 0.6 + 0.3 * share,
    ),
  );
  const channels = [...limb, ...chest].map((samples, i) => ({ name: standardLeads[i] as string, unit: "mV", samples }));
  return recording(channels, rate, `simulated ${rhythm}, seed ${seed}`);
}
