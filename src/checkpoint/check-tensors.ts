/** Compares the tensors of a checkpoint with those its configuration requires, and reports all differences together. */
import { PolyclinicError } from "../base/errors.ts";
import type { WeightSource } from "../nn/weight-source.ts";

/** Maximum number of names of each kind listed in an error. */
const named = 12;

/**
 * Extra tensors outside the layers change nothing and are ignored, as in transformers: training heads, a stored copy of a tied
 * head. An extra tensor inside a layer, or of an extra layer, means that the configuration describes a different network.
 */
const isLayerTensor = (name: string) => /(?:^|\.)layers\.\d+\./.test(name);

/**
 * Checks that the weights contain the expected tensors with the expected shapes, and no other tensors of layers.
 *
 * @param expected canonical name -> shape.
 * @throws PolyclinicError `checkpoint/tensors` naming the missing, extra and misshapen tensors together.
 */
export function checkTensors(
  weights: WeightSource,
  expected: ReadonlyMap<string, readonly number[]>,
  where: string,
): void {
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const [name, shape] of expected) {
    if (!weights.has(name)) missing.push(`${name} [${shape}]`);
    else if (String(weights.shape(name)) !== String(shape)) {
      misshapen.push(`${name} is [${weights.shape(name)}] instead of [${shape}]`);
    }
  }
  const extra = weights.names.filter((name) => !expected.has(name) && isLayerTensor(name));
  if (missing.length + misshapen.length + extra.length === 0) return;
  throw new PolyclinicError("checkpoint/tensors", "does not contain the tensors that its config.json requires", {
    where,
    expected: `${expected.size} tensors`,
    found: [list("missing", missing), list("misshapen", misshapen), list("extra", extra)].filter(Boolean).join("; "),
    hint: "Weights and config.json belong to different models, or the download is incomplete.",
  });
}

function list(kind: string, items: readonly string[]): string {
  if (items.length === 0) return "";
  const rest = items.length - named;
  return `${items.length} ${kind}: ${items.slice(0, named).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
