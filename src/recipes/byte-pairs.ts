/** Byte-pair encoding (Sennrich et al. 2016): learns merges from words and their counts. */

/**
 * Yields merges until no pair is left; the caller stops earlier when it has enough. Ties go to the pair that sorts
 * first, so that equal words give equal merges.
 *
 * @param words counts by word; its characters are the initial pieces.
 * @param joins whether two adjacent pieces may be merged; default: always.
 * @returns each merged pair with its count at that time.
 */
export function* bytePairs(
  words: ReadonlyMap<string, number>,
  joins: (left: string, right: string) => boolean = () => true,
): Generator<{ readonly left: string; readonly right: string; readonly count: number }, void> {
  const split = [...words].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => ({ pieces: [...word], count }));
  for (;;) {
    const pairs = new Map<string, number>();
    for (const { pieces, count } of split)
      for (let i = 1; i < pieces.length; i++) {
        if (!joins(pieces[i - 1], pieces[i])) continue;
        const key = `${pieces[i - 1]} ${pieces[i]}`;
        pairs.set(key, (pairs.get(key) ?? 0) + count);
      }
    let [best, most] = ["", 0];
    for (const [key, count] of pairs) if (count > most || (count === most && key < best)) [best, most] = [key, count];
    if (most === 0) return;
    const [left, right] = best.split(" ");
    yield { left, right, count: most };
    for (const word of split) word.pieces = joined(word.pieces, left, right);
  }
}

function joined(pieces: string[], left: string, right: string): string[] {
  if (!pieces.includes(left)) return pieces;
  const out: string[] = [];
  for (let i = 0; i < pieces.length; i++)
    if (pieces[i] === left && pieces[i + 1] === right) {
      out.push(left + right);
      i++;
    } else out.push(pieces[i]);
  return out;
}
