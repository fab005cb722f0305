/**
 * SHA-256 and random bytes; `hash.web.ts` is the browser's version, because the browser's own digest is asynchronous
 * and not incremental.
 */
import { createHash } from "node:crypto";

export { createHash, randomBytes } from "node:crypto";

/** SHA-256, hex. At once: Web Crypto would go through Node's thread pool, behind the reading and decoding of files. */
export function sha256Of(bytes: Uint8Array): string | Promise<string> {
  return createHash("sha256").update(bytes).digest("hex");
}
