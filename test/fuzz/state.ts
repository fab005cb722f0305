/**
 * What has been tried so far, in a file: written whole every few seconds, so that a run that is stopped goes on where it was.
 *
 * The files of one seed are those whose number leaves its index as the remainder of the division by the number of seeds. They are tried in order, so
 * a count for each seed says which are done.
 */
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

export interface Tried {
  files: number;
  /** Of processor time. */
  seconds: number;
}

export interface State {
  /** SHA-256 of the seeds: with others, the same number is another file. */
  readonly seeds: string;
  /** For each seed. */
  readonly tried: Tried[];
  outcomes: Record<string, number>;
  faults: FoundFault[];
}

export function hashOfSeeds(seeds: readonly Seed[]): string {
  const hash = createHash("sha256");
  for (const { name, bytes } of seeds) hash.update(`${name}\0${bytes.length}\0`).update(bytes);
  return hash.digest("hex");
}

export function readState(path: string | undefined, seeds: string, count: number): State {
  const fresh: State = {
    seeds,
    tried: Array.from({ length: count }, () => ({ files: 0, seconds: 0 })),
    outcomes: {},
    faults: [],
  };
  if (path === undefined) return fresh;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return fresh;
  }
  const state: State = JSON.parse(text);
  if (state.seeds === seeds && state.tried?.length === count) return state;
  throw new Error(`${path} counts files made from other seeds: give another --state, or delete it`);
}

export const writeState = (path: string, state: State): Promise<void> =>
  writeWhole(path, `${JSON.stringify(state, undefined, 1)}\n`, { overwrite: true });

/** @param step of the numbers of the files: the number of seeds. */
export function add(
  state: State,
  { from, next, seconds, outcomes, faults }: Progress,
  step: number,
  found: readonly FoundFault[],
): void {
  const tried = state.tried[from % step];
  tried.files += (next - from) / step;
  tried.seconds += seconds;
  for (const [code, n] of Object.entries(outcomes)) state.outcomes[code] = (state.outcomes[code] ?? 0) + n;
  if (faults.length > 0) state.faults.push(...found);
}
