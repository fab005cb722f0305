/**
 * Rhythms as the times at which atria and ventricles are excited. Rates and intervals leave gaps between the classes (no PR interval of 0.20 s, no sinus rate of
 * 60 per minute), where the name would be a matter of convention.
 */
import type { Random } from "../../../base/random.ts";
import { between } from "./patient.ts";

export const rhythmNames = [
  "sinus rhythm",
  "sinus bradycardia",
  "sinus tachycardia",
  "atrial fibrillation",
  "atrial flutter",
  "supraventricular tachycardia",
  "junctional rhythm",
  "first-degree AV block",
  "second-degree AV block, Mobitz I",
  "second-degree AV block, Mobitz II",
  "third-degree AV block",
  "sinus rhythm with premature ventricular beats",
  "ventricular bigeminy",
  "ventricular pacing",
  "ventricular tachycardia",
] as const;
export type RhythmName = (typeof rhythmNames)[number];

/** What may happen once in a long recording of sinus rhythm. */
export const eventNames = ["premature ventricular beat", "pause", "run of ventricular tachycardia"] as const;
export type EventName = (typeof eventNames)[number];

export interface Beat {
  /** Middle of the QRS complex, seconds. */
  readonly time: number;
  readonly kind: "normal" | "ventricular" | "escape" | "paced";
}

export interface Atrium {
  /** Middle of the P wave, seconds. */
  readonly time: number;
  /** From below: inverted. */
  readonly retrograde?: boolean;
}

export interface Course {
  readonly beats: readonly Beat[];
  readonly atria: readonly Atrium[];
  /** Continuous atrial activity instead of P waves. */
  readonly waves?: { readonly kind: "fibrillation" | "flutter"; readonly perMinute: number };
}

/** Before the first and after the last sample, so that the ends of a recording look as its middle. */
const margin = 3;

/** @param pr of the patient, seconds from P to QRS. */
export function courseOf(name: RhythmName, seconds: number, pr: number, random: Random): Course {
  const end = seconds + margin;
  const start = -margin * random.next() - 0.5;
  /** Sinus arrhythmia follows the breath. */
  const sinus = (perMinute: number, spread = between(random, 0.005, 0.04)): number[] => {
    const times: number[] = [];
    const [breath, phase] = [between(random, 0.15, 0.35), 6.28 * random.next()];
    for (let t = start; t < end; ) {
      times.push(t);
      const change = spread * Math.sin(2 * Math.PI * breath * t + phase) + 0.3 * spread * random.normal();
      t += (60 / perMinute) * (1 + change);
    }
    return times;
  };
  const conducted = (atria: readonly number[], delay: number): Course => ({
    beats: atria.map((time) => ({ time: time + delay, kind: "normal" })),
    atria: atria.map((time) => ({ time })),
  });
  const regular = (perMinute: number, kind: Beat["kind"], spread = 0.01): Beat[] => {
    const beats: Beat[] = [];
    for (let t = start; t < end; t += (60 / perMinute) * (1 + spread * random.normal())) beats.push({ time: t, kind });
    return beats;
  };
  const delay = pr + 0.012 * random.normal();
  switch (name) {
    case "sinus rhythm":
      return conducted(sinus(between(random, 63, 97)), delay);
    case "sinus bradycardia":
      return conducted(sinus(between(random, 36, 56)), delay);
    case "sinus tachycardia":
      return conducted(sinus(between(random, 105, 150), between(random, 0.003, 0.015)), 0.9 * delay);
    case "first-degree AV block":
      return conducted(sinus(between(random, 55, 95), between(random, 0.005, 0.02)), between(random, 0.23, 0.36));
    case "atrial fibrillation": {
      const mean = 60 / between(random, 58, 160);
      const spread = between(random, 0.15, 0.28);
      const beats: Beat[] = [];
      for (let t = start; t < end; t += Math.max(0.27, mean * Math.exp(spread * random.normal())))
        beats.push({ time: t, kind: "normal" });
      return { beats, atria: [], waves: { kind: "fibrillation", perMinute: between(random, 340, 480) } };
    }
    case "atrial flutter": {
      const perMinute = between(random, 240, 330);
      const cycle = 60 / perMinute;
      const ratios = random.next() < 0.3 ? [2, 4, 3] : [[2], [3], [4]][random.below(3)];
      const beats: Beat[] = [];
      const shift = cycle * random.next();
      for (let t = Math.floor(start / cycle) * cycle + shift; t < end; ) {
        beats.push({ time: t + 0.006 * random.normal(), kind: "normal" });
        t += cycle * (ratios.length === 1 ? ratios[0] : ratios[random.below(ratios.length)]);
      }
      return { beats, atria: [], waves: { kind: "flutter", perMinute } };
    }
    case "supraventricular tachycardia": {
      const beats = regular(between(random, 160, 225), "normal", 0.006);
      const hidden = random.next() < 0.6;
      return { beats, atria: hidden ? [] : beats.map(({ time }) => ({ time: time + 0.09, retrograde: true })) };
    }
    case "junctional rhythm": {
      const beats = regular(between(random, 38, 58), "normal", 0.012);
      const place = [undefined, -0.075, 0.1][random.below(3)];
      return {
        beats,
        atria: place === undefined ? [] : beats.map(({ time }) => ({ time: time + place, retrograde: true })),
      };
    }
    case "second-degree AV block, Mobitz I": {
      const atria = sinus(between(random, 62, 100), 0.01);
      const [first, growth] = [between(random, 0.15, 0.22), between(random, 0.06, 0.11)];
      const cycle = 3 + random.below(3);
      let place = random.below(cycle);
      const beats: Beat[] = [];
      for (const time of atria) {
        // The increment is largest at first, so that the RR intervals shorten.
        const longer = growth * (place === 0 ? 0 : 1 + 0.6 * (place - 1));
        if (place < cycle - 1) beats.push({ time: time + first + longer, kind: "normal" });
        place = (place + 1) % cycle;
      }
      return { beats, atria: atria.map((time) => ({ time })) };
    }
    case "second-degree AV block, Mobitz II": {
      const atria = sinus(between(random, 62, 100), 0.01);
      const cycle = 3 + random.below(3);
      let place = random.below(cycle);
      const beats: Beat[] = [];
      for (const time of atria) {
        if (place < cycle - 1) beats.push({ time: time + delay, kind: "normal" });
        place = (place + 1) % cycle;
      }
      return { beats, atria: atria.map((time) => ({ time })) };
    }
    case "third-degree AV block":
      return {
        beats: regular(between(random, 27, 46), random.next() < 0.5 ? "escape" : "normal", 0.012),
        atria: sinus(between(random, 66, 112), 0.01).map((time) => ({ time })),
      };
    case "sinus rhythm with premature ventricular beats":
      return withPremature(sinus(between(random, 58, 95)), delay, seconds, random, 1 + random.below(3));
    case "ventricular bigeminy": {
      const atria = sinus(between(random, 62, 100), 0.01);
      const coupling = between(random, 0.5, 0.68);
      const odd = random.below(2);
      const beats = atria.map((time, i): Beat => {
        if (i % 2 === odd || i === 0) return { time: time + delay, kind: "normal" };
        return { time: atria[i - 1] + delay + coupling * (time - atria[i - 1]), kind: "ventricular" };
      });
      return { beats, atria: atria.filter((_, i) => i % 2 === odd || i === 0).map((time) => ({ time })) };
    }
    case "ventricular pacing": {
      const beats = regular(between(random, 58, 92), "paced", 0.001);
      const under = random.next();
      if (under < 0.35) return { beats, atria: beats.map(({ time }) => ({ time: time - between(random, 0.2, 0.21) })) };
      if (under < 0.65)
        return { beats, atria: [], waves: { kind: "fibrillation", perMinute: between(random, 340, 480) } };
      return { beats, atria: sinus(between(random, 55, 90), 0.01).map((time) => ({ time })) };
    }
    case "ventricular tachycardia": {
      const beats = regular(between(random, 130, 210), "ventricular", 0.012);
      return {
        beats,
        atria: random.next() < 0.5 ? [] : sinus(between(random, 62, 95), 0.01).map((time) => ({ time })),
      };
    }
  }
}

/** Beats from the ventricle instead of the expected ones, each followed by a compensatory pause; no two in succession. */
function withPremature(
  atria: readonly number[],
  delay: number,
  seconds: number,
  random: Random,
  count: number,
): Course {
  const inside = atria.flatMap((time, i) => (i > 1 && time > 0.8 && time < seconds - 1 ? [i] : []));
  const chosen = new Set<number>();
  for (const i of random.shuffle(inside))
    if (chosen.size < count && ![i - 2, i - 1, i + 1, i + 2].some((near) => chosen.has(near))) chosen.add(i);
  const coupling = between(random, 0.5, 0.68);
  return {
    beats: atria.map((time, i) =>
      chosen.has(i)
        ? { time: atria[i - 1] + delay + coupling * (time - atria[i - 1]), kind: "ventricular" }
        : { time: time + delay, kind: "normal" },
    ),
    atria: atria.filter((_, i) => !chosen.has(i)).map((time) => ({ time })),
  };
}

/** Sinus rhythm in which one event begins near `at` seconds; without an event, sinus rhythm alone. */
export function courseWithEvent(
  event: EventName | undefined,
  at: number,
  seconds: number,
  pr: number,
  random: Random,
): { readonly course: Course; readonly begins: number } {
  const { beats, atria } = courseOf("sinus rhythm", seconds, pr, random);
  if (event === undefined) return { course: { beats, atria }, begins: Number.NaN };
  const i = Math.max(
    1,
    beats.findIndex(({ time }) => time >= at),
  );
  const [before, cycle] = [beats[i - 1].time, beats[i].time - beats[i - 1].time];
  const without = (from: number, to: number): Course => ({
    beats: beats.filter(({ time }) => time < from || time > to),
    atria: atria.filter(({ time }) => time + pr < from || time + pr > to),
  });
  if (event === "pause") {
    const rest = without(before + 0.1, before + 0.1 + between(random, 1.9, 2.6));
    return { course: rest, begins: before };
  }
  const begins = before + between(random, 0.5, 0.66) * cycle;
  const times = [begins];
  if (event === "run of ventricular tachycardia") {
    const interval = 60 / between(random, 140, 200);
    const count = 4 + random.below(5);
    while (times.length < count) times.push(times[times.length - 1] + interval * (1 + 0.02 * random.normal()));
  }
  const last = times[times.length - 1];
  const rest = without(before + 0.1, last + 0.75 * cycle);
  const own = times.map((time): Beat => ({ time, kind: "ventricular" }));
  return { course: { ...rest, beats: [...rest.beats, ...own].sort((a, b) => a.time - b.time) }, begins };
}
