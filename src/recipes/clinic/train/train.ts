/**
 * `npm run train:clinic -- [--out runs/clinic] [--steps N] [--threads N]`: makes the tokenizer and the weights of `models/clinic` from the generated
 * clinic; no data is needed. Run it again to continue after a stop.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clinicFolder, embeddedFolder } from "../../../base/embedded-model.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { version } from "../../../base/version.ts";
import { readConfig, writeSafetensors } from "../../../checkpoint/index.ts";
import type { PromptSource } from "../../../text/index.ts";
import { exampleAt } from "./examples.ts";
import { trainClinic } from "./run.ts";
import { clinicTokenizer } from "./tokenizer.ts";

const tokenizerTexts = 6000;

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
  const texts = Array.from({ length: tokenizerTexts }, (_, i) => {
    const { prompt, answer } = exampleAt(7, i);
    return `${prompt}\n${answer}`;
  });
  const tokenizer = clinicTokenizer(await json(embeddedFolder, "tokenizer.json"), texts, model.vocabSize);
  const prompts: PromptSource = {
    tokenizer,
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
  // A trial with fewer steps must not replace the shipped weights.
  if (steps !== undefined) return;
  await writeFile(join(clinicFolder, "tokenizer.json"), `${JSON.stringify(tokenizer)}\n`);
  const entries = [...tensors].map(([name, { shape, data }]) => ({ name, shape, data, dtype: "BF16" as const }));
  await writeSafetensors(join(clinicFolder, "model.safetensors"), entries, {
    metadata: { recipe: `polyclinic ${version}, npm run train:clinic`, licence: "Apache-2.0" },
    overwrite: true,
  });
}

await main();
