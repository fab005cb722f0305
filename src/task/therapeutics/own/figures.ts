/** A model's results on held-out molecules, as measured by `tx evaluate`: stored next to the weights and used for cautions with every prediction. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";

export const figuresFileName = "figures.json";

export interface MeasuredValue {
  readonly value: number;
  /** Limits of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface MeasuredSet {
  readonly set: string;
  readonly metric: "AUROC" | "RMSE";
  readonly split: string;
  readonly molecules: number;
  /** Result of the method that answers. */
  readonly model: MeasuredValue;
  /** Ten nearest neighbours on the same molecules. */
  readonly neighbours: MeasuredValue;
}

/**
 * The figures of a folder; undefined if there are none, or they were measured with other weights or coefficients.
 *
 * @param hashes of the loaded weights and of the kernel regression.
 * @throws PolyclinicError `therapeutics/figures` if the file is damaged.
 */
export async function readFigures(
  folder: string,
  hashes: { readonly model: string | undefined; readonly kernel: string | undefined },
): Promise<readonly MeasuredSet[] | undefined> {
  const path = join(folder, figuresFileName);
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { model, kernel, rows } = JSON.parse(text) as {
      model: string;
      kernel?: string;
      rows: readonly MeasuredSet[];
    };
    return model === hashes.model && kernel === hashes.kernel ? rows : undefined;
  } catch (cause) {
    throw new PolyclinicError("therapeutics/figures", "is not JSON", { where: path, cause });
  }
}

/** The caution for predictions of this dataset; undefined if the answering method is better than nearest neighbours. */
export function figureCaution(figure: MeasuredSet): string | undefined {
  const { set, metric, split, molecules, model, neighbours } = figure;
  const ahead = metric === "AUROC" ? model.value > neighbours.value : model.value < neighbours.value;
  if (ahead) return undefined;
  const of = ({ value, low, high }: MeasuredValue) => `${value.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
  return `Weak: on ${molecules} held-out molecules of ${set} (${split}), this method reaches ${metric} ${of(model)}, ten nearest neighbours ${of(neighbours)}: the measured neighbours are more reliable.`;
}
