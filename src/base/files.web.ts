/** Writes files to a browser's memory. */

import { PolyclinicError } from "./errors.ts";
import { existsSync, writeFile } from "./host/files.web.ts";

/** Like `writeWhole` of `files.ts`, for text or bytes. */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<void> {
  if (!overwrite && existsSync(path))
    throw new PolyclinicError("file/exists", "already exists and is not overwritten", { where: path });
  await writeFile(path, content);
}
