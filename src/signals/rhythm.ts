/**
 * What can be computed of a rhythm: the rate, and how regular the beats follow each other, with the beats it rests on. A rhythm's name also needs
 * P waves and the shape of the complexes, which nothing here measures.
 */
import { agreement, findBeats, witnesses } from "./beats.ts";
import type { Channel } from "./types.ts";

export interface RhythmMeasure {
  /** Seconds of the recording. */
  readonly seconds: number;
  /** Seconds from the beginning. */
  readonly beats: readonly number[];
  /** Milliseconds between neighbouring beats. */
  readonly intervals: readonly number[];
  /** Beats a minute: 60 over the mean interval. */
  readonly rate: number;
  /** Standard deviation of the intervals over their mean. */
  readonly variation: number;
  /** Root mean square of the differences of successive intervals, milliseconds. */
  readonly rmssd: number;
  readonly regularity: Regularity;
  /** Reasons to doubt the beats. */
  readonly cautions: readonly string[];
}

export type Regularity = "regular" | "slightly irregular" | "irregular";

/** Limits of `variation`: to the first regular, beyond the second irregular. Conventions of this package, on RR intervals of about ten seconds. */
export const regularityLimits = [0.05, 0.1] as const;
/** Fewer intervals say nothing of regularity. */
const fewestIntervals = 4;
/** Beats a minute beyond which beats were rather missed or counted twice. */
const plausible = [25, 240] as const;
/** Below this agreement of single leads with all of them beats are doubtful. */
const agreeing = 0.9;

/** @returns why nothing can be measured, where nothing can. */
export function measureRhythm(recording: {
  readonly channels: readonly Channel[];
  readonly rate: number;
  readonly length: number;
}): RhythmMeasure | string {
  const { channels, rate, length } = recording;
  const seconds = length / rate;
  if (!channels.some(({ unit }) => unit === "mV")) return "no channel is in millivolt";
  const beats = findBeats(recording);
  if (beats.length <= fewestIntervals)
    return `${beats.length} beats were found in ${seconds.toFixed(1)} s, too few to measure a rhythm`;
  const intervals = beats.slice(1).map((time, i) => 1000 * (time - beats[i]));
  const mean = intervals.reduce((sum, value) => sum + value, 0) / intervals.length;
  const deviation = Math.sqrt(intervals.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (intervals.length - 1));
  const steps = intervals.slice(1).map((value, i) => value - intervals[i]);
  const variation = deviation / mean;
  const perMinute = 60_000 / mean;
  if (perMinute < plausible[0] || perMinute > plausible[1])
    return `${perMinute.toFixed(0)} beats a minute were found, which rather are noise or missed beats`;
  const cautions = witnesses(channels).flatMap((lead) => {
    const share = agreement(beats, findBeats({ channels: [lead], rate }));
    return share >= agreeing
      ? []
      : [
          `Beats of lead ${lead.name} alone agree with those of all leads in ${(100 * share).toFixed(0)} %: count them on the tracing.`,
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
