/**
 * `npm run train:clinic -- [--out runs/clinic] [--steps N] [--threads N]`: trains the weights of `models/clinic` on the
 * generated clinic; needs no data. Run it again to resume.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clinicFolder } from "../../../base/embedded-model.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { version } from "../../../base/version.ts";
import { readConfig, writeSafetensors } from "../../../checkpoint/index.ts";
import type { PromptSource } from "../../../text/index.ts";
import { fingerprint, trainClinic } from "./run.ts";

async function json(folder: string, name: string) {
  return JSON.parse(await readFile(join(folder, name), "utf8"));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string", default: "runs/clinic" },
      steps: { type: "string" },
      threads: { type: "string" },
    },
  });
  const architecture = readConfig(await json(clinicFolder, "config.json"), "models/clinic/config.json");
  if (architecture.kind !== "gemma") throw new Error("models/clinic/config.json is not a decoder");
  const model = architecture.text;
  const prompts: PromptSource = {
    tokenizer: await json(clinicFolder, "tokenizer.json"),
    tokenizerConfig: await json(clinicFolder, "tokenizer_config.json"),
    tokensPerImage: undefined,
    chatTemplate: await readFile(join(clinicFolder, "chat_template.jinja"), "utf8"),
  };
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const { tensors } = await trainClinic({
    folder: values.out,
    codeVersion: version,
    model,
    prompts,
    steps,
    threads,
    signal: stop.signal,
    onProgress: progressBar().onProgress,
  });
  // A trial with fewer steps must not replace the released weights.
  if (steps !== undefined) return;
  const entries = [...tensors].map(([name, { shape, data }]) => ({ name, shape, data, dtype: "BF16" as const }));
  await writeSafetensors(join(clinicFolder, "model.safetensors"), entries, {
    metadata: {
      recipe: `polyclinic ${version}, npm run train:clinic`,
      fingerprint: fingerprint(),
      licence: "Apache-2.0",
    },
    overwrite: true,
  });
}

await main();
