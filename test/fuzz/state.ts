/** What has been tried so far, in a file: written whole every few seconds, so that a run that is stopped goes on where it was. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeWhole } from "../../src/base/files.ts";
import type { Progress } from "./drive.ts";
import type { Seed } from "./seed.ts";

export interface FoundFault {
  readonly file: number;
  readonly name: string;
  readonly how: string;
  readonly fault: string;
}

/** Number ranges `[from, to)`, in order and without overlap. */
export type Ranges = readonly (readonly [number, number])[];

export interface State {
  /** SHA-256 of the seeds: with others, the same number is another file. */
  readonly seeds: string;
  done: Ranges;
  outcomes: Record<string, number>;
  faults: FoundFault[];
}

export function hashOfSeeds(seeds: readonly Seed[]): string {
  const hash = createHash("sha256");
  for (const { name, bytes } of seeds) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}

export function readState(path: string | undefined, seeds: string): State {
  const fresh: State = { seeds, done: [], outcomes: {}, faults: [] };
  if (path === undefined) return fresh;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return fresh;
  }
  const state: State = JSON.parse(text);
  if (state.seeds === seeds) return state;
  throw new Error(`${path} counts files made from other seeds: give another --state, or delete it`);
}

export const writeState = (path: string, state: State): Promise<void> =>
  writeWhole(path, `${JSON.stringify(state, undefined, 1)}\n`, { overwrite: true });

export function withRange(ranges: Ranges, [from, to]: readonly [number, number]): Ranges {
  const joined: [number, number][] = [];
  for (const [start, end] of [...ranges, [from, to] as const].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (end > start) joined.push([start, end]);
  }
  return joined;
}

/** The parts of `[from, to)` that are not done, in pieces of at most `most`. */
export function missing(done: Ranges, [from, to]: readonly [number, number], most: number): [number, number][] {
  const open: [number, number][] = [];
  let at = from;
  for (const [start, end] of [...done, [to, to] as const]) {
    for (const stop = Math.min(start, to); at < stop; at = Math.min(stop, at + most))
      open.push([at, Math.min(stop, at + most)]);
    at = Math.max(at, end);
  }
  return open;
}

export function add(state: State, { from, next, outcomes, faults }: Progress, found: readonly FoundFault[]): void {
  state.done = withRange(state.done, [from, next]);
  for (const [code, n] of Object.entries(outcomes)) state.outcomes[code] = (state.outcomes[code] ?? 0) + n;
  if (faults.length > 0) state.faults.push(...found);
}
