/**
 * Selects the kernel regression of one set: the kernel weights and ridge that perform best on the validation part, then
 * the fit on the whole training part.
 */
import { quantile } from "../../../measure/index.ts";
import {
  type KernelPoint,
  type KernelShares,
  kernel,
  kernelFeatures,
  kernelPoint,
  scaleOf,
} from "../../../task/therapeutics/kernel/features.ts";
import { coefficientText, type KernelSet } from "../../../task/therapeutics/kernel/kernel-model.ts";
import { isAhead, metricOf, scoreOf } from "../score.ts";
import type { TxMolecule, TxSet } from "../sets.ts";
import { fitKernel, type KernelFit, kernelMatrix } from "./fit.ts";
import { plattScaling } from "./platt.ts";

const shares: readonly KernelShares[] = [
  { environments: 1, descriptors: 0, linear: 0 },
  { environments: 0, descriptors: 0, linear: 1 },
  { environments: 0.5, descriptors: 0.5, linear: 0 },
  { environments: 0.5, descriptors: 0.3, linear: 0.2 },
  { environments: 0.2, descriptors: 0.3, linear: 0.5 },
];
const ridges = [0.03, 0.1, 0.3, 1];
/** Selection uses at most this many training molecules, evenly spaced; the final fit uses all. */
const maxTrialMolecules = 2500;

export interface KernelTrial {
  readonly shares: KernelShares;
  readonly ridge: number;
  /** Score on the validation part. */
  readonly value: number;
}

export type KernelFitted = Omit<KernelSet, "method" | "validation"> & {
  readonly validation: { readonly metric: "AUROC" | "RMSE"; readonly molecules: number; readonly kernel: number };
};

export function chooseKernel(set: TxSet, onTrial?: (trial: KernelTrial) => void): KernelFitted {
  const training = set.molecules.filter(({ part }) => part === "train");
  const validation = set.molecules.filter(({ part }) => part === "valid");
  const features = training.map(({ molecule }) => kernelFeatures(molecule));
  const scale = scaleOf(features);
  const points = features.map((each) => kernelPoint(each, scale));
  const queries = validation.map(({ molecule }) => kernelPoint(kernelFeatures(molecule), scale));
  const every = Math.ceil(training.length / maxTrialMolecules);
  const some = training.flatMap((_, i) => (i % every === 0 ? [i] : []));
  const labels = validation.map((each) => each.labels);
  let best: KernelTrial | undefined;
  for (const each of shares) {
    const matrix = kernelMatrix(
      some.map((i) => points[i]),
      each,
    );
    const rows = similarities(
      queries,
      some.map((i) => points[i]),
      each,
    );
    for (const ridge of ridges) {
      const fits = fitsOf(
        set,
        matrix,
        some.map((i) => training[i]),
        ridge,
      );
      const trial = { shares: each, ridge, value: scoreOf(set.tasks, labels, predictions(rows, fits)) };
      onTrial?.(trial);
      if (best === undefined || isAhead(set, trial.value, best.value)) best = trial;
    }
  }
  const { shares: chosen, ridge } = best!;
  const fits = fitsOf(set, kernelMatrix(points, chosen), training, ridge);
  const predicted = predictions(similarities(queries, points, chosen), fits);
  return {
    name: set.name,
    shares: chosen,
    ridge,
    scale: { mean: scale.mean.map(short), deviation: scale.deviation.map(short) },
    tasks: set.tasks.map(({ name, kind }, t) => ({
      name,
      offset: fits[t].offset,
      coefficients: coefficientText(fits[t].coefficients),
      ...(kind === "regression"
        ? { errors: errorsOf(labels, predicted, t) }
        : { calibration: calibrationOf(predicted, labels, t) }),
    })),
    validation: {
      metric: metricOf(set),
      molecules: validation.length,
      kernel: scoreOf(set.tasks, labels, predicted),
    },
  };
}

const short = (value: number) => Number(value.toPrecision(9));

const fitsOf = (set: TxSet, matrix: Float32Array, molecules: readonly TxMolecule[], ridge: number) =>
  set.tasks.map((_, t) =>
    fitKernel(
      matrix,
      molecules.map(({ labels }) => labels[t]),
      ridge,
    ),
  );

const similarities = (queries: readonly KernelPoint[], points: readonly KernelPoint[], each: KernelShares) =>
  queries.map((query) => Float32Array.from(points, (point) => kernel(query, point, each)));

function predictions(rows: readonly Float32Array[], fits: readonly KernelFit[]): number[][] {
  return rows.map((row) =>
    fits.map(({ offset, coefficients }) => row.reduce((sum, value, i) => sum + value * coefficients[i], offset)),
  );
}

function calibrationOf(
  predicted: readonly (readonly number[])[],
  labels: readonly (readonly number[])[],
  task: number,
): [number, number] {
  const known = labels.flatMap((row, i) => (Number.isNaN(row[task]) ? [] : [i]));
  const [slope, intercept] = plattScaling(
    known.map((i) => predicted[i][task]),
    known.map((i) => labels[i][task] === 1),
  );
  return [short(slope), short(intercept)];
}

function errorsOf(
  labels: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
  task: number,
): [number, number] {
  const errors = labels
    .map((row, i) => row[task] - predicted[i][task])
    .filter((error) => !Number.isNaN(error))
    .sort((a, b) => a - b);
  return [short(quantile(errors, 0.1)), short(quantile(errors, 0.9))];
}
