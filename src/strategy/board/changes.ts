/**
 * What a revision did to a plan, compared with a reference: changes from right to wrong are counted as well as from
 * wrong to right.
 */
import { bare, type PlanItem } from "./board.ts";

export interface Changes {
  readonly rightToRight: number;
  readonly rightToWrong: number;
  readonly wrongToRight: number;
  readonly wrongToWrong: number;
  /** Components of the plan that the reference does not have, and components without a draft. */
  readonly notCompared: number;
}

/** @param reference the correct plan by component; compared without citations, case and surrounding whitespace. */
export function changesAgainst(plan: readonly PlanItem[], reference: Readonly<Record<string, string>>): Changes {
  const counts = { rightToRight: 0, rightToWrong: 0, wrongToRight: 0, wrongToWrong: 0, notCompared: 0 };
  for (const { component, draft, plan: finalPlan } of plan) {
    const correct = Object.hasOwn(reference, component) ? bare(reference[component]) : undefined;
    if (correct === undefined || draft === "") {
      counts.notCompared++;
      continue;
    }
    const [before, after] = [bare(draft) === correct, bare(finalPlan) === correct];
    counts[before ? (after ? "rightToRight" : "rightToWrong") : after ? "wrongToRight" : "wrongToWrong"]++;
  }
  return counts;
}
