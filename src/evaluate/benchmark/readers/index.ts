/** Readers of published layouts by name; most benchmarks are tables and need only their fields named. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { readPubmedqa } from "./pubmedqa.ts";
import { readTable } from "./table.ts";

export type Reader = (source: Source) => Promise<Item[]>;

const readers: Readonly<Record<string, Reader>> = {
  pubmedqa: readPubmedqa,
  table: readTable,
};

/** @throws PolyclinicError `evaluate/definition`. */
export function readerNamed(name: string): Reader {
  const reader = readers[name];
  if (reader !== undefined) return reader;
  throw new PolyclinicError("evaluate/definition", "field reader: there is no such reader", {
    where: name,
    expected: Object.keys(readers).join(", "),
  });
}
