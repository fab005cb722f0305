/** `polyclinic models`: lists the models on this machine, and pulls or removes models. */

import type { Command } from "commander";
import { clinicFolder, clinicName, embeddedFolder, embeddedName } from "../../base/embedded-model.ts";
import { bytes, progressBar } from "../../base/progress-bar.ts";
import { interrupted, note, print } from "../shared/terminal.ts";

const licence = `
Models of other publishers have their own licences. MedGemma is gated:
  1. open https://huggingface.co/google/medgemma-1.5-4b-it, sign in, and accept the Health AI Developer Foundations terms;
  2. create a read token at https://huggingface.co/settings/tokens;
  3. HF_TOKEN=<token> polyclinic models pull google/medgemma-1.5-4b-it
To use a mirror, set HF_ENDPOINT. Without a network connection, copy the folder from another machine and use --from, or pass the folder to --model.
Models are stored in POLYCLINIC_CACHE or, if it is not set, in the user's cache folder.

Example:
  $ polyclinic models list`;

const example = (words: string) => `\nExample:\n  $ polyclinic models ${words}`;

export function registerModels(program: Command): void {
  const models = program.command("models").description("pull, list and remove models").addHelpText("after", licence);
  models
    .command("list", { isDefault: true })
    .description("list the models on this machine")
    .option("--json", "print as JSON")
    .addHelpText("after", example("list"))
    .action(list);
  models
    .command("pull")
    .description(
      "download a model from the Hugging Face hub or a mirror, or copy it from a folder; interrupted downloads are resumed",
    )
    .argument("<name>", "owner/name, e.g. google/medgemma-1.5-4b-it")
    .option("--revision <name>", "a branch, tag or commit", "main")
    .option("--from <folder>", "a folder with the model's files instead of the hub")
    .addHelpText("after", licence.replace("models list", "models pull google/medgemma-1.5-4b-it"))
    .action(pull);
  models
    .command("path")
    .description("print the folder of a model")
    .argument("<name>", `${embeddedName}, ${clinicName}, or owner/name`)
    .addHelpText("after", example(`path ${embeddedName}`))
    .action(path);
  models
    .command("rm")
    .description("remove a pulled model")
    .argument("<name>", "owner/name")
    .addHelpText("after", example("rm google/medgemma-1.5-4b-it"))
    .action(remove);
  for (const command of models.commands) command.exitOverride();
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const { listStored } = await import("../../model/hub/index.ts");
  const stored = await listStored();
  const rows = [
    { name: embeddedName, state: "embedded", bytes: undefined as number | undefined, folder: embeddedFolder },
    { name: clinicName, state: "embedded", bytes: undefined, folder: clinicFolder },
    ...stored.map(({ name, manifest, bytes, folder }) => ({
      name,
      state: manifest === undefined ? "incomplete" : `revision ${manifest.revision.slice(0, 12)}`,
      bytes,
      folder,
    })),
  ];
  if (json) return print(JSON.stringify(rows, undefined, 2));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const states = Math.max(...rows.map(({ state }) => state.length));
  for (const { name, state, bytes: size, folder } of rows)
    print(
      `${name.padEnd(width)}  ${state.padEnd(states)}  ${(size === undefined ? "" : bytes(size)).padStart(9)}  ${folder}`,
    );
}

async function pull(name: string, { revision, from }: { revision: string; from?: string }): Promise<void> {
  const { pullModel } = await import("../../model/hub/index.ts");
  const bar = progressBar();
  try {
    const options = { revision, from, signal: interrupted, onProgress: bar.onProgress };
    const { folder, manifest, unchanged } = await pullModel(name, options);
    bar.done();
    note(`${unchanged ? "Already here" : "Pulled"}: ${name}, revision ${manifest.revision.slice(0, 12)}.`);
    print(folder);
  } finally {
    bar.done();
  }
}

async function path(name: string): Promise<void> {
  const { resolveModel } = await import("../../model/hub/index.ts");
  const resolved = await resolveModel(name);
  print(resolved.kind === "folder" ? resolved.folder : resolved.url);
}

async function remove(name: string): Promise<void> {
  const { removeStored } = await import("../../model/hub/index.ts");
  note(`Removed ${name}: ${bytes(await removeStored(name))} freed.`);
}
