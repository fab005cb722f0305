/** Local storage for the theme and for unsaved text. Everything else works without it. */
const prefix = "polyclinic.";

export function storedValue(name: string): string | undefined {
  try {
    return localStorage.getItem(prefix + name) ?? undefined;
  } catch {
    return undefined;
  }
}

/** @returns whether it was stored. */
export function storeValue(name: string, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
    return true;
  } catch {
    return false;
  }
}
