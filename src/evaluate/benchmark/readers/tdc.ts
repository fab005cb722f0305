/**
 * Therapeutics Data Commons: a task's split as CSV or TSV (`Drug`, `Y`, and the other fields of its template), and its
 * prompt from `tdc_prompts.json`, which is published with TxGemma's weights. Classification is asked as (A) or (B), (A)
 * always the negative class; regression as a number from 000 to 1000.
 */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readRows } from "../rows.ts";
import { optionsOf } from "./options.ts";

const options = z.strictObject({
  task: z.string(),
  /** Placeholder of the template -> column. */
  fields: z.record(z.string(), z.string()).default({ "Drug SMILES": "Drug" }),
  prompts: z.string().default("tdc_prompts.json"),
  /** Default: as the template's wording implies. */
  kind: z.enum(["classification", "regression"]).optional(),
});

export async function readTdc(source: Source): Promise<Item[]> {
  const { task, fields, prompts, kind } = optionsOf(source, options);
  const path = await source.find(prompts);
  const template = (JSON.parse(await readFile(path, "utf8")) as Record<string, string>)[task];
  if (template === undefined)
    throw new PolyclinicError("evaluate/data", "has no prompt template for this task", {
      where: join(basename(path)),
      expected: task,
    });
  const binary = (kind ?? (/\(A\)/.test(template) ? "classification" : "regression")) === "classification";
  const items: Item[] = [];
  for (const { path: table } of await source.tables())
    for (const [i, row] of (await readRows(table)).entries()) {
      const where = `${basename(table)}, row ${i + 1}`;
      const question = template.replace(/\{([^}]+)\}/g, (_, name: string) => {
        const value = row[fields[name] ?? name];
        if (value !== undefined && value !== "") return String(value);
        throw new PolyclinicError("evaluate/data", `has no ${fields[name] ?? name}`, {
          where,
          expected: `a value for {${name}}`,
          found: Object.keys(row).join(", "),
        });
      });
      const truth = Number(row.Y);
      if (!Number.isFinite(truth) || (binary && truth !== 0 && truth !== 1))
        throw new PolyclinicError("evaluate/data", "is not a valid label", {
          where,
          expected: binary ? "Y of 0 or 1" : "a number Y",
          found: String(row.Y),
        });
      items.push({
        id: String(row.Drug_ID ?? i) + (row.Drug_ID === undefined ? "" : `/${i}`),
        question,
        ...(binary && { options: ["A", "B"].map((key) => ({ key, text: key })) }),
        gold: binary ? { kind: "choice", choice: truth === 1 ? "B" : "A" } : { kind: "number", value: truth },
      });
    }
  return items;
}
