/**
 * What tests and intervals promise, measured on simulated data: a test rejects a true null hypothesis in 5 % of the cases (or fewer, where it says that it is
 * conservative), an interval covers the true value in 95 %.
 *
 * The full run, which writes its table to a file: POLYCLINIC_SIMULATIONS=table.md npx vitest run src/measure/simulations.test.ts
 */
import { appendFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Random } from "../base/random.ts";
import * as m from "./index.ts";

const file = process.env.POLYCLINIC_SIMULATIONS;
const full = file !== undefined;
const nulls = full ? 2000 : 500;
const replications = full ? 500 : 150;
const resamples = full ? 1000 : 300;

const normals = (r: Random, n: number, scale = 1) => Array.from({ length: n }, () => scale * r.normal());
const coins = (r: Random, n: number, p: number) => Array.from({ length: n }, () => r.next() < p);
const tenths = (values: readonly number[]) => values.map((value) => Math.round(value * 2) / 2);
const count = (values: readonly boolean[]) => values.filter(Boolean).length;
const numbers = (values: readonly boolean[]) => values.map(Number);

/** Two scores of the same cases, equally good. */
function scores(r: Random, n: number) {
  const positive = coins(r, n, 0.4);
  const shared = normals(r, n);
  const score = () => shared.map((value, i) => value + r.normal() + (positive[i] ? 1.4 : 0));
  return { positive, first: score(), second: score() };
}

/** Ratings in blocks of three that move together, the same mean in both arms. */
function blocked(r: Random, blocks: number) {
  const block = Array.from({ length: blocks * 3 }, (_, i) => Math.floor(i / 3));
  const shift = normals(r, blocks, 2);
  return { block, first: block.map((b) => shift[b] + r.normal()), second: normals(r, blocks * 3) };
}

interface World {
  readonly name: string;
  /** The p-value on data made under the null hypothesis. */
  readonly p: (r: Random) => number;
  /** `level`: rejects in 5 %; `conservative`: in at most 5 %. */
  readonly promise: "level" | "conservative";
}

const level = (name: string, p: World["p"]): World => ({ name, p, promise: "level" });
const conservative = (name: string, p: World["p"]): World => ({ name, p, promise: "conservative" });

function discordant(r: Random, n: number) {
  return m.discordantPairs(coins(r, n, 0.6), coins(r, n, 0.6));
}
const table = (r: Random, n: number, p = 0.4): [[number, number], [number, number]] => {
  const a = count(coins(r, n, p));
  const b = count(coins(r, n, p));
  return [
    [a, n - a],
    [b, n - b],
  ];
};
const eight = (r: Random) => Array.from({ length: 8 }, () => m.pairedTTest(normals(r, 12), normals(r, 12)).p);

const worlds: World[] = [
  level("paired t", (r) => m.pairedTTest(normals(r, 12), normals(r, 12)).p),
  level("Student t", (r) => m.unpairedTTest(normals(r, 9), normals(r, 15), "student").p),
  level("Welch t, unequal variances", (r) => m.unpairedTTest(normals(r, 12), normals(r, 30, 3), "welch").p),
  level("correlation", (r) => m.correlationTest(m.pearson(normals(r, 20), normals(r, 20)), 20).p),
  level("Wilcoxon, exact", (r) => m.wilcoxonSignedRankTest(normals(r, 20), { method: "exact" }).p),
  level(
    "Wilcoxon, normal, ties and zeros dropped",
    (r) => m.wilcoxonSignedRankTest(tenths(normals(r, 80)), { method: "normal" }).p,
  ),
  level(
    "Wilcoxon, normal, Pratt's zeros",
    (r) => m.wilcoxonSignedRankTest(tenths(normals(r, 80)), { method: "normal", zeros: "pratt" }).p,
  ),
  conservative(
    "Wilcoxon, exact with ties",
    (r) => m.wilcoxonSignedRankTest(tenths(normals(r, 14)), { method: "exact" }).p,
  ),
  conservative("Mann-Whitney, exact", (r) => m.mannWhitneyTest(normals(r, 7), normals(r, 12)).p),
  level("Mann-Whitney, normal, ties", (r) => m.mannWhitneyTest(tenths(normals(r, 60)), tenths(normals(r, 50))).p),
  conservative("sign", (r) => m.signTest(normals(r, 60)).p),
  level("McNemar, plain", (r) => m.mcnemarTest(discordant(r, 800), "plain").p),
  conservative("McNemar, corrected", (r) => m.mcnemarTest(discordant(r, 200), "corrected").p),
  conservative("McNemar, exact", (r) => m.mcnemarTest(discordant(r, 60), "exact").p),
  level("chi-square, 2 x 4", (r) => {
    const row = () => {
      const counts = [0, 0, 0, 0];
      for (let i = 0; i < 150; i++) counts[r.below(4)]++;
      return counts;
    };
    return m.chiSquareTest([row(), row()]).p;
  }),
  level("goodness of fit, 6 categories", (r) => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (let i = 0; i < 240; i++) counts[r.below(6)]++;
    return m.goodnessOfFitTest(counts, [40, 40, 40, 40, 40, 40]).p;
  }),
  conservative("chi-square, 2 x 2, Yates", (r) => m.chiSquareTest(table(r, 60), { correction: true }).p),
  level("two proportions, one-sided", (r) => {
    const [[a], [b]] = table(r, 1000);
    return m.twoProportionTest({ correct: a, n: 1000 }, { correct: b, n: 1000 }, "greater").p;
  }),
  conservative("Fisher", (r) => m.fisherExactTest(table(r, 25)).p),
  level("DeLong, paired", (r) => {
    const { first, second, positive } = scores(r, 200);
    return m.delongTest(first, second, positive).p;
  }),
  // 199 resamples and the data themselves: p is a multiple of 1/100, so a level of .05 can be met exactly.
  level(
    "permutation, paired",
    (r) => m.pairedPermutationTest(normals(r, 25), normals(r, 25), { resamples: 199, seed: r.nextUint32() }).p,
  ),
  level("permutation, paired, by block", (r) => {
    const { block, first, second } = blocked(r, 25);
    return m.pairedPermutationTest(first, second, { blocks: block, resamples: 199, seed: r.nextUint32() }).p;
  }),
  level(
    "permutation, unpaired",
    (r) => m.unpairedPermutationTest(normals(r, 20), normals(r, 30), { resamples: 199, seed: r.nextUint32() }).p,
  ),
  level(
    "bootstrap of a difference of accuracies",
    (r) =>
      m.bootstrapDifferenceTest(
        250,
        m.meanStatistic(numbers(coins(r, 250, 0.7))),
        m.meanStatistic(numbers(coins(r, 250, 0.7))),
        { resamples: 399, seed: r.nextUint32() },
      ).p,
  ),
  level(
    "F test of the ICC",
    (r) =>
      m.intraclassCorrelation(
        Array.from({ length: 12 }, () => normals(r, 3)),
        "icc3",
      ).p,
  ),
  level("Benjamini-Hochberg, any of 8 true nulls", (r) =>
    Math.min(...m.adjustedPValues(eight(r), "benjamini-hochberg")),
  ),
  level("Holm, any of 8 true nulls", (r) => Math.min(...m.adjustedPValues(eight(r), "holm"))),
];

/** Where the share of `n` lies when its expectation is `p`, with 95 % for all `families` of them together (Bonferroni). */
function expected(p: number, n: number, families: number): [number, number] {
  const tail = 0.05 / families / 2;
  let low = 0;
  while (m.special.binomialLower(low, n, p) < tail) low++;
  let high = n;
  while (m.special.binomialUpper(high, n, p) < tail) high--;
  return [low / n, high / n];
}

const rejections = (world: World) => {
  const random = new Random(2026);
  let rejected = 0;
  for (let i = 0; i < nulls; i++) if (world.p(random) <= 0.05 + 1e-12) rejected++;
  return rejected / nulls;
};

const print = (line: string) => {
  if (full) appendFileSync(file, `${line}\n`);
};

test.each(worlds)("$name keeps its level", (world) => {
  const [low, high] = expected(0.05, nulls, worlds.length);
  const [plainLow, plainHigh] = expected(0.05, nulls, 1);
  const share = rejections(world);
  print(
    `| ${world.name} | ${share.toFixed(4)} | ${world.promise === "level" ? `${plainLow} to ${plainHigh}` : `up to ${plainHigh}`} |`,
  );
  expect(share).toBeLessThanOrEqual(high);
  if (world.promise === "level") expect(share).toBeGreaterThanOrEqual(low);
});

test("ignoring blocks rejects a true null hypothesis far too often: the simulation can tell", () => {
  const share = rejections(
    level("unblocked", (r) => {
      const { first, second } = blocked(r, 25);
      return m.pairedPermutationTest(first, second, { resamples: 199, seed: r.nextUint32() }).p;
    }),
  );
  expect(share).toBeGreaterThan(0.15);
});

interface Coverage {
  readonly name: string;
  readonly truth: number;
  readonly interval: (r: Random) => m.Interval;
  readonly promise: "level" | "conservative";
}

const seeded = (r: Random) => ({ resamples, seed: r.nextUint32() });
const clustered = (r: Random) => {
  const { block, first } = blocked(r, 60);
  return { values: first, clusters: block };
};

const coverages: Coverage[] = [
  {
    name: "percentile bootstrap, accuracy",
    truth: 0.7,
    promise: "level",
    interval: (r) => m.bootstrapInterval(200, m.meanStatistic(numbers(coins(r, 200, 0.7))), seeded(r)),
  },
  {
    name: "BCa bootstrap, mean of exponentials",
    truth: 1,
    promise: "level",
    interval: (r) =>
      m.bootstrapInterval(150, m.meanStatistic(Array.from({ length: 150 }, () => -Math.log(1 - r.next()))), {
        ...seeded(r),
        method: "bca",
      }),
  },
  {
    name: "percentile bootstrap, AUROC, stratified",
    // Normal scores 1.4 apart with variance 2 each: the chance that a difference of variance 4 is above 0.
    truth: m.special.normalLower(0.7),
    promise: "level",
    interval: (r) => {
      const { first, positive } = scores(r, 200);
      return m.bootstrapInterval(200, m.aurocStatistic(first, positive), { ...seeded(r), strata: positive });
    },
  },
  {
    name: "percentile bootstrap by cluster, mean of 60 clusters",
    truth: 0,
    promise: "level",
    interval: (r) => {
      const { values, clusters } = clustered(r);
      return m.bootstrapInterval(values.length, m.meanStatistic(values), { ...seeded(r), clusters });
    },
  },
  {
    name: "t interval",
    truth: 0,
    promise: "level",
    interval: (r) => m.meanInterval(normals(r, 10)),
  },
  {
    name: "DeLong interval",
    truth: m.special.normalLower(0.7),
    promise: "level",
    interval: (r) => {
      const { first, positive } = scores(r, 200);
      return m.delongInterval(first, positive);
    },
  },
  {
    name: "Wilson, n = 300",
    truth: 0.3,
    promise: "level",
    interval: (r) => m.wilsonInterval(count(coins(r, 300, 0.3)), 300),
  },
  {
    name: "Clopper-Pearson, n = 40",
    truth: 0.1,
    promise: "conservative",
    interval: (r) => m.clopperPearsonInterval(count(coins(r, 40, 0.1)), 40),
  },
];

const covered = ({ interval, truth }: Pick<Coverage, "interval" | "truth">) => {
  const random = new Random(7);
  let inside = 0;
  for (let i = 0; i < replications; i++) {
    const { low, high } = interval(random);
    if (low <= truth && truth <= high) inside++;
  }
  return inside / replications;
};

test.each(coverages)("$name covers the true value", (one) => {
  const [low, high] = expected(0.95, replications, coverages.length);
  const [plainLow, plainHigh] = expected(0.95, replications, 1);
  const share = covered(one);
  print(
    `| ${one.name} | ${share.toFixed(3)} | ${one.promise === "level" ? `${plainLow} to ${plainHigh}` : `from ${plainLow}`} |`,
  );
  expect(share).toBeGreaterThanOrEqual(low);
  if (one.promise === "level") expect(share).toBeLessThanOrEqual(high);
});

test("ignoring clusters covers too rarely: the simulation can tell", () => {
  const share = covered({
    truth: 0,
    interval: (r) => {
      const { values } = clustered(r);
      return m.bootstrapInterval(values.length, m.meanStatistic(values), seeded(r));
    },
  });
  expect(share).toBeLessThan(0.88);
});
