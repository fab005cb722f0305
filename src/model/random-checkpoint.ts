/** Writes a checkpoint with another's shapes and random weights, for tests and for trying a configuration before downloading or training anything. */
import { embeddedName } from "../base/embedded-model.ts";
import { PolyclinicError } from "../base/errors.ts";
import { Random } from "../base/random.ts";
import { openCheckpoint, writeCheckpoint } from "../checkpoint/index.ts";
import { resolveModel } from "./hub/resolve.ts";

/** Architecture, seed and scale of a checkpoint with random weights, for tests and benchmarks. */
export interface RandomCheckpointOptions {
  /** The embedded model (the default), a checkpoint folder, or a pulled `owner/name`. */
  readonly like?: string;
  /** Equal seeds give equal bytes; default 0. */
  readonly seed?: number;
  /** Standard deviation of the weights; default 0.06, the order of magnitude of trained weights at this size. */
  readonly deviation?: number;
}

/**
 * Writes a folder in Hugging Face's layout with the configuration, tokenizer and tensor shapes of `like` and normally
 * distributed weights.
 *
 * ```ts
 * await writeRandomCheckpoint("random", { like: "nano", seed: 1 });
 * const model = await loadModel("./random");
 * ```
 *
 * @param folder must not exist yet.
 * @throws PolyclinicError `file/exists`, `file/write`, and the errors of opening `like`.
 */
export async function writeRandomCheckpoint(
  folder: string,
  { like = embeddedName, seed = 0, deviation = 0.06 }: RandomCheckpointOptions = {},
): Promise<void> {
  const resolved = await resolveModel(like);
  if (resolved.kind !== "folder")
    throw new PolyclinicError("model/not-found", "is not a checkpoint", {
      where: like,
      expected: "a folder or a name",
    });
  const checkpoint = await openCheckpoint(resolved.folder);
  const { rawConfig: config, tokenizer, weights } = checkpoint;
  const random = new Random(seed);
  try {
    const tensors = weights.names.map((name) => {
      const shape = weights.shape(name);
      const size = shape.reduce((a, b) => a * b, 1);
      return { name, shape, data: () => Float32Array.from({ length: size }, () => deviation * random.normal()) };
    });
    await writeCheckpoint(folder, { config, tokenizer, tensors });
  } finally {
    await checkpoint.close();
  }
}
