/**
 * The outer loop of self-play (AMIE): visits are played with the inner loop, those worth learning are kept, and each of the doctor's turns becomes a training
 * example with the prompt that the doctor is given in a visit. The critic's remarks are left out of it: the tuned doctor has to do without them.
 */
import { rankOf } from "../../task/ddx/match.ts";
import type { OsceCase } from "../osce/cases.ts";
import { doctorPrompt, type Line, type Visit } from "./visit.ts";

/** A line for `polyclinic tune`. */
export interface DialogueExample {
  readonly messages: readonly [
    { readonly role: "user"; readonly content: string },
    { readonly role: "assistant"; readonly content: string },
  ];
}

/** Why a visit is not learned from; undefined if it is. A diagnosis matches by equal names or the case's synonyms. */
export function exclusionReason(
  { conclusion, repeats, endedBy }: Visit,
  { diagnosis, synonyms = [] }: Pick<OsceCase, "diagnosis" | "synonyms">,
): "no conclusion" | "wrong diagnosis" | "repeated question" | undefined {
  if (endedBy !== "conclusion" || conclusion === undefined) return "no conclusion";
  if (rankOf([conclusion], diagnosis, [[diagnosis, ...synonyms]]) === undefined) return "wrong diagnosis";
  return repeats > 0 ? "repeated question" : undefined;
}

/** Visits in all, before any is left out: AMIE's outer loop plays 613 common conditions 4 times and 4,617 others twice, 11,686 visits. @param usual of a case that states none. */
export const visitsPlanned = (cases: readonly Pick<OsceCase, "visits">[], usual: number): number =>
  cases.reduce((sum, { visits = usual }) => sum + visits, 0);

/** One example for each question of the doctor, and one for the conclusion. */
export function examplesOf({ lines, conclusion }: Visit, setting = ""): DialogueExample[] {
  const example = (before: readonly Line[], reply: string): DialogueExample => ({
    messages: [
      { role: "user", content: doctorPrompt(before, setting) },
      { role: "assistant", content: reply },
    ],
  });
  const turns = lines.flatMap(({ who, text }, i) => (who === "Doctor" ? [example(lines.slice(0, i), text)] : []));
  return conclusion === undefined ? turns : [...turns, example(lines, `I think it is ${conclusion}.`)];
}
