/** Scores of two ways of training over several draws of the training molecules, and their difference with an interval over draws and test molecules. */
import { Random } from "../../../base/random.ts";
import { auroc, ifDefined, mean, quantile } from "../../../measure/index.ts";

/** Predictions of the test molecules in one draw, by both ways. */
export interface Draw {
  readonly pretrained: readonly number[];
  readonly scratch: readonly number[];
}

export interface CurvePoint {
  readonly pretrained: number;
  readonly scratch: number;
  /** How much better pretraining is: higher AUROC, lower error. */
  readonly gain: number;
  readonly low: number;
  readonly high: number;
}

const resamples = 1000;

/** AUROC, or root mean squared error, of the molecules at these indices. */
export function curveScore(
  truth: readonly number[],
  predicted: readonly number[],
  binary: boolean,
  at: readonly number[],
) {
  if (!binary) return Math.sqrt(mean(at.map((i) => (predicted[i] - truth[i]) ** 2)));
  return auroc(
    at.map((i) => predicted[i]),
    at.map((i) => truth[i] === 1),
  );
}

/** Mean over draws. 95 % interval of the gain by resampling both draws and test molecules. */
export function curvePoint(truth: readonly number[], draws: readonly Draw[], binary: boolean): CurvePoint {
  const all = truth.map((_, i) => i);
  const scores = (at: readonly number[], drawn: readonly Draw[]) => {
    const of = (way: keyof Draw) => mean(drawn.map((draw) => curveScore(truth, draw[way], binary, at)));
    const [pretrained, scratch] = [of("pretrained"), of("scratch")];
    return { pretrained, scratch, gain: binary ? pretrained - scratch : scratch - pretrained };
  };
  const random = new Random(101);
  const again = <T>(items: readonly T[]) => items.map(() => items[random.below(items.length)]);
  // A resample of molecules of one class has no AUROC and is left out.
  const gains = Array.from({ length: resamples }, () => ifDefined(() => scores(again(all), again(draws)).gain));
  const sorted = Float64Array.from(gains.filter((gain) => gain !== undefined)).sort();
  return { ...scores(all, draws), low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}
