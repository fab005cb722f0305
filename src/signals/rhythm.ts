/**
 * Measures rate and regularity of a rhythm, with the beats they are computed from. Naming a rhythm would also need P
 * waves and the shape of the complexes, which are not measured here.
 */
import { agreement, findBeats, leadsToCompare } from "./beats.ts";
import type { Channel } from "./types.ts";

/** Rate and regularity of the beats of a recording. It is a measurement, not a rhythm diagnosis. */
export interface RhythmMeasure {
  /** Seconds of the recording. */
  readonly seconds: number;
  /** Times of the beats in seconds from the beginning. */
  readonly beats: readonly number[];
  /** Milliseconds between successive beats. */
  readonly intervals: readonly number[];
  /** Beats per minute: 60 over the mean interval. */
  readonly rate: number;
  /** Coefficient of variation of the intervals. */
  readonly variation: number;
  /** Root mean square of the differences of successive intervals, milliseconds. */
  readonly rmssd: number;
  readonly regularity: Regularity;
  /** Reasons to doubt the beats. */
  readonly cautions: readonly string[];
}

/** Regularity of the RR intervals; the limits are `regularityLimits`. */
export type Regularity = "regular" | "slightly irregular" | "irregular";

/**
 * Limits of `variation`: regular below the first, irregular above the second. Conventions of this package, for RR
 * intervals of about ten seconds.
 */
export const regularityLimits = [0.05, 0.1] as const;
/** Minimum number of intervals for a statement about regularity. */
const minIntervals = 4;
/** Beats per minute; outside this range beats were probably missed or counted twice. */
const plausibleRates = [25, 240] as const;
/** Minimum agreement of single leads with all leads; below it the beats are doubtful. */
const minAgreement = 0.9;

/** @returns the measure, or the reason why nothing can be measured. */
export function measureRhythm(recording: {
  readonly channels: readonly Channel[];
  readonly rate: number;
  readonly length: number;
}): RhythmMeasure | string {
  const { channels, rate, length } = recording;
  const seconds = length / rate;
  if (!channels.some(({ unit }) => unit === "mV")) return "no channel has the unit mV";
  const beats = findBeats(recording);
  if (beats.length <= minIntervals)
    return `${beats.length} beats were found in ${seconds.toFixed(1)} s, too few to measure the rhythm`;
  const intervals = beats.slice(1).map((time, i) => 1000 * (time - beats[i]));
  const mean = intervals.reduce((sum, value) => sum + value, 0) / intervals.length;
  const deviation = Math.sqrt(intervals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (intervals.length - 1));
  const steps = intervals.slice(1).map((value, i) => value - intervals[i]);
  const variation = deviation / mean;
  const perMinute = 60_000 / mean;
  if (perMinute < plausibleRates[0] || perMinute > plausibleRates[1])
    return `the detected rate of ${perMinute.toFixed(0)} beats per minute is implausible: noise was probably detected as beats, or beats were missed`;
  const cautions = leadsToCompare(channels).flatMap((lead) => {
    const share = agreement(beats, findBeats({ channels: [lead], rate }));
    return share >= minAgreement
      ? []
      : [
          `${(100 * share).toFixed(0)} % of the beats detected in lead ${lead.name} alone and in all leads agree: count the beats on the tracing.`,
        ];
  });
  return {
    seconds,
    beats,
    intervals,
    rate: perMinute,
    variation,
    rmssd: Math.sqrt(steps.reduce((sum, value) => sum + value ** 2, 0) / steps.length),
    regularity:
      variation <= regularityLimits[0]
        ? "regular"
        : variation <= regularityLimits[1]
          ? "slightly irregular"
          : "irregular",
    cautions,
  };
}
