/** The property model of the `tx` commands: the embedded one, or a checkpoint folder with its prompts. */

import { readFile } from "node:fs/promises";
import { therapeuticsFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { openTherapeutics, type Therapeutics } from "../../task/therapeutics/index.ts";
import { interrupted } from "./terminal.ts";

export interface ModelFolder {
  model: string;
  prompts?: string;
  quiet?: boolean;
}

export const embeddedProperties = "embedded";

export const therapeuticsFolderOf = ({ model }: Pick<ModelFolder, "model">) =>
  model === embeddedProperties ? therapeuticsFolder : model;

const isServer = (model: string) => /^https?:/i.test(model);

export async function openProperties({
  model: name,
  prompts,
}: Pick<ModelFolder, "model" | "prompts">): Promise<Therapeutics> {
  if (isServer(name) && prompts === undefined)
    throw new PolyclinicError("usage/prompts", "a model on a server needs its prompt file", {
      where: "--prompts",
      expected: "a folder with the checkpoint's tdc_prompts.json",
      hint: "Download tdc_prompts.json of the TxGemma checkpoint that the server runs.",
    });
  const folder = therapeuticsFolderOf({ model: name });
  const { loadModel } = await import("../../model/load-model.ts");
  const model = await loadModel(isServer(name) ? name : folder, { signal: interrupted });
  try {
    if (prompts !== undefined) return await openTherapeutics(model, prompts, "prompts");
    return await openTherapeutics(model, folder);
  } catch (error) {
    await model.close();
    throw error;
  }
}

/** @throws PolyclinicError `molecules/file`. */
export async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new PolyclinicError("molecules/file", `cannot be read (${cause.code})`, { where: path, cause });
  });
}
