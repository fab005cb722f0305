import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Random } from "../../../base/random.ts";
import {
  countTanimoto,
  descriptors,
  environmentCounts,
  morganEnvironments,
  readSmiles,
} from "../../../molecules/index.ts";
import { kernel, kernelFeatures, kernelPoint, scaleOf } from "../../../task/therapeutics/kernel/features.ts";
import {
  coefficientText,
  type KernelFile,
  KernelModel,
  kernelFileName,
  readKernelModel,
} from "../../../task/therapeutics/kernel/kernel-model.ts";
import type { TxLibrary } from "../../../task/therapeutics/own/library.ts";
import type { TxSet } from "../sets.ts";
import { chooseKernel } from "./choose.ts";
import { fitKernel, kernelMatrix } from "./fit.ts";
import { plattScaling } from "./platt.ts";

/** Alkanes, alcohols, amines and benzenes of different sizes. */
const smiles = ["", "O", "N", "c1ccccc1", "C(=O)O", "Cl"].flatMap((end) =>
  Array.from({ length: 10 }, (_, length) => `${"C".repeat(length + 1)}${end}`),
);
const both = { environments: 0.5, descriptors: 0.3, linear: 0.2 };
const features = smiles.map((text) => kernelFeatures(readSmiles(text)));
const scale = scaleOf(features);
const points = features.map((each) => kernelPoint(each, scale));

test("similarity of environment counts tells chains apart that have the same bits", () => {
  const of = (text: string) => environmentCounts(readSmiles(text));
  expect(countTanimoto(of("CCCCCCCC"), of("CCCCCCCC"))).toBe(1);
  const [eight, nine] = [of("CCCCCCCC"), of("CCCCCCCCC")];
  expect(eight.hashes).toEqual(nine.hashes);
  expect(countTanimoto(eight, nine)).toBeCloseTo(eight.total / nine.total, 12);
  expect(countTanimoto(of("O"), of("C"))).toBe(0);
  const all = morganEnvironments(readSmiles("CC(=O)Oc1ccccc1C(=O)O"));
  const { hashes, counts, total } = of("CC(=O)Oc1ccccc1C(=O)O");
  expect([total, hashes.length]).toEqual([all.length, new Set(all).size]);
  hashes.forEach((hash, i) => {
    expect(counts[i]).toBe(all.filter((each) => each === hash).length);
  });
});

test("the fit solves its linear system, leaving out what was not measured", () => {
  const matrix = kernelMatrix(points, both);
  const labels = smiles.map((text, i) => (i % 7 === 3 ? Number.NaN : descriptors(readSmiles(text)).logP));
  const { offset, coefficients } = fitKernel(matrix, labels, 0.1);
  const residual = labels.map((label, i) => {
    if (Number.isNaN(label)) return coefficients[i];
    const sum = coefficients.reduce((total, value, j) => total + value * matrix[i * labels.length + j], 0);
    return sum + 0.1 * coefficients[i] - (label - offset);
  });
  expect(Math.max(...residual.map(Math.abs))).toBeLessThan(2e-3);
});

test("probabilities from scores: the slope and the intercept that made the labels; none where there is one class", () => {
  const random = new Random(1);
  const scores = Array.from({ length: 4000 }, () => random.next());
  const positive = scores.map((score) => random.next() < 1 / (1 + Math.exp(-6 * score + 4)));
  const [slope, intercept] = plattScaling(scores, positive);
  expect(slope).toBeGreaterThan(5.3);
  expect(slope).toBeLessThan(6.7);
  expect(intercept).toBeCloseTo(-4, 0);
  expect(plattScaling([0, 1], [true, true])).toEqual([4, -2]);
  // A score that is the wrong way round is not turned.
  expect(plattScaling([0, 0.1, 0.9, 1], [true, true, false, false])).toEqual([4, -2]);
  expect(plattScaling([0, 0.1, 0.9, 1], [false, false, true, true]).every(Number.isFinite)).toBe(true);
});

test("chosen on validation molecules, stored, read and predicted alike; beyond the training molecules it goes on", async () => {
  const set: TxSet = {
    name: "alkyl",
    file: "",
    smiles: "smiles",
    weight: 1,
    refused: 0,
    sha256: "",
    tasks: [
      { name: "alkyl_logP", column: "", kind: "regression", context: "", options: "logP" },
      { name: "alkyl_acid", column: "", kind: "binary", context: "", options: ["no acid", "acid"] },
    ],
    molecules: smiles.map((text, i) => {
      const molecule = readSmiles(text);
      const labels = [descriptors(molecule).logP, /\(=O\)O/.test(text) ? 1 : 0];
      return { molecule, smiles: text, part: i % 5 === 4 ? "valid" : "train", labels };
    }),
  };
  const trials: number[] = [];
  const { validation, ...fitted } = chooseKernel(set, ({ value }) => trials.push(value));
  expect(trials.length).toBe(20);
  expect(validation.metric).toBe("RMSE");
  const training = set.molecules.filter(({ part }) => part === "train");
  const library: TxLibrary = {
    split: "",
    sets: [
      {
        name: "alkyl",
        tasks: set.tasks.map(({ name, kind, options }) => ({ name, kind, options })),
        smiles: training.map((each) => each.smiles),
        labels: training.map((each) => each.labels),
      },
    ],
  };
  const file: KernelFile = {
    split: "",
    sets: [{ ...fitted, method: "kernel", validation: { ...validation, language: 9 } }],
  };
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-kernel-"));
  await writeFile(join(folder, kernelFileName), gzipSync(JSON.stringify(file)));
  const model = (await readKernelModel(folder, library))!;
  for (const { molecule, labels } of set.molecules.filter(({ part }) => part === "valid")) {
    const { value, low, high } = model.predict("alkyl_logP", molecule)!;
    expect(Math.abs(value - labels[0])).toBeLessThan(0.4);
    expect(low).toBeLessThan(high!);
    expect(model.predict("alkyl_acid", molecule)!.value > 0.5).toBe(labels[1] === 1);
  }
  // Twice as long as any training molecule.
  const long = readSmiles("C".repeat(20));
  const longest = Math.max(...set.molecules.map(({ labels }) => labels[0]));
  expect(model.predict("alkyl_logP", long)!.value).toBeGreaterThan(longest);
  expect(model.predict("other", long)).toBeUndefined();
  const [{ tasks, ...rest }] = file.sets;
  const short = {
    ...rest,
    tasks: tasks.map((task) => ({ ...task, coefficients: coefficientText(Float32Array.of(1)) })),
  };
  expect(() => new KernelModel({ split: "", sets: [short] }, library, "").predict("alkyl_logP", long)).toThrow(
    /does not match the training molecules \(expected 48 coefficients, found 1\)/,
  );
  await writeFile(join(folder, kernelFileName), "no gzip");
  await expect(readKernelModel(folder, library)).rejects.toMatchObject({ code: "therapeutics/kernel" });
  expect(await readKernelModel(folder, undefined)).toBeUndefined();
  await rm(folder, { recursive: true });
});

test("the kernel is symmetric; the bounded similarities of a molecule with itself are 1", () => {
  const [a, b] = [points[3], points[40]];
  expect(kernel(a, b, both)).toBe(kernel(b, a, both));
  expect(kernel(a, a, { environments: 1, descriptors: 0, linear: 0 })).toBe(1);
  expect(kernel(a, a, { environments: 0, descriptors: 1, linear: 0 })).toBe(1);
});
