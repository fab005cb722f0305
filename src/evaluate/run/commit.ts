/** The commit of this program, if it runs from a checkout of its repository; read from git's files, without running git. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Three levels above this file, in `src` as in `dist`. */
const packageFolder = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The commit of a checkout; undefined for an installed package, which is identified by its version. A repository around
 * the package or the working directory belongs to the user and is ignored.
 *
 * @param folder the root of the checkout.
 */
export function commitOf(folder = packageFolder): Promise<string | undefined> {
  return headOf(join(folder, ".git"));
}

async function headOf(path: string): Promise<string | undefined> {
  const text = (file: string) =>
    readFile(file, "utf8").then(
      (content) => content.trim(),
      () => undefined,
    );
  // In a worktree `.git` is a file that names the git directory.
  const named = /^gitdir: (.*)$/.exec((await text(path)) ?? "")?.[1];
  const git = named === undefined ? path : isAbsolute(named) ? named : resolve(dirname(path), named);
  const head = await text(join(git, "HEAD"));
  if (head === undefined) return undefined;
  const ref = /^ref: (.*)$/.exec(head)?.[1];
  if (ref === undefined) return head;
  const common = await text(join(git, "commondir"));
  const shared = common === undefined ? git : resolve(git, common);
  for (const folder of [git, shared]) {
    const commit = await text(join(folder, ref));
    if (commit !== undefined) return commit;
  }
  const packed = await text(join(shared, "packed-refs"));
  return packed
    ?.split("\n")
    .find((line) => line.endsWith(` ${ref}`))
    ?.split(" ")[0];
}
