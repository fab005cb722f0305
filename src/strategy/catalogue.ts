/** Strategies by name. */
import { PolyclinicError } from "../base/errors.ts";
import { direct } from "./direct.ts";
import { ensembleRefinement } from "./ensemble-refinement.ts";
import { selfConsistency } from "./self-consistency.ts";
import type { Strategy } from "./strategy.ts";

export const strategies: readonly Strategy[] = [direct, selfConsistency(), ensembleRefinement()];

/** @throws PolyclinicError `strategy/unknown`. */
export function strategyNamed(name: string): Strategy {
  const found = strategies.find((strategy) => strategy.name === name);
  if (found !== undefined) return found;
  throw new PolyclinicError("strategy/unknown", "there is no such strategy", {
    where: name,
    expected: strategies.map((strategy) => strategy.name).join(", "),
  });
}
