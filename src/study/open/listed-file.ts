/** Where a file that a DICOMDIR lists lies on disk. File IDs are capitals; discs are mounted in lower case, or with the version numbers of ISO 9660. */
import { readdir } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";

/**
 * @param path components with `/` between them, as the directory lists them.
 * @param folders names already read, by folder.
 * @returns undefined when no file of that name is there, in any case.
 */
export async function listedFile(
  root: string,
  path: string,
  folders: Map<string, readonly string[]>,
): Promise<string | undefined> {
  let at = root;
  for (const component of path.split("/")) {
    let names = folders.get(at);
    if (names === undefined) {
      names = await readdir(at).catch(() => []);
      folders.set(at, names);
    }
    const found = names.find((name) => name === component) ?? names.find((name) => plain(name) === plain(component));
    if (found === undefined) return undefined;
    at = join(at, found);
  }
  return at;
}

/** Without case, version (`;1`) and the point that stands for an empty ending. */
function plain(name: string): string {
  return name.replace(/;\d+$/, "").replace(/\.$/, "").toLowerCase();
}
