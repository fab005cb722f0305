/** Which of the names in a sentence a number or date is about. */
import type { Concept } from "../concepts/resolve.ts";
import type { Fact } from "../fact.ts";
import type { NameClaim, NumberClaim, Sentence } from "./read-claims.ts";

export const factsOf = (subjects: readonly NameClaim[]): Fact[] => [
  ...new Set(subjects.flatMap(({ concepts }) => concepts.flatMap(({ facts }) => facts))),
];

/** The name right behind a number ("80 mmHg diastolic"), else the closest before it, else the closest behind. */
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
