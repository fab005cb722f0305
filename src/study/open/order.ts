/** Clinical order: priors before current. */
import type { Part } from "../types.ts";

/**
 * Sorts parts by acquisition time, oldest first. Parts without a time keep their position in the input order, because
 * two undated images are normally named prior first; they are placed after the dated part that they followed.
 */
export function clinicalOrder(parts: readonly Part[]): Part[] {
  let latest = "";
  const keyed = parts.map((part, position) => {
    latest = part.acquiredAt ?? latest;
    return { part, position, time: latest };
  });
  keyed.sort((a, b) => (a.time === b.time ? a.position - b.position : a.time < b.time ? -1 : 1));
  return keyed.map(({ part }) => part);
}
