/**
 * Signs of exchanged limb electrodes, measured on the average beat: the sign of QRS and P in the limb leads beside V6, which exchanged limb electrodes hardly change
 * (after Kligfield et al. 2007, and Batchvarov et al. 2007); without P waves, a caution that QRS alone does not decide. An exchange of left arm and left leg has no such sign and is not found.
 */
import { findBeats } from "./beats.ts";
import { filtered } from "./filter.ts";
import { precedingLimits, precedingWaves } from "./p-waves.ts";
import type { Channel } from "./types.ts";

/** Seconds of the recording that are measured: enough beats for an average. */
const measuredSeconds = 20;
/** Seconds from the steepest point of the QRS complex. */
const qrs = [-0.06, 0.06] as const;
const p = [-0.22, -0.09] as const;
const before = [-0.32, -0.24] as const;
/** Millivolt: what is smaller has no sign. */
const [smallestQrs, smallestP] = [0.15, 0.04];
/** A lead between right arm and right leg electrode shows almost nothing; as a fraction of the deviation of lead I. */
const isoelectric = 0.06;

interface Signs {
  /** -1, 0 or 1. */
  readonly qrs: number;
  readonly p: number;
}

/** Cautions for the pairs of electrodes that seem to be exchanged; none without the leads I, II, aVR and V6 (or V5), or without three beats. */
export function limbLeadCautions(channels: readonly Channel[], rate: number): string[] {
  const named = (name: string) => channels.find((channel) => channel.name === name && channel.unit === "mV");
  const leads = [named("I"), named("II"), named("aVR"), named("V6") ?? named("V5")];
  if (leads.some((lead) => lead === undefined)) return [];
  const length = Math.round(measuredSeconds * rate);
  const shown = (leads as Channel[]).map((lead) =>
    filtered({ ...lead, samples: lead.samples.subarray(0, length) }, rate, { high: 0.5, low: 40 }),
  );
  const [one, two] = shown.map(({ samples }) => deviation(samples));
  if (one > 0.05 && two < isoelectric * one)
    return [
      "Lead II is almost flat and lead I is not: the electrodes of the right arm and the right leg may be swapped.",
    ];
  const beats = findBeats({ channels: shown, rate });
  if (beats.length < 3) return [];
  const [first, second, right, left] = shown.map(({ samples }) => signsOf(samples, beats, rate));
  if (left.qrs <= 0) return [];
  // First, because an exchange of right arm and left leg often turns lead I as well.
  if (second.qrs < 0 && second.p < 0 && right.qrs > 0)
    return [
      `Lead II is negative (QRS and P) while aVR and ${leads[3]!.name} are positive: the electrodes of the right arm and the left leg may be swapped.`,
    ];
  if (first.qrs >= 0) return [];
  const negative = `Lead I is negative (QRS${first.p < 0 ? " and P" : ""}) while ${leads[3]!.name} is positive`;
  // Without P waves, as in atrial fibrillation, the sign before the complexes means nothing, and QRS alone does not tell an exchange from an axis.
  const before = precedingWaves({ channels: shown, rate }, beats);
  if (before === undefined || before.share < precedingLimits[0])
    return [
      `${negative}${right.qrs >= 0 ? " and aVR is not negative" : ""}: the arm electrodes may be swapped, or the axis is to the right; this could not be decided, because no P waves were found.`,
    ];
  // A negative QRS with an upright P wave is an axis, not an exchange: P and QRS turn together.
  if (first.p <= 0 && right.qrs >= 0)
    return [`${negative} and aVR is not negative: the arm electrodes may be swapped.`];
  return [];
}

/** Signs of the largest deflections of the average beat, each against the level before it. */
function signsOf(samples: Float32Array, beats: readonly number[], rate: number): Signs {
  const level = (time: number, [from, to]: readonly [number, number], pick: (values: number[]) => number) => {
    const values: number[] = [];
    for (let i = Math.ceil((time + from) * rate); i <= (time + to) * rate; i++)
      if (i >= 0 && i < samples.length && !Number.isNaN(samples[i])) values.push(samples[i]);
    return values.length === 0 ? Number.NaN : pick(values);
  };
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const peak = (values: number[]) =>
    values.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
  const each = (window: readonly [number, number]) => {
    const found = beats.flatMap((time) => {
      const base = level(time, before, mean);
      const value = level(time, window, (values) => peak(values.map((sample) => sample - base)));
      return Number.isNaN(value) ? [] : [value];
    });
    // The median: single ectopic beats do not count.
    return found.sort((a, b) => a - b)[found.length >> 1] ?? 0;
  };
  const sign = (value: number, smallest: number) => (Math.abs(value) < smallest ? 0 : Math.sign(value));
  return { qrs: sign(each(qrs), smallestQrs), p: sign(each(p), smallestP) };
}

function deviation(samples: Float32Array): number {
  let [sum, squares, count] = [0, 0, 0];
  for (const value of samples)
    if (!Number.isNaN(value)) {
      sum += value;
      squares += value ** 2;
      count++;
    }
  return count === 0 ? 0 : Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
