/**
 * `npm run train:tx -- --data PATH [--out runs/tx] [--steps N] [--threads N]`: the whole recipe of the embedded
 * therapeutics model, from the CSV files of MoleculeNet to `models/tx`. Run it again to resume.
 */
import { parseArgs } from "node:util";
import { progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import { readConfig } from "../../checkpoint/index.ts";
import type { Graph } from "../../graph/index.ts";
import { freshTensors } from "../../learn/initialise.ts";
import { languageObjective } from "../../learn/language/objective.ts";
import { type Json, positionOf, train } from "../../learn/run/index.ts";
import { TrainingStep } from "../../learn/step.ts";
import { expectedTensors, type Weights } from "../../nn/index.ts";
import { promptTemplate } from "../../task/therapeutics/prompts.ts";
import { PromptBuilder } from "../../text/index.ts";
import { answerLosses } from "../answer-losses.ts";
import { TxBatches, TxExamples } from "./examples.ts";
import { txConfig, txMerges, txTraining } from "./model.ts";
import { promptOf } from "./prompts.ts";
import { readTxSet, type TxSet, txSets } from "./sets.ts";
import { shipTx } from "./ship.ts";
import { txTokenizer } from "./tokenizer.ts";

/**
 * Merges learned on a part of the molecules hardly differ, and learning them takes longer than reading all the data.
 */
const everyForMerges = 6;

/** Minimum and maximum label of each regression in the training part. */
export function limitsOf(sets: readonly TxSet[]): Map<string, { minimum: number; maximum: number }> {
  const limits = new Map<string, { minimum: number; maximum: number }>();
  for (const { tasks, molecules } of sets)
    for (const [i, { name, kind }] of tasks.entries()) {
      if (kind !== "regression") continue;
      const labels = molecules.filter(({ part }) => part === "train").map((each) => each.labels[i]);
      limits.set(name, { minimum: Math.min(...labels), maximum: Math.max(...labels) });
    }
  return limits;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: "string" },
      out: { type: "string", default: "runs/tx" },
      steps: { type: "string" },
      threads: { type: "string" },
    },
  });
  if (values.data === undefined) throw new Error("missing option --data PATH: a folder with MoleculeNet's CSV files");
  const sets = await Promise.all(txSets.map((definition) => readTxSet(definition, values.data!)));
  for (const { name, molecules, refused } of sets)
    process.stderr.write(`${name}: ${molecules.length} molecules, ${refused} refused\n`);
  const prompts = new Map(sets.flatMap(({ tasks }) => tasks.map((task) => [task.name, promptOf(task)] as const)));
  const trainSmiles = sets.flatMap(({ molecules }) =>
    molecules.filter(({ part }) => part === "train").map(({ smiles }) => smiles),
  );
  const { vocabSize, ...tokenizer } = txTokenizer(
    [...prompts.values()],
    trainSmiles.filter((_, i) => i % everyForMerges === 0),
    txMerges,
  );
  const configJson = txConfig(vocabSize);
  const config = readConfig(configJson, "config.json");
  if (config.kind !== "gemma") throw new Error("not a text model");
  const builder = new PromptBuilder({ ...tokenizer, tokensPerImage: undefined });
  const templates = new Map([...prompts].map(([name, text]) => [name, promptTemplate(name, text)] as const));
  const tasks = { templates, limits: limitsOf(sets) };
  const { shape, seed } = txTraining;
  const tensors = freshTensors(expectedTensors(config), seed);
  const define = (graph: Graph, weights: Weights) => languageObjective(graph, weights, config, shape);
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  const step = await TrainingStep.compile({ name: "tx", define, tensors, trainable: () => true, threads });
  const forward = await TrainingStep.compile({ name: "tx-forward", define, tensors, trainable: () => false, threads });
  const batchesOf = (part: "train" | "valid") =>
    new TxBatches(new TxExamples(sets, tasks, builder, seed, part), shape, config.text);
  const batches = batchesOf("train");
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const total = values.steps === undefined ? txTraining.steps : Number(values.steps);
  try {
    const result = await train({
      folder: values.out,
      config: { ...txTraining, steps: total, merges: txMerges, model: configJson } as unknown as {
        [key: string]: Json;
      },
      dataHashes: Object.fromEntries(sets.map(({ file, sha256 }) => [file, sha256])),
      codeVersion: version,
      tensors,
      trainable: () => true,
      schedule: {
        learningRate: txTraining.learningRate,
        steps: total,
        warmup: Math.min(txTraining.warmup, total),
        shape: "cosine",
      },
      optimizer: txTraining.optimizer,
      clipNorm: txTraining.clipNorm,
      averageDecay: txTraining.averageDecay,
      takeStep: async () => {
        const { feeds, answerTokens, tasks } = batches.next();
        const { loss, gradients } = await step.run(feeds);
        return { loss, gradients, tokens: answerTokens, images: 0, batch: tasks.join(", ") };
      },
      position: positionOf(batches),
      validation: {
        measure: () => answerLosses(batchesOf("valid"), forward, txTraining.validationBatches),
        metric: "loss",
        better: "lower",
        every: txTraining.validateEvery,
      },
      checkpointEvery: txTraining.checkpointEvery,
      signal: stop.signal,
      onProgress: progressBar().onProgress,
    });
    await shipTx({
      // A trial with fewer steps must not replace the released weights.
      folder: values.steps === undefined ? undefined : `${values.out}/model`,
      config: configJson,
      tokenizer,
      prompts,
      limits: tasks.limits,
      sets,
      tensors: result.tensors,
      recipe: `polyclinic ${version}, npm run train:tx, ${total} steps`,
    });
  } finally {
    await step.close();
    await forward.close();
  }
}

await main();
