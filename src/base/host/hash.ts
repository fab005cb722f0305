/** SHA-256 and unguessable bytes; `hash.web.ts` is the same for a browser, whose own digest is asynchronous and takes no pieces. */
export { createHash, randomBytes } from "node:crypto";
