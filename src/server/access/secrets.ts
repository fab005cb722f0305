/** Random secrets for callers; only their SHA-256 is stored, never the secret. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** 256 random bits; the prefix lets secret scanners recognise the token. */
export function newSecret(prefix: "pct" | "pcs" | "pcl"): string {
  return `${prefix}_${randomBytes(32).toString("base64url")}`;
}

export function hashOfSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Constant-time comparison. */
export function equalSecrets(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(x, y);
}
