/**
 * Compares rows of a laboratory report with the reference rows, after the MedGemma 1.5 report: rows are paired by the
 * test's name in phases (equal, equal without punctuation, one contained in the other), then each field is scored.
 */
export type LabRow = Readonly<Record<string, string>>;

const scoredFields = [
  "name",
  "result",
  "unit",
  "range",
  "panel",
  "method",
  "specimen",
  "sample_collection_time",
] as const;

const plain = (text: string | undefined) =>
  (text ?? "")
    .toLowerCase()
    .normalize("NFKC")
    .replace(/[^\p{L}\p{N}.%/<>=+-]+/gu, "");
/** `5.20` and `5.2` are equal. */
const value = (text: string | undefined) => {
  const bare = plain(text);
  return /^[<>]?=?\d+(?:\.\d+)?$/.test(bare) ? bare.replace(/\d+(?:\.\d+)?/, (digits) => String(Number(digits))) : bare;
};

/** @returns counts by field (`name:tp`, `name:fp`, `name:fn`), which the metric pools over reports. */
export function scoreRows(named: readonly LabRow[], gold: readonly LabRow[]): Record<string, number> {
  const pairs = pairRows(named, gold);
  const counts: Record<string, number> = {};
  const add = (key: string) => {
    counts[key] = (counts[key] ?? 0) + 1;
  };
  for (const field of scoredFields) {
    for (const [i, j] of pairs) {
      const predicted = value(named[i][field]);
      const truth = value(gold[j][field]);
      if (predicted !== "" && predicted === truth) add(`${field}:tp`);
      else {
        if (predicted !== "") add(`${field}:fp`);
        if (truth !== "") add(`${field}:fn`);
      }
    }
    const pairedNamed = new Set(pairs.map(([i]) => i));
    const pairedGold = new Set(pairs.map(([, j]) => j));
    for (const [i, row] of named.entries()) if (!pairedNamed.has(i) && value(row[field]) !== "") add(`${field}:fp`);
    for (const [j, row] of gold.entries()) if (!pairedGold.has(j) && value(row[field]) !== "") add(`${field}:fn`);
  }
  return counts;
}

function pairRows(named: readonly LabRow[], gold: readonly LabRow[]): [number, number][] {
  const phases: ((a: LabRow, b: LabRow) => boolean)[] = [
    // Rows with the same name (a value before and after) are distinguished by their result.
    (a, b) => plain(a.name) === plain(b.name) && value(a.result) === value(b.result),
    (a, b) => plain(a.name) === plain(b.name),
    (a, b) => letters(a.name) !== "" && letters(a.name) === letters(b.name),
    (a, b) =>
      letters(a.name).length > 3 &&
      letters(b.name).length > 3 &&
      (letters(a.name).includes(letters(b.name)) || letters(b.name).includes(letters(a.name))),
  ];
  const pairs: [number, number][] = [];
  const freeNamed = new Set(named.keys());
  const freeGold = new Set(gold.keys());
  for (const same of phases)
    for (const i of [...freeNamed])
      for (const j of freeGold)
        if (same(named[i], gold[j])) {
          pairs.push([i, j]);
          freeNamed.delete(i);
          freeGold.delete(j);
          break;
        }
  return pairs;
}

const letters = (text: string | undefined) => plain(text).replace(/[^\p{L}\p{N}]/gu, "");
