/** The property model of the `tx` commands: the embedded one, or a checkpoint folder with its prompts. */
import { therapeuticsFolder } from "../../base/embedded-model.ts";
import { openTherapeutics, type Therapeutics } from "../../task/therapeutics/index.ts";
import { interrupted } from "./terminal.ts";

export interface ModelFolder {
  model: string;
  quiet?: boolean;
}

export const embeddedProperties = "embedded";

export const therapeuticsFolderOf = ({ model }: Pick<ModelFolder, "model">) =>
  model === embeddedProperties ? therapeuticsFolder : model;

export async function openProperties(options: Pick<ModelFolder, "model">): Promise<Therapeutics> {
  const folder = therapeuticsFolderOf(options);
  const { loadModel } = await import("../../model/load-model.ts");
  const model = await loadModel(folder, { signal: interrupted });
  try {
    return await openTherapeutics(model, folder);
  } catch (error) {
    await model.close();
    throw error;
  }
}
