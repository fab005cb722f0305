/** Compares the tensors a checkpoint has with those its configuration calls for, and reports every difference at once. */
import { PolyclinicError } from "../base/errors.ts";
import type { WeightSource } from "../nn/weight-source.ts";

/** How many names of each kind an error spells out. */
const named = 12;

/**
 * Extra tensors outside the layers change nothing and are let through, as transformers does: heads of training, a stored copy of a tied
 * head. One inside a layer, or of a layer too many, says that the configuration describes another network.
 */
const matters = (name: string) => /(?:^|\.)layers\.\d+\./.test(name);

/**
 * @param expected canonical name -> shape.
 * Throws `checkpoint/tensors` naming the missing, extra and misshapen tensors together.
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
  const extra = weights.names.filter((name) => !expected.has(name) && matters(name));
  if (missing.length + misshapen.length + extra.length === 0) return;
  throw new PolyclinicError("checkpoint/tensors", "does not hold the tensors its config.json calls for", {
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
