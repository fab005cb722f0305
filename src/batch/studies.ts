/** The list of studies of a batch: a folder's entries, or the rows of a CSV. */
import { stat } from "node:fs/promises";
import { PolyclinicError } from "../base/errors.ts";
import { unreadable } from "../bytes/index.ts";
import type { AnyOptions } from "../task/options.ts";
import { studiesOfCsv } from "./csv-studies.ts";
import { studiesOfFolder } from "./folder-studies.ts";

/** One study of a batch: its files and, from its row of a CSV, its own options. */
export interface BatchStudy {
  /** Unique in the batch. */
  readonly id: string;
  readonly files: readonly string[];
  /** Prior files, for a comparison. */
  readonly prior?: readonly string[];
  /** Task options of this study only, from its row. */
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface Listing {
  /** The options of the task, each of which may be a column. */
  readonly columns?: AnyOptions;
  /** Every file below a folder is a study; otherwise its direct files and folders are. */
  readonly recursive?: boolean;
  /** The output folder, which is skipped when it lies among the studies. */
  readonly except?: string;
}

export interface Listed {
  readonly studies: readonly BatchStudy[];
  /** Ids chosen by the user, as opposed to file names. */
  readonly ownIds: ReadonlySet<string>;
  /** Warnings for the user. */
  readonly warnings: readonly string[];
}

/**
 * Lists the studies of a folder (its entries) or of a CSV (its rows) in a fixed order.
 *
 * @throws PolyclinicError `file/unreadable`, `batch/empty`, `batch/twice`, `batch/columns`, `batch/row`, `batch/cell`.
 */
export async function listStudies(source: string, { columns = {}, ...listing }: Listing = {}): Promise<Listed> {
  const found = await stat(source).catch((cause: unknown) => {
    throw unreadable(source, cause);
  });
  const { studies, warnings, ownIds } = await (found.isDirectory()
    ? studiesOfFolder(source, listing)
    : studiesOfCsv(source, columns));
  if (studies.length === 0)
    throw new PolyclinicError("batch/empty", "contains no studies", {
      where: source,
      expected: found.isDirectory() ? "files or folders" : "at least one row below the header",
    });
  const ids = new Set<string>();
  for (const { id } of studies) {
    if (ids.has(id))
      throw new PolyclinicError("batch/twice", "two studies have the same id", {
        where: source,
        found: id,
        hint: "Give each row its own id.",
      });
    ids.add(id);
  }
  return { studies, ownIds: new Set(ownIds), warnings };
}
