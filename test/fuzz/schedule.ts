/**
 * Which seed is tried next. Every seed gets the same least number of files; the rest of the run is divided by processor time, so that a seed whose
 * files take a millisecond gets more of them than one whose files take a tenth of a second. (Equal numbers would spend nearly all time on the few
 * slowest readers.)
 */
import type { Tried } from "./state.ts";

/** Processor seconds of one turn: long beside the start of a process, short beside the whole run. */
const secondsOfTurn = 20;
/** Files of one turn. */
const [fewest, most] = [100, 5000];

/**
 * @param busy seeds that another process is at.
 * @param left files that nobody is at yet.
 * @returns the seed and its number of files; undefined when there is nothing to give.
 */
export function nextTurn(
  tried: readonly Tried[],
  { busy, left, least }: { busy: ReadonlySet<number>; left: number; least: number },
): { seed: number; files: number } | undefined {
  if (left <= 0) return undefined;
  const free = tried.map((_, seed) => seed).filter((seed) => !busy.has(seed));
  if (free.length === 0) return undefined;
  const behind = free.filter((seed) => tried[seed].files < least);
  const first = (seeds: readonly number[], of: (one: Tried) => number) =>
    seeds.reduce((best, seed) => (of(tried[seed]) < of(tried[best]) ? seed : best));
  if (behind.length > 0) {
    const seed = first(behind, ({ files }) => files);
    return { seed, files: Math.min(left, least - tried[seed].files) };
  }
  const seed = first(free, ({ seconds }) => seconds);
  const { files, seconds } = tried[seed];
  const fitting = seconds === 0 ? fewest : Math.round((secondsOfTurn * files) / seconds);
  return { seed, files: Math.min(left, Math.max(fewest, Math.min(most, fitting))) };
}
