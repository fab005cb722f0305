/** Three-way merge of two people's changes to a report, sentence by sentence. */
import type { ReportContent, Sentence } from "../api/types.ts";

export interface Clash {
  /** Undefined if it did not exist, or was removed. */
  readonly mine: Sentence | undefined;
  readonly theirs: Sentence | undefined;
}

export interface Merged {
  /** Where both changed the same sentence, it contains mine. */
  readonly content: ReportContent;
  /** Sentences that both changed differently. */
  readonly clashes: readonly Clash[];
}

const same = (a: unknown, b: unknown) => JSON.stringify(withoutTime(a)) === JSON.stringify(withoutTime(b));

/** Verdicts that differ only in the time they took are equal. */
const withoutTime = (value: unknown) =>
  typeof value === "object" && value !== null && "milliseconds" in value
    ? { ...value, milliseconds: 0 }
    : (value ?? null);

/** @param base the common ancestor. */
export function merge(base: ReportContent, mine: ReportContent, theirs: ReportContent): Merged {
  const clashes: Clash[] = [];
  const sentences = mergeList(base.sentences, mine.sentences, theirs.sentences, (m, t) => {
    clashes.push({ mine: m, theirs: t });
    return m;
  });
  const either = <T>(b: T, m: T, t: T): T => (same(b, m) ? t : m);
  const quality = either(base.quality, mine.quality, theirs.quality);
  return {
    content: {
      sentences,
      boxes: mergeList(base.boxes, mine.boxes, theirs.boxes, (m) => m),
      measures: mergeList(base.measures, mine.measures, theirs.measures, (m) => m),
      addenda: theirs.addenda,
      ...(quality !== undefined && { quality }),
      ...(theirs.unparsed !== undefined && { unparsed: theirs.unparsed }),
    },
    clashes,
  };
}

function mergeList<T extends { readonly id: string }>(
  base: readonly T[],
  mine: readonly T[],
  theirs: readonly T[],
  clash: (mine: T | undefined, theirs: T | undefined) => T | undefined,
): T[] {
  const find = (list: readonly T[], id: string) => list.find((one) => one.id === id);
  // The other version determines the order; sentences that only I have follow their predecessor.
  const ids = theirs.map(({ id }) => id);
  mine.forEach(({ id }, i) => {
    if (ids.includes(id)) return;
    const before = mine
      .slice(0, i)
      .toReversed()
      .find((one) => ids.includes(one.id));
    ids.splice(before === undefined ? 0 : ids.indexOf(before.id) + 1, 0, id);
  });
  return ids.flatMap((id) => {
    const [b, m, t] = [find(base, id), find(mine, id), find(theirs, id)];
    const resolved = same(m, t) ? m : same(b, m) ? t : same(b, t) ? m : clash(m, t);
    return resolved === undefined ? [] : [resolved];
  });
}
