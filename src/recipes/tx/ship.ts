/**
 * The last step of the recipe: writes half-precision weights, tokenizer, prompts, and the training molecules with their
 * labels as a checkpoint folder.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { therapeuticsFolder } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { type TokenizerFiles, writeSafetensors } from "../../checkpoint/index.ts";
import type { Tensor } from "../../learn/tensors.ts";
import type { ValueLimits } from "../../task/therapeutics/answers.ts";
import { libraryFileName, type TxLibrary } from "../../task/therapeutics/own/library.ts";
import { promptFileName } from "../../task/therapeutics/prompts.ts";
import { type TxSet, txSplit } from "./sets.ts";

/** Maximum size of the folder in the package, bytes. */
const limit = 6_000_000;

export interface TxShipment {
  /** Default: the embedded model's folder. */
  readonly folder: string | undefined;
  readonly config: object;
  readonly tokenizer: TokenizerFiles;
  readonly prompts: ReadonlyMap<string, string>;
  readonly limits: ReadonlyMap<string, ValueLimits>;
  readonly sets: readonly TxSet[];
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly recipe: string;
}

/** Replaces existing files. */
export async function shipTx(shipment: TxShipment): Promise<void> {
  const { folder = therapeuticsFolder, config, tokenizer, prompts, tensors, recipe } = shipment;
  const entries = [...tensors].map(([name, { shape, data }]) => ({ name, shape, data, dtype: "F16" as const }));
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  const files: [string, string | Uint8Array][] = [
    ["config.json", json(config)],
    ["tokenizer.json", `${JSON.stringify(tokenizer.tokenizer)}\n`],
    ["tokenizer_config.json", json(tokenizer.tokenizerConfig)],
    ["chat_template.jinja", tokenizer.chatTemplate ?? ""],
    [promptFileName, json(Object.fromEntries(prompts))],
    [libraryFileName, gzipSync(JSON.stringify(libraryOf(shipment)), { level: 9 })],
  ];
  const bytes =
    entries.reduce((sum, { data }) => sum + 2 * data.length, 0) +
    files.reduce((sum, [, { length }]) => sum + length, 0);
  if (bytes > limit)
    throw new PolyclinicError("recipes/tx-size", "is too large for the package", {
      where: folder,
      expected: `at most ${limit} bytes`,
      found: String(bytes),
    });
  await mkdir(folder, { recursive: true });
  for (const [name, content] of files) await writeFile(join(folder, name), content);
  await writeSafetensors(join(folder, "model.safetensors"), entries, { metadata: { recipe }, overwrite: true });
}

/** Only the training part, with which predictions may be compared. */
function libraryOf({ sets, limits }: TxShipment): TxLibrary {
  return {
    split: txSplit,
    sets: sets.map(({ name, tasks, molecules }) => {
      const training = molecules.filter(({ part }) => part === "train");
      return {
        name,
        tasks: tasks.map(({ name: task, kind, options, unit }) => ({
          name: task,
          kind,
          options,
          ...(unit && { unit }),
          ...(limits.has(task) && { limits: limits.get(task) }),
        })),
        smiles: training.map(({ smiles }) => smiles),
        labels: training.map(({ labels }) => labels.map((label) => (Number.isNaN(label) ? null : label))),
      };
    }),
  };
}
