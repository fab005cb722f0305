/** Clinical order: priors before current. */
import type { Part } from "../types.ts";

/**
 * Parts by time of acquisition, oldest first. Parts whose time is unknown keep their place among the files as they were named, because
 * whoever names two undated films names the prior first; they are placed behind the dated part they followed.
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
