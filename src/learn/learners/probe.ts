/**
 * Probes: multinomial logistic regression on frozen embeddings, the linear evaluation of MedSigLIP (MedGemma report,
 * section 6; scikit-learn's `LogisticRegression` in its notebooks). Minimises C * (sum of cross-entropies) + |W|^2 / 2
 * by L-BFGS; intercepts are not penalised.
 */
import { PolyclinicError } from "../../base/errors.ts";

/** Options of `fitProbe`. */
export interface ProbeOptions {
  /** Inverse regularisation strength, scikit-learn's C. Default 1. */
  readonly c?: number;
  /** Default 250, as in the notebooks. */
  readonly maxIterations?: number;
}

/** A linear probe: multinomial logistic regression on embeddings. */
export interface Probe {
  readonly classes: readonly string[];
  /** Shapes `[classes, width]` and `[classes]`. */
  readonly weights: Float64Array;
  readonly intercepts: Float64Array;
  /** Class probabilities of one embedding `[width]`, in the order of `classes`. */
  probabilities(embedding: Float32Array): number[];
}

/**
 * Fits a probe.
 *
 * @throws learn/probe for fewer than two classes or embeddings of unequal width.
 */
export function fitProbe(
  embeddings: readonly Float32Array[],
  labels: readonly string[],
  { c = 1, maxIterations = 250 }: ProbeOptions = {},
): Probe {
  const classes = [...new Set(labels)].sort();
  const width = embeddings[0]?.length ?? 0;
  if (classes.length < 2 || embeddings.length !== labels.length || embeddings.some((e) => e.length !== width))
    throw new PolyclinicError("learn/probe", "cannot be fitted", {
      where: "embeddings",
      expected: "embeddings of equal width, one label each, of at least two classes",
      found: `${embeddings.length} embeddings, ${labels.length} labels, ${classes.length} classes`,
    });
  const k = classes.length;
  const targets = labels.map((label) => classes.indexOf(label));
  const objective = (theta: Float64Array) => {
    const gradient = new Float64Array(theta.length);
    let value = 0;
    for (let i = 0; i < k * width; i++) {
      value += theta[i] ** 2 / 2;
      gradient[i] = theta[i];
    }
    for (const [n, x] of embeddings.entries()) {
      const p = softmaxScores(theta, k, x);
      value -= c * Math.log(Math.max(p[targets[n]], 1e-300));
      for (let j = 0; j < k; j++) {
        const slope = c * (p[j] - (j === targets[n] ? 1 : 0));
        for (let i = 0; i < width; i++) gradient[j * width + i] += slope * x[i];
        gradient[k * width + j] += slope;
      }
    }
    return { value, gradient };
  };
  const theta = lbfgs(new Float64Array(k * (width + 1)), objective, maxIterations);
  return {
    classes,
    weights: theta.subarray(0, k * width),
    intercepts: theta.subarray(k * width),
    probabilities: (embedding) => softmaxScores(theta, k, embedding),
  };
}

/** A probe as stored in JSON. */
export interface StoredProbe {
  /** The model that computes its embeddings. */
  readonly base: string;
  readonly classes: readonly string[];
  /** `[classes, width]`, row-major. */
  readonly weights: readonly number[];
  readonly intercepts: readonly number[];
}

/** @throws learn/probe when the object is not a valid probe. */
export function probeOf({ classes, weights, intercepts }: StoredProbe, where: string): Probe {
  const k = classes?.length ?? 0;
  if (k < 2 || intercepts?.length !== k || !(weights?.length > 0) || weights.length % k !== 0)
    throw new PolyclinicError("learn/probe", "is not a valid probe file", {
      where,
      expected: "classes, weights and intercepts",
    });
  const theta = Float64Array.from([...weights, ...intercepts]);
  return {
    classes,
    weights: theta.subarray(0, weights.length),
    intercepts: theta.subarray(weights.length),
    probabilities: (embedding) => softmaxScores(theta, k, embedding),
  };
}

function softmaxScores(theta: Float64Array, k: number, x: Float32Array): number[] {
  const width = x.length;
  const scores = Array.from({ length: k }, (_, j) => {
    let score = theta[k * width + j];
    for (let i = 0; i < width; i++) score += theta[j * width + i] * x[i];
    return score;
  });
  const top = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - top));
  const sum = raised.reduce((a, b) => a + b, 0);
  return raised.map((value) => value / sum);
}

type Objective = (theta: Float64Array) => { value: number; gradient: Float64Array };

/**
 * Limited-memory BFGS (Nocedal and Wright, algorithm 7.5) with a history of ten pairs and a backtracking line search
 * (Armijo).
 */
function lbfgs(start: Float64Array, objective: Objective, maxIterations: number): Float64Array {
  let theta = start;
  let { value, gradient } = objective(theta);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < maxIterations && largest(gradient) > 1e-6; iteration++) {
    const direction = twoLoop(gradient, pairs);
    const slope = dot(direction, gradient);
    let length = pairs.length === 0 ? Math.min(1, 1 / Math.sqrt(dot(gradient, gradient))) : 1;
    let next = { theta, value, gradient };
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      const moved = theta.map((t, i) => t + length * direction[i]);
      const there = objective(moved);
      if (there.value <= value + 1e-4 * length * slope) {
        next = { theta: moved, ...there };
        break;
      }
    }
    if (next.theta === theta) break;
    const s = next.theta.map((t, i) => t - theta[i]);
    const y = next.gradient.map((g, i) => g - gradient[i]);
    const curvature = dot(s, y);
    if (curvature > 1e-12) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > 10) pairs.shift();
    ({ theta, value, gradient } = next);
  }
  return theta;
}

function twoLoop(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    alphas[i] = rho * dot(s, q);
    for (let j = 0; j < q.length; j++) q[j] -= alphas[i] * y[j];
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = dot(last.s, last.y) / dot(last.y, last.y);
    for (let j = 0; j < q.length; j++) q[j] *= scale;
  }
  for (const [i, { s, y, rho }] of pairs.entries()) {
    const beta = rho * dot(y, q);
    for (let j = 0; j < q.length; j++) q[j] += s[j] * (alphas[i] - beta);
  }
  return q.map((v) => -v);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

const largest = (values: Float64Array) => values.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
