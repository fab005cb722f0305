/** The studies of a folder: its entries, or every file below it; links are followed once. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { unreadable } from "../bytes/index.ts";
import type { BatchStudy } from "./studies.ts";

export interface FolderStudies {
  readonly studies: BatchStudy[];
  readonly ownIds: readonly string[];
  readonly warnings: string[];
}

/** Number of paths named in one warning. */
const named = 3;
const picture = /\.(?:jpe?g|png|webp|avif|heic|heif|bmp|gif)$/i;
/** What comes with a data set and describes it. */
const aboutTheFolder =
  /^(?:readme|licen[cs]es?|copying|notice|changelog|citation)(?:[ ._-][^.]*)?(?:\.(?:md|txt|rst|cff))?$/i;
const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Entries that begin with a dot, and `except`, are skipped; those that describe the folder (README, LICENSE) too, with a warning. A broken link
 * counts as a study, which then fails with its own error.
 *
 * @throws PolyclinicError `file/unreadable`.
 */
export async function studiesOfFolder(
  folder: string,
  { recursive = false, except }: { recursive?: boolean; except?: string },
): Promise<FolderStudies> {
  const written = except === undefined ? undefined : await real(resolve(except));
  const warnings: string[] = [];
  const seen = new Set<string>([await real(folder)]);
  const paths: string[] = [];
  const crowded: string[] = [];
  const described: string[] = [];

  const visit = async (at: string): Promise<void> => {
    for (const name of await namesIn(at)) {
      const path = join(at, name);
      const target = await real(path);
      if (written !== undefined && `${target}${sep}`.startsWith(`${written}${sep}`)) continue;
      const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
      if (isFolder && recursive) {
        if (seen.has(target))
          warnings.push(`${path} is a link to a folder that is already listed; it is not listed again`);
        else {
          seen.add(target);
          await visit(path);
        }
        continue;
      }
      if (!isFolder && aboutTheFolder.test(name)) {
        described.push(path);
        continue;
      }
      paths.push(path);
      if (isFolder && (await namesIn(path)).filter((inside) => picture.test(inside)).length > 1) crowded.push(path);
    }
  };
  await visit(folder);
  if (described.length > 0)
    warnings.push(
      `${some(described)}: describes the folder by its name, not a study; to read it as one, list it in a CSV`,
    );
  if (crowded.length > 0)
    warnings.push(
      `${some(crowded)}: ` +
        "several images in one folder are read as one study of one patient; if they belong to several patients, use --recursive to make each file its own study",
    );
  const from = join(folder, "/").length;
  return { studies: paths.map((path) => ({ id: path.slice(from), files: [path] })), ownIds: [], warnings };
}

const some = (paths: readonly string[]): string =>
  `${paths.slice(0, named).join(", ")}${paths.length > named ? ` and ${paths.length - named} more` : ""}`;

/** The path itself for a broken link. */
const real = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw unreadable(folder, cause);
  });
  return names.filter((name) => !name.startsWith(".")).sort(byName);
}
