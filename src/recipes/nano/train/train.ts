/**
 * `npm run train:nano -- --data PATH [--out runs/nano] [--steps N] [--threads N]`: the whole recipe of the embedded
 * model, from the data folder to the weights of `models/nano`. Run it again to resume: finished stages are skipped, an
 * interrupted one continues.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { embeddedFolder } from "../../../base/embedded-model.ts";
import { progressBar } from "../../../base/progress-bar.ts";
import { version } from "../../../base/version.ts";
import { readConfig } from "../../../checkpoint/index.ts";
import { loadWeights } from "../../../learn/run/index.ts";
import { expectedTensors } from "../../../nn/index.ts";
import { openNanoPixels } from "./pixels.ts";
import { nanoPrompts, shipNano } from "./ship.ts";
import { checkSplits, listNanoFiles, type SplitList } from "./splits.ts";
import { freshTower, towerRounds, trainLanguage, trainTower } from "./stages.ts";

const home = embeddedFolder;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      out: { type: "string", default: "runs/nano" },
      steps: { type: "string" },
      threads: { type: "string" },
    },
  });
  if (values.data === undefined)
    throw new Error("missing option --data PATH: the data folder described in models/nano/README.md");
  const model = readConfig(JSON.parse(await readFile(join(home, "config.json"), "utf8")), "models/nano/config.json");
  if (model.kind !== "multimodal") throw new Error("models/nano/config.json is not a multimodal model");
  const files = await listNanoFiles(values.data);
  const splits = JSON.parse(await readFile(join(home, "splits.json"), "utf8")) as SplitList;
  checkSplits(files, splits);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const work = { signal: stop.signal, onProgress: progressBar().onProgress };
  const pixels = await openNanoPixels(values.data, files, {
    cache: "runs/nano-cache",
    size: model.vision.imageSize,
    ...work,
  });
  const dataHashes = Object.fromEntries(
    Object.entries(splits).flatMap(([set, of]) =>
      Object.entries(of).map(([split, { sha256 }]) => [`${set} ${split}`, sha256]),
    ),
  );
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const options = { folder: values.out, pixels, dataHashes, codeVersion: version, model, steps, threads, ...work };
  // The averaged weights of the last step, not the best by validation: one noisy measure of five must not select for
  // all of them.
  let tower = freshTower(model);
  for (const round of towerRounds) tower = new Map((await trainTower(options, round, tower)).tensors);
  await trainLanguage({ ...options, tokenizer: await nanoPrompts(home, model.tokensPerImage), tower });
  const tensors = await loadWeights(join(values.out, "language/best.safetensors"));
  for (const name of expectedTensors(model).keys()) if (!tensors.has(name)) tensors.set(name, tower.get(name)!);
  // A trial with fewer steps must not replace the released weights.
  if (steps === undefined) await shipNano(home, tensors, `polyclinic ${version}, npm run train:nano`);
}

await main();
