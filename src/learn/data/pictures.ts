/**
 * A dataset of images with one string each, a JSON object a line: a text for contrastive learning, a label for a probe.
 *
 * ```json
 * {"image": "a.jpg", "text": "a chest X-ray with pneumonia"}
 * {"image": "a.jpg", "label": "pneumonia"}
 * ```
 */
import type { Work } from "../../base/progress.ts";
import { Fault, type LinePlace, onceEach, readLines, requireGoodLines } from "./lines.ts";

export interface Picture {
  /** Line of the dataset file, from one. */
  readonly line: number;
  /** Absolute path. */
  readonly image: string;
  /** The text or the label. */
  readonly says: string;
}

export interface PictureChecks extends Work {
  readonly field: "text" | "label";
  /** As in `DatasetChecks`. */
  readonly checkImage: (path: string) => Promise<void>;
  /** The declared labels. */
  readonly labels?: readonly string[];
}

export interface PictureDataset {
  readonly path: string;
  readonly examples: readonly Picture[];
}

/** @throws learn/dataset naming every bad line by number; learn/dataset-empty when there is nothing to learn from. */
export async function readPictures(path: string, checks: PictureChecks): Promise<PictureDataset> {
  const { field, labels } = checks;
  const checkImage = onceEach(checks.checkImage);
  const read = async (value: unknown, { line, absolute }: LinePlace): Promise<Picture | Fault> => {
    const { image, [field]: says } = (value ?? {}) as { image?: unknown; text?: unknown; label?: unknown };
    if (typeof image !== "string") return new Fault("has no path `image`");
    if (typeof says !== "string" || says.trim() === "") return new Fault(`has no \`${field}\``);
    if (labels !== undefined && !labels.includes(says))
      return new Fault(`has the label ${JSON.stringify(says.slice(0, 60))}, not a declared one (${labels.join(", ")})`);
    const fault = await checkImage(absolute(image));
    return fault === undefined ? { line, image: absolute(image), says: says.trim() } : new Fault(fault);
  };
  const { examples, bad } = await readLines(path, read, checks);
  requireGoodLines(path, examples, bad, `one JSON object with \`image\` and \`${field}\` a line`);
  return { path, examples };
}
