/**
 * Laboratory reports: pages (PDF, PNG, JPEG), each beside a JSON file of the same name with the reference rows, a list
 * of objects with the fields of the report.
 */
import { readdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";

export async function readLabPages(source: Source): Promise<Item[]> {
  const names = (await readdir(source.data).catch(() => [] as string[])).sort();
  const pages = names.filter((name) => /\.(?:pdf|png|jpe?g)$/i.test(name));
  const items: Item[] = [];
  for (const page of pages) {
    const id = basename(page, extname(page));
    const truth = `${id}.json`;
    if (!names.includes(truth)) continue;
    const rows: unknown = JSON.parse(await readFile(await source.find(truth), "utf8"));
    if (!Array.isArray(rows) || rows.some((row) => typeof row !== "object" || row === null || !("name" in row)))
      throw new PolyclinicError("evaluate/data", "is not a list of laboratory results", {
        where: join(source.data, truth),
        expected: '[{"name": ..., "result": ..., "unit": ...}]',
      });
    const goldRows = rows.map((row: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([, value]) => value !== null && value !== "")
          .map(([name, value]) => [name, String(value)]),
      ),
    );
    items.push({
      id,
      question: "List the laboratory tests.",
      files: [join(source.data, page)],
      gold: { kind: "rows", rows: goldRows },
      cluster: id,
    });
  }
  return items;
}
