/**
 * Images sorted into one folder per label: the simplest dataset of one's own. Options: `question`; `labels` to order or
 * rename the folders.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Item } from "../item.ts";
import type { Source } from "../load.ts";
import { optionsOf } from "./options.ts";

const options = z.strictObject({
  question: z.string().default("Which of these describes the image best?"),
  /** Folder -> label. Default: the folders' names. */
  labels: z.record(z.string(), z.string()).optional(),
  /** Relative to the data folder. */
  folder: z.string().default("."),
});

export async function readFolders(source: Source): Promise<Item[]> {
  const { question, labels: named, folder } = optionsOf(source, options);
  const root = join(source.data, folder);
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  const folders =
    named === undefined
      ? entries
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => name)
          .sort()
      : Object.keys(named);
  const labels = [...new Set(folders.map((name) => named?.[name] ?? name.replace(/_/g, " ")))];
  if (labels.length < 2)
    throw new PolyclinicError("evaluate/data", "has fewer than two label folders", {
      where: root,
      expected: "one folder per label, with its images inside",
      found: folders.join(", ") || "none",
    });
  const choices = labels.map((label) => ({ key: label, text: label }));
  const items: Item[] = [];
  for (const name of folders) {
    const label = named?.[name] ?? name.replace(/_/g, " ");
    for (const file of (await readdir(join(root, name))).filter((file) => !file.startsWith(".")).sort())
      items.push({
        id: `${name}/${file}`,
        question,
        options: choices,
        files: [join(root, name, file)],
        gold: { kind: "choice", choice: label },
        category: label,
      });
  }
  source.note(items.map(({ id }) => id));
  return items;
}
