/** One JSON file of a checkpoint folder. */

import { PolyclinicError } from "../../base/errors.ts";
import { readFile } from "../../base/host/files.ts";
import { join } from "../../base/host/path.ts";

/** Undefined if the file is absent; throws `checkpoint/json` if it is not JSON. */
export async function readJson(folder: string, name: string, present: ReadonlySet<string>): Promise<unknown> {
  if (!present.has(name)) return undefined;
  const where = join(folder, name);
  try {
    return JSON.parse(await readFile(where, "utf8"));
  } catch (cause) {
    throw new PolyclinicError("checkpoint/json", "is not JSON", {
      where,
      hint: "The file is damaged: download it again.",
      cause,
    });
  }
}

/** The same for a required file. */
export async function requireJson(folder: string, name: string, present: ReadonlySet<string>): Promise<unknown> {
  if (!present.has(name)) {
    throw new PolyclinicError("checkpoint/missing-file", `has no ${name}`, {
      where: folder,
      hint: "The folder is incomplete or is not a checkpoint.",
    });
  }
  return readJson(folder, name, present);
}
