/**
 * A simulated patient: the heart as a moving dipole (x left, y down, z forward, in millivolt), the place of the electrodes, and the patient's intervals. All of
 * it follows from a seed.
 */
import type { Random } from "../../../base/random.ts";

export type Vector = readonly [x: number, y: number, z: number];

/** A Gaussian wave of the dipole. */
export interface Wave {
  /** Seconds from the middle of the QRS complex (of a P wave: from its own middle). */
  readonly at: number;
  /** Standard deviation, seconds. */
  readonly width: number;
  readonly vector: Vector;
}

export interface Patient {
  readonly age: number;
  readonly sex: "female" | "male";
  /** Directions in which the leads I, II, V1 to V6 look; the other limb leads follow from I and II. */
  readonly leads: readonly Vector[];
  readonly p: readonly Wave[];
  readonly qrs: readonly Wave[];
  /** Its time and width are for a second between beats and shrink with the root of a shorter interval. */
  readonly t: readonly Wave[];
  /** Two shapes of ventricular beats, each with its own T wave. */
  readonly ventricular: readonly (readonly Wave[])[];
  /** A beat from an electrode in the right ventricle, the stimulus first. */
  readonly paced: readonly Wave[];
  /** From the middle of the P wave to the middle of the QRS complex, seconds. */
  readonly pr: number;
}

export const simulatedLeads = ["I", "II", "V1", "V2", "V3", "V4", "V5", "V6"] as const;

const looks: readonly Vector[] = [
  [1, 0, 0],
  [0.5, 0.87, 0],
  [-0.45, 0.1, 0.85],
  [0.05, 0.05, 1.25],
  [0.5, 0.1, 1.1],
  [0.9, 0.2, 0.75],
  [1.05, 0.2, 0.3],
  [0.95, 0.2, -0.1],
];

export const between = (random: Random, low: number, high: number) => low + (high - low) * random.next();

/** Turned about the forward axis by `degrees` (the frontal axis), then made `size` times as large. */
function turned([x, y, z]: Vector, degrees: number, size: number): Vector {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [size * (cos * x - sin * y), size * (sin * x + cos * y), size * z];
}

export function simulatePatient(random: Random): Patient {
  const jitter = (size: number) => size * random.normal();
  const leads = looks.map((look, i) => look.map((part) => (i < 2 ? part : part + jitter(0.1))) as unknown as Vector);
  const axis = 20 * random.normal() - 5;
  const size = Math.exp(0.3 * random.normal());
  const wave = (at: number, width: number, vector: Vector, factor = 1): Wave => ({
    at,
    width,
    vector: turned(vector, axis + jitter(6), factor * size * Math.exp(jitter(0.15))),
  });
  const pSize = between(random, 0.7, 1.6);
  const pWidth = between(random, 0.016, 0.028);
  const p = [
    wave(-0.4 * pWidth, pWidth, [0.045, 0.08, 0.05], pSize),
    wave(0.7 * pWidth, pWidth, [0.06, 0.07, -0.04], pSize),
  ];
  const narrow = between(random, 0.85, 1.25);
  const block = random.next();
  const normal = [
    wave(-0.026 * narrow, 0.008 * narrow, [-0.3, -0.1, 0.5], between(random, 0.1, 0.6)),
    wave(0, 0.0105 * narrow, [0.85, 0.65, -0.35], between(random, 0.9, 1.7)),
    wave(0.027 * narrow, 0.009 * narrow, [-0.3, -0.35, -0.5], between(random, 0.1, 0.7)),
  ];
  // A bundle branch block makes a wide complex of a normal rhythm: width alone must not name a rhythm.
  const qrs =
    block < 0.07
      ? [...normal, wave(0.06, 0.02, [-0.55, 0.05, 0.6], between(random, 0.6, 1))]
      : block < 0.14
        ? [
            wave(-0.01, 0.018, [0.6, 0.4, -0.6], between(random, 0.8, 1.2)),
            wave(0.04, 0.022, [0.8, 0.2, -0.7], between(random, 0.8, 1.2)),
          ]
        : normal;
  const tSign = random.next() < 0.08 ? -1 : 1;
  const t = [
    wave(
      between(random, 0.27, 0.34),
      between(random, 0.038, 0.06),
      [0.25, 0.2, 0.12],
      tSign * between(random, 0.4, 1.5),
    ),
  ];
  const ectopic = (): Wave[] => {
    const right = random.next() < 0.5 ? 1 : -1;
    const [up, forward] = [between(random, -1, 1), -right * between(random, 0.3, 1)];
    const main: Vector = [right * between(random, 0.4, 1), up, forward];
    const tall = between(random, 0.8, 1.6);
    const wide = between(random, 0.9, 1.3);
    return [
      wave(-0.035 * wide, 0.02 * wide, main, 0.5 * tall),
      wave(0.015 * wide, 0.028 * wide, main, tall),
      wave(
        between(random, 0.24, 0.3),
        between(random, 0.05, 0.065),
        [-0.3 * main[0], -0.3 * main[1], -0.3 * main[2]],
        tall,
      ),
    ];
  };
  const ventricular = [ectopic(), ectopic()];
  const tall = between(random, 0.8, 1.4);
  const spike = between(random, 0.25, 1.4) * (random.next() < 0.5 ? 1 : -1);
  const paced = [
    { at: -0.085, width: 0.0035, vector: [0.4 * spike, 0.8 * spike, 0.4 * spike] as Vector },
    wave(-0.025, 0.022, [0.5, -0.5, -0.5], tall),
    wave(0.025, 0.026, [0.6, -0.8, -0.6], tall),
    wave(between(random, 0.25, 0.31), between(random, 0.05, 0.065), [-0.2, 0.3, 0.22], tall),
  ];
  return {
    age: 18 + random.below(73),
    sex: random.next() < 0.5 ? "female" : "male",
    leads,
    p,
    qrs,
    t,
    ventricular,
    paced,
    pr: between(random, 0.125, 0.185),
  };
}
