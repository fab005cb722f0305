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
export interface Picture {
  /** Line number in the dataset file, 1-based. */
  readonly line: number;
  /** Absolute path. */
  readonly image: string;
  /** The caption or the label. */
  readonly says: string;
}

/** What every line of a dataset of images must satisfy. */
export interface PictureChecks extends Work {
  /** The JSON field that holds the caption (`text`) or the label (`label`). */
  readonly field: "text" | "label";
  /** See `DatasetChecks.checkImage`. */
  readonly checkImage: (path: string) => Promise<void>;
  /** The allowed labels. */
  readonly labels?: readonly string[];
}

/** A checked dataset of images with captions or labels. */
export interface PictureDataset {
  readonly path: string;
  readonly examples: readonly Picture[];
}

/**
 * Reads and validates the dataset.
 *
 * @throws learn/dataset naming every bad line by number; learn/dataset-empty when no example is left.
 */
export async function readPictures(path: string, checks: PictureChecks): Promise<PictureDataset> {
  const { field, labels } = checks;
  const checkImage = onceEach(checks.checkImage);
  const read = async (value: unknown, { line, absolute }: LinePlace): Promise<Picture | Fault> => {
    const { image, [field]: says } = (value ?? {}) as { image?: unknown; text?: unknown; label?: unknown };
    if (typeof image !== "string") return new Fault("has no `image` path");
    if (typeof says !== "string" || says.trim() === "") return new Fault(`has no \`${field}\` or an empty one`);
    if (labels !== undefined && !labels.includes(says))
      return new Fault(
        `has the label ${JSON.stringify(says.slice(0, 60))}, which is not a declared label (${labels.join(", ")})`,
      );
    const fault = await checkImage(absolute(image));
    return fault === undefined ? { line, image: absolute(image), says: says.trim() } : new Fault(fault);
  };
  const { examples, bad } = await readLines(path, read, checks);
  requireGoodLines(path, examples, bad, `one JSON object with \`image\` and \`${field}\` per line`);
  return { path, examples };
}
