/** The file system; `files.web.ts` is the browser's version over files in memory. */
export { existsSync } from "node:fs";
export { open, readdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
