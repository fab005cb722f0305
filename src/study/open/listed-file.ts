/**
 * Locates a file listed by a DICOMDIR on disk. File IDs are upper case; discs are mounted in lower case, or with ISO
 * 9660 version numbers.
 */
import { readdir } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";

/**
 * @param path components separated by `/`, as listed.
 * @param folders cache of directory listings, by folder.
 * @returns undefined if no file has that name in any case.
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

/** Lower case, without version (`;1`) and the dot of an empty extension. */
function plain(name: string): string {
  return name.replace(/;\d+$/, "").replace(/\.$/, "").toLowerCase();
}
