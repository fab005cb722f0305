/**
 * Methods of dividing a set of molecules into training, validation and test. The method changes BBBP's AUROC by .2, so
 * its name belongs to every result.
 *
 * - `deepchem-scaffold` (DeepChem's ScaffoldSplitter): scaffolds, largest first, fill training, then validation, then
 * test. Deterministic.
 * - `balanced-scaffold` (as in Chemprop and GROVER): scaffolds larger than half of the validation or test part first,
 * the others after; both shuffled.
 * - `random`: molecules shuffled.
 * - `cold-start` (as in TDC): whole entities (a drug, a target) are held out; no entity of the test part occurs in
 * training.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { Random } from "../../base/random.ts";

/** Split methods; defined at the top of this file. */
export type SplitName = "deepchem-scaffold" | "balanced-scaffold" | "random" | "cold-start";

/** All split methods. */
export const splitNames: readonly SplitName[] = ["deepchem-scaffold", "balanced-scaffold", "random", "cold-start"];

/** A division of a list of molecules into training, validation and test set. */
export interface Split {
  name: SplitName;
  /** Absent for deterministic methods. */
  seed?: number;
  fractions: readonly [train: number, valid: number, test: number];
  /** Indices into the list, each in exactly one part. */
  train: number[];
  valid: number[];
  test: number[];
}

/** Fractions and seed of a split. */
export interface SplitOptions {
  /** Fractions of the three parts, summing to 1; default .8, .1, .1. */
  fractions?: readonly [train: number, valid: number, test: number];
  seed?: number;
}

/**
 * @param keys one per molecule: `scaffoldName` for the scaffold splits, the entity for `cold-start`; `random` uses only
 * their number.
 * @throws PolyclinicError `molecules/split` when the fractions do not sum to one.
 */
export function splitByName(name: SplitName, keys: readonly string[], options: SplitOptions = {}): Split {
  const fractions = options.fractions ?? ([0.8, 0.1, 0.1] as const);
  const sum = fractions.reduce((total, part) => total + part, 0);
  if (fractions.length !== 3 || fractions.some((part) => !(part >= 0)) || Math.abs(sum - 1) > 1e-9)
    throw new PolyclinicError("molecules/split", "the fractions of the split do not add up to 1", {
      where: "fractions",
      expected: "three non-negative fractions with the sum 1",
      found: fractions.join(", "),
    });
  const seed = options.seed ?? 0;
  const base = { name, fractions } as const;
  switch (name) {
    case "deepchem-scaffold":
      return { ...base, ...fillInOrder(groupsOf(keys).sort(largestFirst), keys.length, fractions) };
    case "balanced-scaffold":
      return { ...base, seed, ...balanced(keys, fractions, seed) };
    case "random": {
      const order = new Random(seed).shuffle(keys.map((_, i) => i));
      const [train, valid] = [
        Math.floor(fractions[0] * keys.length),
        Math.floor((fractions[0] + fractions[1]) * keys.length),
      ];
      return {
        ...base,
        seed,
        train: order.slice(0, train),
        valid: order.slice(train, valid),
        test: order.slice(valid),
      };
    }
    case "cold-start":
      return { ...base, seed, ...coldStart(keys, fractions, seed) };
    default:
      throw new PolyclinicError("molecules/split", "unknown kind of split", {
        where: "split",
        expected: splitNames.join(", "),
        found: String(name),
      });
  }
}

function groupsOf(keys: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  keys.forEach((key, index) => {
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  });
  return [...groups.values()];
}

function largestFirst(a: readonly number[], b: readonly number[]): number {
  // Among groups of equal size, DeepChem takes the one whose first molecule comes later.
  return b.length - a.length || b[0] - a[0];
}

type Parts = Pick<Split, "train" | "valid" | "test">;

function fillInOrder(groups: readonly number[][], count: number, [train, valid]: Split["fractions"]): Parts {
  const parts: Parts = { train: [], valid: [], test: [] };
  const trainEnd = train * count;
  const validEnd = (train + valid) * count;
  for (const group of groups) {
    if (parts.train.length + group.length <= trainEnd) parts.train.push(...group);
    else if (parts.train.length + parts.valid.length + group.length <= validEnd) parts.valid.push(...group);
    else parts.test.push(...group);
  }
  return parts;
}

function balanced(keys: readonly string[], fractions: Split["fractions"], seed: number): Parts {
  const random = new Random(seed);
  const [trainSize, validSize, testSize] = fractions.map((part) => part * keys.length);
  const groups = groupsOf(keys);
  const isLarge = (group: readonly number[]) => group.length > validSize / 2 || group.length > testSize / 2;
  const large = random.shuffle(groups.filter(isLarge));
  const small = random.shuffle(groups.filter((group) => !isLarge(group)));
  const parts: Parts = { train: [], valid: [], test: [] };
  for (const group of [...large, ...small]) {
    if (parts.train.length + group.length <= trainSize) parts.train.push(...group);
    else if (parts.valid.length + group.length <= validSize) parts.valid.push(...group);
    else parts.test.push(...group);
  }
  return parts;
}

function coldStart(keys: readonly string[], [train, valid]: Split["fractions"], seed: number): Parts {
  const entities = new Random(seed).shuffle([...new Set(keys)].sort());
  const [trainEnd, validEnd] = [Math.floor(train * entities.length), Math.floor((train + valid) * entities.length)];
  const partOf = new Map(
    entities.map((entity, i) => [entity, i < trainEnd ? "train" : i < validEnd ? "valid" : "test"] as const),
  );
  const parts: Parts = { train: [], valid: [], test: [] };
  keys.forEach((key, index) => {
    parts[partOf.get(key)!].push(index);
  });
  return parts;
}
