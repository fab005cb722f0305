/** Files of this system; `files.web.ts` is the same over files that a browser holds in memory. */
export { existsSync } from "node:fs";
export { open, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
