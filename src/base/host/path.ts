/** Paths as this system writes them; `path.web.ts` is the same for files in a browser's memory. */
export { basename, dirname, join, sep } from "node:path";
