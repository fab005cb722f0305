/**
 * SHA-256 and random bytes; `hash.web.ts` is the browser's version, because the browser's own digest is asynchronous
 * and not incremental.
 */
export { createHash, randomBytes } from "node:crypto";
