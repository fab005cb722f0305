/**
 * A dataset of images with one string each, one JSON object per line: a caption for contrastive learning, a label for a
 * probe.
 *
 * ```json
 * {"image": "a.jpg", "text": "a chest X-ray with pneumonia"}
 * {"image": "a.jpg", "label": "pneumonia"}
 * ```
 */
import type { Work } from "../../base/progress.ts";
import { Fault, type LinePlace, onceEach, readLines, requireGoodLines } from "./lines.ts";

/** One image with its caption or label. */
export interface ImageExample {
  /** Line number in the dataset file, 1-based. */
  readonly line: number;
  /** Absolute path. */
  readonly image: string;
  /** The caption or the label. */
  readonly target: string;
}

/** What every line of a dataset of images must satisfy. */
export interface ImageDatasetChecks extends Work {
  /** The JSON field that holds the caption (`text`) or the label (`label`). */
  readonly field: "text" | "label";
  /** See `DatasetChecks.checkImage`. */
  readonly checkImage: (path: string) => Promise<void>;
  /** The allowed labels. */
  readonly labels?: readonly string[];
}

/** A checked dataset of images with captions or labels. */
export interface ImageDataset {
  readonly path: string;
  readonly examples: readonly ImageExample[];
}

/**
 * Reads and validates the dataset.
 *
 * @throws learn/dataset naming every bad line by number; learn/dataset-empty when no example is left.
 */
export async function readImageDataset(path: string, checks: ImageDatasetChecks): Promise<ImageDataset> {
  const { field, labels } = checks;
  const checkImage = onceEach(checks.checkImage);
  const read = async (source: unknown, { line, absolute }: LinePlace): Promise<ImageExample | Fault> => {
    const { image, [field]: value } = (source ?? {}) as { image?: unknown; text?: unknown; label?: unknown };
    if (typeof image !== "string") return new Fault("has no `image` path");
    if (typeof value !== "string" || value.trim() === "") return new Fault(`has no \`${field}\` or an empty one`);
    if (labels !== undefined && !labels.includes(value))
      return new Fault(
        `has the label ${JSON.stringify(value.slice(0, 60))}, which is not a declared label (${labels.join(", ")})`,
      );
    const fault = await checkImage(absolute(image));
    return fault === undefined ? { line, image: absolute(image), target: value.trim() } : new Fault(fault);
  };
  const { examples, bad } = await readLines(path, read, checks);
  requireGoodLines(path, examples, bad, `one JSON object with \`image\` and \`${field}\` per line`);
  return { path, examples };
}
