/** Imports ratings from a form's JSON, a CSV, or the server. Each is checked against rubric and assignment; the last rating of a rater, unit and axis counts. */
import { readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { type Row, readRows } from "../benchmark/rows.ts";
import { LineWriter, recordsOf } from "../run/json-lines.ts";
import { assignmentsOf, blindName } from "./assign.ts";
import { axesFor, optionsOfAxis } from "./rubric.ts";
import type { Study } from "./study.ts";

export interface Rating {
  readonly rater: string;
  readonly group: string;
  readonly unit: string;
  readonly axis: string;
  /** One of the axis's options, as the rater saw the sides. */
  readonly value: string;
  /** Which text was shown as A. */
  readonly first: number;
  readonly comment?: string;
  readonly at: string;
}

export interface ImportedRatings {
  readonly added: number;
  /** Number of rows without a value. */
  readonly empty: number;
  readonly refused: readonly { readonly row: string; readonly why: string }[];
}

/** @returns a function that checks one row: the rating, or the reason why it is invalid. */
export async function ratingChecker(study: Study): Promise<(row: Row) => Rating | string> {
  const assignments = await assignmentsOf(study);
  const { rubric } = study.study;
  const byBlind = new Map(
    assignments.map((assignment) => [`${assignment.rater} ${blindName(study, assignment.unit)}`, assignment]),
  );
  const raters = new Set(assignments.map(({ rater }) => rater));
  return (row) => {
    const [rater, unit, axisId, value] = [row.rater, row.unit, row.axis, row.value].map((cell) =>
      String(cell ?? "").trim(),
    );
    if (!raters.has(rater)) return `rater ${rater || "(none)"} does not belong to this study`;
    const assignment = byBlind.get(`${rater} ${unit}`);
    if (assignment === undefined) return `unit ${unit} is not assigned to ${rater}`;
    const axis = axesFor(rubric, assignment.group).find(({ id }) => id === axisId);
    if (axis === undefined) return `axis ${axisId} is not rated by the group ${assignment.group}`;
    const allowed = optionsOfAxis(rubric, axis);
    const option = allowed.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
    if (option === undefined) return `${value} is not one of ${allowed.join(", ")}`;
    const comment = String(row.comment ?? "").trim();
    return {
      rater,
      group: assignment.group,
      unit: assignment.unit,
      axis: axisId,
      value: option,
      first: assignment.first,
      ...(comment !== "" && { comment }),
      at: new Date().toISOString(),
    };
  };
}

/** @throws PolyclinicError for an unreadable file; invalid rows are counted with their reason, and the valid ones are imported. */
export async function importRatings(study: Study, files: readonly string[]): Promise<ImportedRatings> {
  const check = await ratingChecker(study);
  const ratings: Rating[] = [];
  const refused: { row: string; why: string }[] = [];
  let empty = 0;
  for (const file of files) {
    if (![".json", ".jsonl", ".csv", ".tsv"].includes(extname(file).toLowerCase()))
      throw new PolyclinicError("study/file", "is not a supported ratings file", {
        where: file,
        expected: ".json, .jsonl or .csv",
      });
    await readFile(file).catch((cause) => {
      throw new PolyclinicError("study/file", "cannot be read", { where: file, cause });
    });
    for (const [i, row] of (await readRows(file)).entries()) {
      if (String(row.value ?? "").trim() === "") {
        empty++;
        continue;
      }
      const rating = check(row);
      if (typeof rating === "string") refused.push({ row: `${file}, row ${i + 1}`, why: rating });
      else ratings.push(rating);
    }
  }
  await addRatings(study, ratings);
  return { added: ratings.length, empty, refused };
}

export async function addRatings({ folder }: Study, ratings: readonly Rating[]): Promise<void> {
  const writer = await LineWriter.open(join(folder, "ratings.jsonl"));
  try {
    if (ratings.length > 0) await writer.add(...ratings);
  } finally {
    await writer.close();
  }
}

/** The valid ratings: the last one of each rater, unit and axis. */
export async function ratingsOf({ folder }: Study): Promise<{ ratings: Rating[]; replaced: number }> {
  const last = new Map<string, Rating>();
  let all = 0;
  for await (const rating of recordsOf<Rating>(join(folder, "ratings.jsonl"))) {
    all++;
    last.set(`${rating.rater} ${rating.unit} ${rating.axis}`, rating);
  }
  return { ratings: [...last.values()], replaced: all - last.size };
}
