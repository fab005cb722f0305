/** Word-level difference of two sentences, by longest common subsequence. */
export interface Piece {
  readonly kind: "same" | "gone" | "new";
  readonly text: string;
}

export function wordDiff(before: string, after: string): Piece[] {
  const a = before.split(/(?<=\s)/);
  const b = after.split(/(?<=\s)/);
  // Lengths of the longest common subsequences of the suffixes.
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      table[i][j] = a[i].trim() === b[j].trim() ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  const pieces: Piece[] = [];
  const add = (kind: Piece["kind"], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) pieces[pieces.length - 1] = { kind, text: last.text + text };
    else if (text !== "") pieces.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i].trim() === b[j].trim()) {
      add("same", b[j++]);
      i++;
    } else if (table[i + 1][j] >= table[i][j + 1]) add("gone", a[i++]);
    else add("new", b[j++]);
  }
  while (i < a.length) add("gone", a[i++]);
  while (j < b.length) add("new", b[j++]);
  return pieces;
}
