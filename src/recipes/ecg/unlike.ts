/**
 * Refuses recordings unlike the simulated ones the model was trained on, as the image detector does (`model/scope/`): the Mahalanobis distance to the Gaussian of training
 * patients, of the encoder's pooled latents and of a few sizes of the samples, with a limit that held-out patients set.
 */
import { TrainingStep } from "../../learn/step.ts";
import type { Tensors } from "../../learn/tensors.ts";
import { Detector, type DetectorParts } from "../../model/scope/detector.ts";
import { fitGaussians, type Labelled } from "../../model/scope/fit.ts";
import { firstValidationPatient, rhythmExample, signalOf } from "./examples.ts";
import { windowSamples } from "./input.ts";
import { ecgPooled } from "./model.ts";
import { simulatedLeads } from "./simulate/patient.ts";

const batch = 24;
const leads = simulatedLeads.length;
/** Patients that shape the Gaussian, and those that set the limit; none is among the test patients. */
const [shaping, limiting] = [720, 360];
/** Share of simulated patients that may be refused. */
const refused = 0.02;

export interface UnlikeDetector {
  /** Distances of windows `[windowSamples, leads]`, 1 at the limit: above it a window is refused. */
  distances(windows: readonly Float32Array[]): Promise<number[]>;
  close(): Promise<void>;
}

export async function openUnlike(tensors: Tensors, threads?: number): Promise<UnlikeDetector> {
  const step = await TrainingStep.compile({
    name: "ecg-pooled",
    define: (graph, weights) => ecgPooled(graph, weights, batch),
    tensors: new Map(
      [...tensors].filter(([name]) => name.startsWith("encoder.") && name !== "encoder.window_embedding"),
    ),
    trainable: () => false,
    threads,
  });
  const featuresOf = async (windows: readonly Float32Array[]): Promise<Float32Array[]> => {
    const out: Float32Array[] = [];
    const size = windowSamples * leads;
    for (let start = 0; start < windows.length; start += batch) {
      const data = new Float32Array(batch * size);
      for (let i = 0; i < batch; i++) data.set(windows[Math.min(start + i, windows.length - 1)], i * size);
      const { outputs } = await step.run({ signals: { data, dims: [batch, windowSamples, leads] } });
      const width = outputs.pooled.data.length / batch;
      for (let i = 0; i < batch && start + i < windows.length; i++)
        out.push(
          Float32Array.from([
            ...outputs.pooled.data.subarray(i * width, (i + 1) * width),
            ...samplesOf(windows[start + i]),
          ]),
        );
    }
    return out;
  };
  const known = (first: number, count: number) =>
    Array.from({ length: count }, (_, i) => signalOf(rhythmExample(first + i)));
  const train = await featuresOf(known(0, shaping));
  const held = await featuresOf(known(firstValidationPatient + 2 ** 22, limiting));
  const scale = scaleOf(train);
  const parts: DetectorParts = fitGaussians(labelled(train.map(scale)), { kinds: ["simulated"], axes: 96 });
  const detector = new Detector(parts);
  const distance = (row: Float32Array) => detector.distance(detector.project(scale(row)), 0);
  const sorted = held.map(distance).sort((a, b) => a - b);
  const limit = sorted[Math.ceil((1 - refused) * sorted.length) - 1];
  return {
    distances: async (windows) => (await featuresOf(windows)).map((row) => distance(row) / limit),
    close: () => step.close(),
  };
}

/** Sizes of a window's leads, of their steps, of their extremes, and how each lead goes with the next. */
function samplesOf(window: Float32Array): number[] {
  const out: number[] = [];
  for (let lead = 0; lead < leads; lead++) {
    let [square, step, product, nextSquare, most, least] = [0, 0, 0, 0, 0, 0];
    const next = (lead + 1) % leads;
    for (let i = 0; i < windowSamples; i++) {
      const [value, other] = [window[i * leads + lead], window[i * leads + next]];
      square += value ** 2;
      nextSquare += other ** 2;
      product += value * other;
      if (i > 0) step += (value - window[(i - 1) * leads + lead]) ** 2;
      if (value > most) most = value;
      if (value < least) least = value;
    }
    const size = Math.sqrt(square / windowSamples) + 1e-3;
    out.push(
      Math.log(size),
      Math.log(Math.sqrt(step / windowSamples) / size + 1e-3),
      product / (Math.sqrt(square * nextSquare) + 1e-3),
      Math.log((most + 1e-2) / (1e-2 - least)),
    );
  }
  return out;
}

function scaleOf(rows: readonly Float32Array[]): (row: Float32Array) => Float32Array {
  const means = rows[0].map((_, j) => rows.reduce((sum, row) => sum + row[j] / rows.length, 0));
  const deviations = means.map(
    (mean, j) => Math.sqrt(rows.reduce((sum, row) => sum + (row[j] - mean) ** 2 / rows.length, 0)) || 1,
  );
  return (row) => row.map((value, j) => (value - means[j]) / deviations[j]);
}

function labelled(rows: readonly Float32Array[]): Labelled {
  const size = rows[0].length;
  const features = new Float32Array(rows.length * size);
  for (const [i, row] of rows.entries()) features.set(row, i * size);
  return { size, features, kind: rows.map(() => 0), tokens: 1, sharpness: rows.map(() => Number.NaN) };
}
