/**
 * What the tower knows of CT slices of other patients: linear heads learned from the first third of each class, asked
 * about the last third, and the reverse. Consecutive numbers are neighbours of one scan, so the middle third keeps them
 * apart. Still optimistic: the tower was trained on most of these slices.
 */
import { join } from "node:path";
import { embeddedFolder } from "../../../base/embedded-model.ts";
import type { Work } from "../../../base/progress.ts";
import { readPhoto } from "../../../imaging/photo/index.ts";
import { fitProbe } from "../../../learn/learners/probe.ts";
import { TowerFeatures } from "../../../learn/tune/tower-features.ts";
import { balancedAccuracy, confusionMatrix } from "../../../measure/index.ts";
import type { NanoFile } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";

/** Inverse regularisation strengths: the claim is the worst of all. */
const strengths = [0.001, 0.01, 0.1] as const;

export async function ctThirdsRows(data: string, files: readonly NanoFile[], work: Work = {}): Promise<Row[]> {
  const own = files.filter(({ set }) => set === "ct");
  const labels = [...new Set(own.map(({ label }) => label))];
  const third = (which: 0 | 2) =>
    labels.flatMap((label) => {
      const all = own.filter((file) => file.label === label);
      const size = Math.floor(all.length / 3);
      return which === 0 ? all.slice(0, size) : all.slice(all.length - size);
    });
  const tower = await TowerFeatures.open(embeddedFolder);
  try {
    const [first, last] = [await featuresOf(third(0)), await featuresOf(third(2))];
    return strengths.flatMap((c) => [
      row("first-third", "the first third of each class, tested on the last", c, first, last),
      row("last-third", "the last third of each class, tested on the first", c, last, first),
    ]);
  } finally {
    await tower.close();
  }

  async function featuresOf(chosen: readonly NanoFile[]) {
    const images = [];
    for (const { path } of chosen) images.push(await readPhoto(join(data, path)));
    const { features } = await tower.of(images, work);
    return chosen.map(({ label }, i) => ({ label, x: features.subarray(i * tower.size, (i + 1) * tower.size) }));
  }
}

interface Labelled {
  readonly label: string;
  readonly x: Float32Array;
}

function row(id: string, what: string, c: number, train: readonly Labelled[], test: readonly Labelled[]): Row {
  const scaled = standardiser(train.map(({ x }) => x));
  const probe = fitProbe(
    train.map(({ x }) => scaled(x)),
    train.map(({ label }) => label),
    { c },
  );
  const answers = test.map(({ label, x }) => {
    const probabilities = probe.probabilities(scaled(x));
    return { truth: label, predicted: probe.classes[probabilities.indexOf(Math.max(...probabilities))] };
  });
  return rowOf(
    {
      id: `ct-${id}-c${c}`,
      what: `RETIRED: lung CT slices, a linear head (C ${c}) on this tower learned from ${what}, balanced accuracy`,
      baseline: 1 / 3,
      reference: "none",
    },
    "f32",
    answers,
    (own) =>
      balancedAccuracy(
        confusionMatrix(
          own.map(({ truth }) => truth),
          own.map(({ predicted }) => predicted),
        ),
      ),
  );
}

/** To mean 0 and standard deviation 1 over the training images. */
function standardiser(rows: readonly Float32Array[]): (x: Float32Array) => Float32Array {
  const width = rows[0].length;
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  for (const x of rows)
    for (let i = 0; i < width; i++) {
      sums[i] += x[i] / rows.length;
      squares[i] += x[i] ** 2 / rows.length;
    }
  return (x) => x.map((value, i) => (value - sums[i]) / (Math.sqrt(Math.max(0, squares[i] - sums[i] ** 2)) + 1e-6));
}
