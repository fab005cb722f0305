/** Writes a detector as the file beside `scope.json`. */
import { writeSafetensors } from "../../checkpoint/index.ts";
import type { DetectorParts, Head } from "./detector.ts";

/** Half precision except for thresholds, to keep the file small. */
export async function writeDetector(path: string, parts: DetectorParts, recipe: string): Promise<void> {
  const { kinds, size, mean, axes, centres, whitenings, farthest, least, sharpness, sharpest, tokens, head, surface } =
    parts;
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
  const layers = (name: string, [w1, b1, w2, b2]: Head) => [
    half(`${name}.1.weight`, [b1.length, w1.length / b1.length], w1),
    half(`${name}.1.bias`, [b1.length], b1),
    half(`${name}.2.weight`, [b2.length, b1.length], w2),
    half(`${name}.2.bias`, [b2.length], b2),
  ];
  const tensors = [
    half("mean", [size], mean),
    half("axes", [count, size], axes),
    ...kinds.flatMap((kind, k) => [
      half(`${kind}.centre`, [count], centres[k]),
      half(`${kind}.whitening`, [(count * (count + 1)) / 2], packed(whitenings[k], count)),
    ]),
    whole("farthest", farthest),
    whole("least", least),
    whole("sharpness", sharpness),
    whole("sharpest", sharpest),
    ...(head === undefined ? [] : layers("head", head)),
    ...(surface === undefined
      ? []
      : [
          whole("surface.mean", [...surface.mean]),
          whole("surface.deviation", [...surface.deviation]),
          whole("surface.least", surface.least),
          ...layers("surface", surface.head),
        ]),
  ];
  await writeSafetensors(path, tensors, {
    metadata: { kinds: kinds.join(","), tokens: String(tokens), recipe },
    overwrite: true,
  });
}

/** The rows of a lower triangular matrix without the zeros. */
function packed(matrix: Float32Array, n: number): Float32Array {
  const out = new Float32Array((n * (n + 1)) / 2);
  for (let i = 0, at = 0; i < n; at += ++i) out.set(matrix.subarray(i * n, i * n + i + 1), at);
  return out;
}
