/** Assignment of units to raters: the same number of raters per group for every unit, loads that differ by at most one, random order and sides, all from one seed. */
import { join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import { Random } from "../../base/random.ts";
import { sha256 } from "../../strategy/key.ts";
import { recordsOf } from "../run/json-lines.ts";
import { axesFor } from "./rubric.ts";
import type { Study } from "./study.ts";

export interface Rater {
  readonly id: string;
  readonly group: string;
}

export interface Assignment {
  readonly rater: string;
  readonly group: string;
  readonly unit: string;
  /** Position in this rater's order, 0-based. */
  readonly position: number;
  /** Index of the text shown as A. Raters never see it. */
  readonly first: number;
}

/** `ann,ben` or `ann:clinician,ben:layperson`. @throws PolyclinicError `study/raters`. */
export function parseRaters(text: string, groups: readonly string[]): Rater[] {
  const raters = text.split(",").map((entry) => {
    const [id, group = groups[0]] = entry.split(":").map((part) => part.trim());
    return { id, group };
  });
  const invalid = raters.find(({ id, group }) => !/^[\w.-]+$/.test(id) || !groups.includes(group));
  if (invalid !== undefined)
    throw new PolyclinicError("study/raters", "is not a valid rater", {
      where: `${invalid.id}:${invalid.group}`,
      expected: `name:group with one of the groups ${groups.join(", ")}`,
    });
  if (new Set(raters.map(({ id }) => id)).size !== raters.length)
    throw new PolyclinicError("study/raters", "a rater is listed twice", { where: text });
  return raters;
}

/** @param perUnit number of ratings per unit from each group. @throws PolyclinicError `study/raters`, `file/exists`. */
export async function assignStudy(
  { folder, study, units }: Study,
  raters: readonly Rater[],
  perUnit: number,
): Promise<Assignment[]> {
  const random = new Random(study.seed);
  const assignments: Assignment[] = [];
  for (const group of study.rubric.groups) {
    const members = raters.filter((rater) => rater.group === group);
    if (members.length === 0) continue;
    if (perUnit < 1 || members.length < perUnit)
      throw new PolyclinicError("study/raters", "a group has too few raters", {
        where: group,
        expected: `at least ${perUnit}`,
        found: String(members.length),
      });
    if (axesFor(study.rubric, group).length === 0) continue;
    const load = new Map(members.map(({ id }) => [id, [] as { unit: string; first: number }[]]));
    // Alternates sides from a random start, so that every source is shown as A equally often.
    let side = random.below(2);
    for (const unit of random.shuffle([...units])) {
      const free = random.shuffle([...members]).sort((a, b) => load.get(a.id)!.length - load.get(b.id)!.length);
      for (const { id } of free.slice(0, perUnit)) {
        load.get(id)!.push({ unit: unit.id, first: unit.texts.length === 2 ? side : 0 });
        side = 1 - side;
      }
    }
    for (const { id } of members)
      for (const [position, { unit, first }] of random.shuffle(load.get(id)!).entries())
        assignments.push({ rater: id, group, unit, position, first });
  }
  if (assignments.length === 0)
    throw new PolyclinicError("study/raters", "none of the raters belongs to a group of the rubric", {
      where: folder,
      expected: study.rubric.groups.join(", "),
    });
  await writeWhole(
    join(folder, "assignments.jsonl"),
    assignments.map((assignment) => `${JSON.stringify(assignment)}\n`).join(""),
  );
  return assignments;
}

export async function assignmentsOf({ folder }: Study): Promise<Assignment[]> {
  const all: Assignment[] = [];
  for await (const assignment of recordsOf<Assignment>(join(folder, "assignments.jsonl"))) all.push(assignment);
  if (all.length > 0) return all;
  throw new PolyclinicError("study/raters", "no raters are assigned yet", {
    where: folder,
    hint: "polyclinic study assign FOLDER --raters ann,ben",
  });
}

/** A unit's name in forms: its own id may reveal a source or a diagnosis. */
export const blindName = (study: Study, unit: string): string =>
  sha256(`${study.study.seed} ${study.study.created} ${unit}`).slice(0, 10);
