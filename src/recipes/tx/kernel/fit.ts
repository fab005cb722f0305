/**
 * Kernel ridge regression: the kernel matrix once per set, then one linear system per task, solved by conjugate
 * gradients.
 */
import { mean } from "../../../measure/index.ts";
import { type KernelPoint, type KernelShares, kernel } from "../../../task/therapeutics/kernel/features.ts";

/** Relative residual at which the iteration stops: far below the noise of measured labels. */
const tolerance = 1e-4;
const maxIterations = 400;

/** The symmetric kernel matrix, row-major. */
export function kernelMatrix(points: readonly KernelPoint[], shares: KernelShares): Float32Array {
  const size = points.length;
  const matrix = new Float32Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) {
      const value = kernel(points[i], points[j], shares);
      matrix[i * size + j] = value;
      matrix[j * size + i] = value;
    }
  return matrix;
}

export interface KernelFit {
  readonly offset: number;
  /** One per molecule; 0 where the label is NaN. */
  readonly coefficients: Float32Array;
}

/** Solves (K + ridge I) c = y - mean(y) over the molecules with a known label. */
export function fitKernel(matrix: Float32Array, labels: readonly number[], ridge: number): KernelFit {
  const known = labels.flatMap((label, i) => (Number.isNaN(label) ? [] : [i]));
  const offset = mean(known.map((i) => labels[i]));
  const size = labels.length;
  const solution = new Float64Array(known.length);
  const residual = Float64Array.from(known, (i) => labels[i] - offset);
  const direction = residual.slice();
  const product = new Float64Array(known.length);
  let square = dot(residual, residual);
  const enough = square * tolerance ** 2;
  for (let round = 0; round < maxIterations && square > enough; round++) {
    for (let a = 0; a < known.length; a++) {
      const row = known[a] * size;
      let sum = ridge * direction[a];
      for (let b = 0; b < known.length; b++) sum += matrix[row + known[b]] * direction[b];
      product[a] = sum;
    }
    const step = square / dot(direction, product);
    for (let a = 0; a < known.length; a++) {
      solution[a] += step * direction[a];
      residual[a] -= step * product[a];
    }
    const next = dot(residual, residual);
    const turn = next / square;
    for (let a = 0; a < known.length; a++) direction[a] = residual[a] + turn * direction[a];
    square = next;
  }
  const coefficients = new Float32Array(size);
  known.forEach((i, a) => {
    coefficients[i] = solution[a];
  });
  return { offset, coefficients };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
