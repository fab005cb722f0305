/** Writes a detector as the file beside `scope.json`. */
import { writeSafetensors } from "../../checkpoint/index.ts";
import type { DetectorParts } from "./detector.ts";

/** Half precision except for thresholds, to keep the file small. */
export async function writeDetector(path: string, parts: DetectorParts, recipe: string): Promise<void> {
  const { kinds, size, mean, axes, centres, whitenings, farthest, least, sharpness, sharpest, tokens, head } = parts;
  const count = axes.length / size;
  const half = (name: string, shape: readonly number[], data: Float32Array) => ({
    name,
    shape,
    data,
    dtype: "F16" as const,
  });
  const whole = (name: string, values: readonly number[]) => ({
    name,
    shape: [values.length],
    data: Float32Array.from(values),
  });
  const hidden = head?.[1].length ?? 0;
  const layers = head && [
    half("head.1.weight", [hidden, count], head[0]),
    half("head.1.bias", [hidden], head[1]),
    half("head.2.weight", [kinds.length + 1, hidden], head[2]),
    half("head.2.bias", [kinds.length + 1], head[3]),
  ];
  const tensors = [
    half("mean", [size], mean),
    half("axes", [count, size], axes),
    ...kinds.flatMap((kind, k) => [
      half(`${kind}.centre`, [count], centres[k]),
      half(`${kind}.whitening`, [count, count], whitenings[k]),
    ]),
    whole("farthest", farthest),
    whole("least", least),
    whole("sharpness", sharpness),
    whole("sharpest", sharpest),
    ...(layers ?? []),
  ];
  await writeSafetensors(path, tensors, {
    metadata: { kinds: kinds.join(","), tokens: String(tokens), recipe },
    overwrite: true,
  });
}
