/** The commit of the working directory's repository, for the record; read from its files, without running git. */
import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";

export async function commitHere(from = process.cwd()): Promise<string | undefined> {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const head = await headOf(join(folder, ".git"));
    if (head !== undefined) return head;
    if (dirname(folder) === folder) return undefined;
  }
}

async function headOf(path: string): Promise<string | undefined> {
  const text = (file: string) =>
    readFile(file, "utf8").then(
      (content) => content.trim(),
      () => undefined,
    );
  // A worktree has a file that names its folder.
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
