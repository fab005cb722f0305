/** Redaction: errors are printed, logged and written into results, so they must not contain keys. */

/** A URL without user name, password, query and fragment. */
export function plainAddress(address: string): string {
  return address.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1").replace(/[?#].*$/s, "");
}

/** Redacts these secrets, and anything that looks like a bearer token or a hub token. */
export function redacted(text: string, ...secrets: readonly (string | undefined)[]): string {
  let safe = text;
  for (const secret of secrets) if (secret !== undefined && secret.length >= 4) safe = safe.replaceAll(secret, "[key]");
  return safe
    .replace(/\b(bearer|basic)\s+[\w.~+/=-]{6,}/gi, "$1 [key]")
    .replace(/\b(?:hf_|sk-)[\w-]{6,}/g, "[key]")
    .replace(/\/\/[^/\s"'<>@]{1,256}:[^/\s"'<>@]{1,256}@/g, "//[key]@");
}
