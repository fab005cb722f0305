/** The broken file of a number. */
import { mutate } from "./mutate.ts";
import type { Seed } from "./seed.ts";
import { breakStructure } from "./structure/index.ts";

export interface Broken {
  readonly seed: Seed;
  readonly bytes: Uint8Array;
  readonly how: string;
}

export function brokenFile(seeds: readonly Seed[], file: number): Broken {
  const seed = seeds[file % seeds.length];
  // Every other round through the seeds knows the format it breaks.
  const knowing = Math.floor(file / seeds.length) % 2 === 1 ? breakStructure(seed.bytes, file) : undefined;
  return { seed, ...(knowing ?? mutate(seed.bytes, file)) };
}
