/** One item per row of the split's tables, converted by the definition's fields. */
import { basename } from "node:path";
import { itemOf } from "../fields.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { type Row, readRows, valueAt } from "../rows.ts";

export async function readTable(source: Source): Promise<Item[]> {
  const { definition, split, data } = source;
  const items: Item[] = [];
  for (const { path, category } of await source.tables()) {
    const rows = await readRows(path, definition);
    for (const [i, row] of rows.entries()) {
      if (!matchesFilter(row, split.where)) continue;
      const item = itemOf(row, definition.item, {
        where: `${basename(path)}, row ${i + 1}`,
        data,
        index: i,
        ...(category !== undefined && { category }),
      });
      // Row numbers of several files would collide.
      items.push(
        definition.item.id === undefined && category !== undefined ? { ...item, id: `${category}/${item.id}` } : item,
      );
    }
  }
  return items;
}

export function matchesFilter(row: Row, where: Readonly<Record<string, readonly unknown[]>> | undefined): boolean {
  return Object.entries(where ?? {}).every(([field, values]) => {
    const value = valueAt(row, field);
    return values.some((allowed) => String(allowed) === String(value).trim());
  });
}
