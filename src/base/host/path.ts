/** Paths of this system; `path.web.ts` is the version for files in a browser's memory. */
export { basename, dirname, join, sep } from "node:path";
