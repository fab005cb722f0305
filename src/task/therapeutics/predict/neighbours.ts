/** The training molecules most similar to a query, with their measured values. Fingerprints are computed when a task is first used. */
import { type Fingerprint, morganFingerprint, nearest } from "../../../molecules/index.ts";
import type { LibrarySet, LibraryTask, TxLibrary } from "../own/library.ts";
import { moleculesOf } from "../own/parsed.ts";

export interface KnownNeighbour {
  readonly smiles: string;
  /** Tanimoto similarity of Morgan fingerprints, radius 2, 2,048 bits. */
  readonly similarity: number;
  readonly label: number;
  /** The label as text. */
  readonly labelText: string;
}

export class Neighbours {
  private readonly fingerprints = new Map<LibrarySet, readonly Fingerprint[]>();

  constructor(private readonly library: TxLibrary) {}

  /** Most similar first; empty for a task the library does not have. */
  of(task: string, query: Fingerprint, count: number): KnownNeighbour[] {
    const set = this.library.sets.find(({ tasks }) => tasks.some(({ name }) => name === task));
    if (set === undefined) return [];
    const column = set.tasks.findIndex(({ name }) => name === task);
    const measured = set.labels.flatMap((row, i) => (row[column] === null ? [] : [i]));
    const all = this.fingerprintsOf(set);
    const library = measured.map((i) => all[i]);
    return nearest(query, library, count).map(({ index, similarity }) => {
      const label = set.labels[measured[index]][column]!;
      return { smiles: set.smiles[measured[index]], similarity, label, labelText: inWords(set.tasks[column], label) };
    });
  }

  private fingerprintsOf(set: LibrarySet): readonly Fingerprint[] {
    const made = this.fingerprints.get(set) ?? moleculesOf(set).map((molecule) => morganFingerprint(molecule));
    this.fingerprints.set(set, made);
    return made;
  }
}

function inWords({ kind, options, unit }: LibraryTask, label: number): string {
  if (kind === "binary") return (options as readonly string[])[label === 1 ? 1 : 0];
  return `${label} ${unit ?? ""}`.trim();
}
