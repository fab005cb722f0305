/** Learning-rate schedules: linear warm-up, then cosine or linear decay. */
import { PolyclinicError } from "../../base/errors.ts";

/** A learning-rate schedule: linear warm-up, then the given shape. */
export interface Schedule {
  /** The highest learning rate, reached at the end of the warm-up. */
  readonly learningRate: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Warm-up steps; the rate rises linearly from learningRate / warmup. */
  readonly warmup: number;
  readonly shape: "cosine" | "linear" | "constant";
  /** Final rate as a fraction of `learningRate`; default 0. */
  readonly floor?: number;
}

/** The learning rate of a step, counted from 0. */
export function learningRateAt({ learningRate, steps, warmup, shape, floor = 0 }: Schedule, step: number): number {
  if (!(learningRate > 0) || !(steps > 0) || warmup < 0 || warmup > steps)
    throw new PolyclinicError("learn/schedule", "is not a valid learning-rate schedule", {
      where: "schedule",
      expected: "learningRate > 0, steps > 0, 0 <= warmup <= steps",
      found: `learningRate ${learningRate}, steps ${steps}, warmup ${warmup}`,
    });
  if (step < warmup) return (learningRate * (step + 1)) / warmup;
  const gone = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  const left = shape === "cosine" ? 0.5 * (1 + Math.cos(Math.PI * gone)) : shape === "linear" ? 1 - gone : 1;
  return learningRate * (floor + (1 - floor) * left);
}
