/**
 * PubMedQA as published: `ori_pqal.json`, an object by PubMed id, and `test_ground_truth.json`, which lists the 500
 * test items.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readRows } from "../rows.ts";

const answers = ["yes", "no", "maybe"];

export async function readPubmedqa(source: Source): Promise<Item[]> {
  const [{ path }] = await source.tables();
  const onlyTest = source.split === source.definition.splits.test;
  const test = onlyTest
    ? new Map(
        (await readRows(await source.find(["test_ground_truth.json", "data/test_ground_truth.json"]))).map(
          ({ key, value }) => [String(key), String(value)],
        ),
      )
    : undefined;
  const items: Item[] = [];
  for (const row of await readRows(path)) {
    const id = String(row.key);
    if (test !== undefined && !test.has(id)) continue;
    const decision = String(row.final_decision);
    const contexts = row.CONTEXTS;
    if (!answers.includes(decision) || !Array.isArray(contexts) || typeof row.QUESTION !== "string")
      throw new PolyclinicError("evaluate/data", "is not a PubMedQA entry", {
        where: `${path}, ${id}`,
        expected: "QUESTION, CONTEXTS and final_decision (yes, no or maybe)",
        found: Object.keys(row).slice(0, 8).join(", "),
      });
    if (test !== undefined && test.get(id) !== decision)
      throw new PolyclinicError("evaluate/data", "the two files contain different answers", {
        where: id,
        expected: test.get(id),
        found: decision,
      });
    items.push({
      id,
      question: row.QUESTION,
      context: contexts.map(String).join("\n"),
      options: answers.map((answer) => ({ key: answer, text: answer })),
      gold: { kind: "choice", choice: decision },
      category: decision,
    });
  }
  return items;
}
