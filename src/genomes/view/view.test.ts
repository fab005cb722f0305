import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import {
  distributionSvg,
  fitTileScale,
  percentileRanks,
  pileupTensor,
  readTiles,
  renderTiles,
  simulateSite,
  stackPileup,
  tileLayout,
  traitAt,
  unstackPileup,
} from "../index.ts";

test("percentile ranks: ties count half, as scipy.stats.percentileofscore(kind='mean')", () => {
  // scipy 1.x: percentileofscore([1, 2, 2, 3, 4], [0, 2, 3, 9], kind="mean") -> 0, 40, 70, 100
  expect(percentileRanks([0, 2, 3, 9], [1, 2, 2, 3, 4])).toEqual([0, 40, 70, 100]);
  expect(percentileRanks([1, Number.NaN, 2])).toEqual([25, Number.NaN, 75]);
  expect(() => percentileRanks([1], [])).toThrow(/no scores/);
});

test("the distribution marks people with their percentile", () => {
  const svg = distributionSvg([1, 2, 3, 4], { title: "A & B", marked: [{ label: "P001", value: 3.5 }] });
  expect(svg).toContain("P001: 75th percentile");
  expect(svg).toContain("A &amp; B");
});

test("7,145 traits fit 768 x 768 pixels, and 85 tiles a side without padding", () => {
  expect(tileLayout(7145)).toMatchObject({ columns: 85, rows: 85, width: 680, height: 680 });
  expect(tileLayout(7145, 768)).toMatchObject({ columns: 96, width: 768, height: 768 });
  expect(() => tileLayout(9217, 768)).toThrow(/1 to 9216 traits/);
});

test("scores come back from the picture to half a level, missing ones as missing", () => {
  const random = new Random(2);
  const people = Array.from({ length: 50 }, () => Float64Array.from({ length: 16 * 3 }, () => random.normal()));
  people[0][7] = Number.NaN;
  const scale = fitTileScale(people);
  for (const canvas of [undefined, 64]) {
    const layout = tileLayout(16, canvas);
    const back = readTiles(renderTiles(people[0], scale, layout), scale, layout);
    back.forEach((value, i) => {
      if (i === 7) expect(value).toBeNaN();
      else expect(Math.abs(value - people[0][i])).toBeLessThanOrEqual((scale.high[i] - scale.low[i]) / 508 + 1e-12);
    });
  }
});

test("a pixel tells its trait, padding none", () => {
  const layout = tileLayout(5, 32);
  expect([
    traitAt(0, 0, layout),
    traitAt(31, 7, layout),
    traitAt(0, 8, layout),
    traitAt(8, 8, layout),
    traitAt(40, 0, layout),
  ]).toEqual([0, 3, 4, undefined, undefined]);
});

test("a pileup's every cell lies where Med-PaLM M puts it, and comes back", () => {
  const random = new Random(4);
  const tensor = Uint8Array.from({ length: 100 * 221 * 6 }, () => random.below(256));
  const image = stackPileup(tensor);
  for (let i = 0; i < 2000; i++) {
    const [row, column, channel] = [random.below(100), random.below(221), random.below(6)];
    expect(image[((row + 100 * Math.floor(channel / 3)) * 224 + column) * 3 + (channel % 3)]).toBe(
      tensor[(row * 221 + column) * 6 + channel],
    );
  }
  expect(image.subarray(200 * 224 * 3).every((byte) => byte === 0)).toBe(true);
  expect(unstackPileup(image)).toEqual(tensor);
  expect(() => stackPileup(tensor.subarray(1))).toThrow(/132600 bytes/);
});

test("simulated reads show the genotype: half of them in a heterozygote, nearly all in a homozygote, none without the variant", () => {
  for (const kind of ["snp", "insertion", "deletion"] as const)
    for (const [genotype, low, high] of [
      [0, 0, 0],
      [1, 0.4, 0.6],
      // A read that ends at the site shows no deletion, and an error can hide the variant.
      [2, 0.98, 1],
    ] as const) {
      const reads = Array.from({ length: 20 }, (_, seed) => simulateSite({ kind, genotype, seed })).flatMap(
        (site) => site.reads,
      );
      const share = reads.filter((read) => read.supportsVariant).length / reads.length;
      expect(share).toBeGreaterThanOrEqual(low);
      expect(share).toBeLessThanOrEqual(high);
    }
  const site = simulateSite({ kind: "snp", genotype: 2, seed: 1 });
  expect(simulateSite({ kind: "snp", genotype: 2, seed: 1 })).toEqual(site);
  const { data, omitted } = pileupTensor(site.reference, site.reads);
  expect(omitted).toBe(0);
  // The middle column of the reads differs from the reference, that of the reference rows does not.
  const differs = (row: number) => data[(row * 221 + 110) * 6 + 5];
  expect(differs(0)).toBe(50);
  expect(site.reads.filter((_, i) => differs(5 + i) === 254).length / site.reads.length).toBeGreaterThan(0.95);
  expect(
    pileupTensor(
      site.reference,
      Array.from({ length: 120 }, () => site.reads[0]),
    ).omitted,
  ).toBe(25);
});
