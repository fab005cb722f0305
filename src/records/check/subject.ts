/** Determines which name in a sentence a number or date belongs to. */
import type { Concept } from "../concepts/resolve.ts";
import type { Fact } from "../fact.ts";
import type { NameClaim, NumberClaim, Sentence } from "./read-claims.ts";

export const factsOf = (subjects: readonly NameClaim[]): Fact[] => [
  ...new Set(subjects.flatMap(({ concepts }) => concepts.flatMap(({ facts }) => facts))),
];

/**
 * The name directly after a number ("80 mmHg diastolic"), otherwise the closest one before it, otherwise the closest
 * one after it.
 */
export function subjectOf({ names, text }: Sentence, { from, to, unit }: NumberClaim): readonly Concept[] {
  const behind = names.find((name) => name.from >= to && name.concepts.length > 0);
  if (
    behind !== undefined &&
    text
      .slice(to, behind.from)
      .replace(unit ?? "", "")
      .trim() === ""
  )
    return behind.concepts;
  return subjectAt(names, from);
}

export function subjectAt(names: readonly NameClaim[], at: number): readonly Concept[] {
  const before = names.filter(({ to, concepts }) => to <= at && concepts.length > 0);
  if (before.length > 0) return before[before.length - 1].concepts;
  return names.find(({ from, concepts }) => from >= at && concepts.length > 0)?.concepts ?? [];
}
