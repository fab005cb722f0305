/**
 * EquityMedQA as published: some or all of its CSV files of questions. The two counterfactual files hold one pair per
 * line, which becomes two items of one cluster. There are no reference answers: people rate the answers (`polyclinic
 * study`, rubrics equity-independent, equity-pairwise, equity-counterfactual).
 */
import { basename } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { type Row, readRows } from "../rows.ts";

const single = ["question_text", "question", "text", "prompt"];
const pairs: readonly (readonly [string, string])[] = [
  ["question_text_1", "question_text_2"],
  ["question_1", "question_2"],
  ["question1", "question2"],
  ["text_1", "text_2"],
];

export async function readEquity(source: Source): Promise<Item[]> {
  const items: Item[] = [];
  for (const { path, category } of await source.tables(true))
    for (const [i, row] of (await readRows(path)).entries()) items.push(...itemsOf(row, i, path, category));
  return items;
}

function itemsOf(row: Row, index: number, path: string, category: string | undefined): Item[] {
  const set = category ?? basename(path, ".csv");
  const id = `${set}/${String(row.question_id ?? row.id ?? index)}`;
  const one = (question: unknown, suffix = ""): Item => ({
    id: `${id}${suffix}`,
    question: String(question),
    gold: { kind: "judged" },
    category: set,
    ...(suffix !== "" && { cluster: id }),
  });
  const pair = pairs.find(([a, b]) => a in row && b in row);
  if (pair !== undefined) return [one(row[pair[0]], "/1"), one(row[pair[1]], "/2")];
  const column = single.find((name) => typeof row[name] === "string" && row[name] !== "");
  if (column !== undefined) return [one(row[column])];
  throw new PolyclinicError("evaluate/data", "has no question", {
    where: `${basename(path)}, row ${index + 1}`,
    expected: `one of ${single.join(", ")}, or a pair such as ${pairs[0].join(" and ")}`,
    found: Object.keys(row).join(", "),
  });
}
