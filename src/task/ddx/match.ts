/** Where in a ranked list the truth stands, by a stated judge. */
import { normalName } from "./ddx.ts";

/** Names for one thing; any of a row is as good as another. */
export type SynonymTable = readonly (readonly string[])[];

/**
 * Place of the truth in the list, from 1; undefined where it is not in it.
 *
 * @param synonyms the judge: equality of normalised names, or of rows of this table.
 */
export function rankOf(list: readonly string[], truth: string, synonyms: SynonymTable = []): number | undefined {
  const wanted = new Set([normalName(truth)]);
  for (const row of synonyms) {
    const names = row.map(normalName);
    if (names.includes(normalName(truth))) for (const name of names) wanted.add(name);
  }
  const at = list.findIndex((name) => wanted.has(normalName(name)));
  return at < 0 ? undefined : at + 1;
}

/** Share of ranks that are at most n; a truth that is not in its list counts as a miss. */
export function topN(ranks: readonly (number | undefined)[], n: number): number {
  return ranks.filter((rank) => rank !== undefined && rank <= n).length / ranks.length;
}
