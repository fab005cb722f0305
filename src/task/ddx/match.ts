/** The rank of the true diagnosis in a list. */
import { normalName } from "./ddx.ts";

/** Synonyms: all names in a row are equivalent. */
export type SynonymTable = readonly (readonly string[])[];

/**
 * Rank of the true diagnosis in the list, from 1; undefined if it is not in the list.
 *
 * @param synonyms names match if they are equal after normalisation, or in the same row of this table.
 */
export function rankOf(list: readonly string[], truth: string, synonyms: SynonymTable = []): number | undefined {
  const accepted = new Set([normalName(truth)]);
  for (const row of synonyms) {
    const names = row.map(normalName);
    if (names.includes(normalName(truth))) for (const name of names) accepted.add(name);
  }
  const at = list.findIndex((name) => accepted.has(normalName(name)));
  return at < 0 ? undefined : at + 1;
}

/** Share of ranks that are at most n; undefined ranks count as misses. */
export function topN(ranks: readonly (number | undefined)[], n: number): number {
  return ranks.filter((rank) => rank !== undefined && rank <= n).length / ranks.length;
}
