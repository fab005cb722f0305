/** Random secrets that callers present, and what is kept of them: a SHA-256, never the secret. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 random bits; the prefix tells a scanner of repositories what it found. */
export function newSecret(prefix: "pct" | "pcs" | "pcl"): string {
  return `${prefix}_${randomBytes(32).toString("base64url")}`;
}

export function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Compares in a time that does not depend on where two texts differ. */
export function equalSecrets(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(x, y);
}
