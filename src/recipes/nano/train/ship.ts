/** The last step of the recipe: writes the stages' tensors as half-precision weights to the embedded model's folder. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { hubName } from "../../../checkpoint/canonical-names.ts";
import { writeSafetensors } from "../../../checkpoint/index.ts";
import type { Tensor } from "../../../learn/tensors.ts";
import type { PromptSource } from "../../../text/index.ts";

/** Maximum size of the embedded model in the package, bytes. */
const limit = 24_000_000;

/** Writes `model.safetensors`, with the names of the Hub, beside the configuration and tokenizer, replacing an existing one. */
export async function shipNano(folder: string, tensors: ReadonlyMap<string, Tensor>, recipe: string): Promise<void> {
  const entries = [...tensors].map(([name, { shape, data }]) => ({
    name: hubName(name, "multimodal"),
    shape,
    data,
    dtype: "F16" as const,
  }));
  const bytes = entries.reduce((sum, { data }) => sum + 2 * data.length, 0);
  const tokenizer = (await readFile(join(folder, "tokenizer.json"))).length;
  if (bytes + tokenizer > limit)
    throw new PolyclinicError("learn/nano-size", "is too large for the package", {
      where: folder,
      expected: `at most ${limit} bytes`,
      found: `${bytes + tokenizer}`,
    });
  await writeSafetensors(join(folder, "model.safetensors"), entries, { metadata: { recipe }, overwrite: true });
}

/** Prompts with the folder's tokenizer and chat template. */
export async function nanoPrompts(folder: string, tokensPerImage: number): Promise<PromptSource> {
  const json = async (name: string) => JSON.parse(await readFile(join(folder, name), "utf8")) as object;
  return {
    tokenizer: await json("tokenizer.json"),
    tokenizerConfig: await json("tokenizer_config.json"),
    chatTemplate: await readFile(join(folder, "chat_template.jinja"), "utf8"),
    tokensPerImage,
  };
}
