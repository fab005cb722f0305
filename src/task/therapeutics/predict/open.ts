/** A therapeutics model with its prompts and, if known, its training molecules. */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Generator } from "../../../model/contract.ts";
import { type KernelModel, readKernelModel } from "../kernel/kernel-model.ts";
import { type MeasuredSet, readFigures } from "../own/figures.ts";
import { readLibrary, type TxLibrary } from "../own/library.ts";
import { type PromptTemplate, readPromptFile } from "../prompts.ts";
import { Neighbours } from "./neighbours.ts";

export interface Therapeutics {
  readonly model: Generator;
  readonly prompts: ReadonlyMap<string, PromptTemplate>;
  /** Only for the embedded model. */
  readonly library: TxLibrary | undefined;
  readonly neighbours: Neighbours | undefined;
  /** A second method, which answers where it performed better on the validation part. */
  readonly kernel: KernelModel | undefined;
  /** Results by set, for these weights. */
  readonly figures: readonly MeasuredSet[] | undefined;
}

/**
 * @param folder of the checkpoint, with `tdc_prompts.json`.
 * @param only `prompts`: use only the prompts of a folder that is not the model's own (for a model on a server).
 * @throws PolyclinicError `therapeutics/prompts` if there are none; `therapeutics/library`, `therapeutics/kernel` if
 * the training molecules or coefficients cannot be read.
 */
export async function openTherapeutics(model: Generator, folder: string, only?: "prompts"): Promise<Therapeutics> {
  const [prompts, library] = await Promise.all([
    readPromptFile(folder),
    only === "prompts" ? undefined : readLibrary(folder),
  ]);
  const kernel = await readKernelModel(folder, library);
  const figures = await readFigures(folder, { model: model.identity.hash, kernel: kernel?.hash });
  if (prompts.size === 0)
    throw new PolyclinicError("therapeutics/prompts", "has no prompts", {
      where: folder,
      expected: "a prompt for each task",
    });
  return { model, prompts, library, neighbours: library && new Neighbours(library), kernel, figures };
}
