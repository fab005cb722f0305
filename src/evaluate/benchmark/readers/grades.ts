/**
 * A table of studies with one graded column per location or condition (RSNA's lumbar spine, or the user's own): one
 * question per column and study, with the grades as its options.
 */
import { basename, join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readRows } from "../rows.ts";
import { optionsOf } from "./options.ts";
import { matchesFilter } from "./table.ts";

const options = z.strictObject({
  /** Column -> what is graded, as worded in the question. */
  columns: z.record(z.string(), z.string()),
  /** Template with `{what}`. */
  question: z.string(),
  /** Published grade -> option, in order. */
  grades: z.record(z.string(), z.string()),
  study: z.string(),
  patient: z.string().optional(),
  /** Path template of the study's file or folder, with `{column}`. */
  image: z.string(),
});

export async function readGrades(source: Source): Promise<Item[]> {
  const { columns, question, grades, study, patient, image } = optionsOf(source, options);
  const choices = Object.values(grades).map((key) => ({ key, text: key }));
  const items: Item[] = [];
  for (const { path } of await source.tables())
    for (const [i, row] of (await readRows(path, source.definition)).entries()) {
      if (!matchesFilter(row, source.split.where)) continue;
      const where = `${basename(path)}, row ${i + 1}`;
      const missing = [study, ...Object.keys(columns)].find((name) => row[name] === undefined);
      if (missing !== undefined)
        throw new PolyclinicError("evaluate/data", `has no column ${missing}`, {
          where,
          found: Object.keys(row).slice(0, 16).join(", "),
        });
      const id = String(row[study]);
      const files = [
        join(
          source.data,
          image.replace(/\{([^}]+)\}/g, (_, name: string) => String(row[name] ?? "")),
        ),
      ];
      for (const [column, what] of Object.entries(columns)) {
        const cellText = String(row[column]).trim();
        // Not every location was graded.
        if (cellText === "") continue;
        const grade = grades[cellText];
        if (grade === undefined)
          throw new PolyclinicError("evaluate/data", "is not a valid grade", {
            where: `${where}, column ${column}`,
            expected: Object.keys(grades).join(", "),
            found: cellText.slice(0, 40),
          });
        items.push({
          id: `${id}/${column}`,
          question: question.replace("{what}", what),
          options: choices,
          files,
          gold: { kind: "choice", choice: grade },
          category: column,
          cluster: patient === undefined ? id : String(row[patient]),
        });
      }
    }
  return items;
}
