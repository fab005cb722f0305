/** `polyclinic tune`: fit a model to data. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { embeddedName } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import type { HeldOutMeasure, TuneConfig } from "../../learn/tune/index.ts";
import { interrupted, note, print } from "../shared/terminal.ts";

const help = `
From labelled images, with defaults that work:

  cells/platelets/a.jpg, cells/red-cell/b.jpg, ...      a folder for each label; or train/, validation/ and test/ of such folders
  cells.csv                                             columns image and label; with a column patient, no patient is on both sides of the split

A quarter of each label is held out to choose the best checkpoint. The conversations and the configuration are written to the output folder.

A configuration file, with every field that has no default:

  base: nano                        # the embedded model, or a checkpoint folder
  out: runs/cells                   # log, checkpoints, curve and adapter appear here
  data:
    train: cells/train.jsonl        # {"messages": [{"role": "user", "content": [{"type": "image", "image": "a.jpg"}, ...
    validation: cells/val.jsonl     # chooses the best checkpoint
    test: cells/test.jsonl          # optional: chooses nothing, measured before and after
    labels: [few, many]             # optional: every answer must end with one of them
  learner: { kind: lora, rank: 16, alpha: 16, dropout: 0.05, targets: all-linear }
  schedule: { epochs: 3, learningRate: 2.0e-4, warmup: 0.03, shape: linear }
  batch: { rows: 4, accumulation: 1 }
  gradientCheckpointing: true       # optional: less memory, more time, the same result

Other learners:

  { kind: full }                                            every tensor; with quantisation: int4 (also distil), for
                                                            use with --precision int4: trained with rounded weights
  { kind: soft-prompt, vectors: 16 }                        vectors in front of the frozen model
  { kind: distil, teacher: FOLDER, target: full }           the base learns a teacher's logits; target: renormalised or
                                                            counted with k: 256 uses k sampled logits per token
  { kind: contrastive, loss: siglip }                       a SigLIP base on {"image": "a.jpg", "text": "..."}; or info-nce;
                                                            batch.rows pairs per step
  { kind: probe, c: 1 }                                     logistic regression on the base's image embeddings, on
                                                            {"image": "a.jpg", "label": "..."}

Self-training instead of data: the model writes rationales for questions with known answers, is tuned on those that reach the answer, and repeats:

  selfTraining: { questions: learn.jsonl, heldOut: held-out.jsonl, corpus: books, rounds: 2, samples: 4, keep: correct }
                                    # lines {"prompt": "... (A) one (B) two, each on a line", "answer": "B"}; keep: all is the null control

Paths are relative to the configuration file. A stopped run resumes when the same command is run again.

Example:
  $ polyclinic tune samples/cells/train -o runs/cells-default
  $ polyclinic tune samples/cells/tune.yaml
  $ polyclinic tune samples/cells/tune.yaml --export trl --to runs/cells-trl
  # on a Ray cluster of yours:
  $ polyclinic tune samples/cells/tune.yaml --export trl --to runs/cells-ray --submit http://ray-head:8265 --remote-base google/medgemma-1.5-4b-it
  $ polyclinic classify samples/cells/test/white-cell/BloodImage_00007.jpg --labels "platelets,red cell,white cell" --adapter runs/cells/adapter`;

export function registerTune(program: Command): void {
  program
    .command("tune")
    .description("fine-tune a model: adapters, soft prompts, distillation, contrastive learning, probes")
    .argument(
      "<data>",
      "a YAML configuration, a folder with one subfolder per label, or a CSV with the columns image and label",
    )
    .option("-o, --output <folder>", "for labelled images: the run's folder")
    .option("-b, --base <model>", `for labelled images: the model to tune (${embeddedName})`)
    .option("-q, --question <text>", "for labelled images: the question about each")
    .addOption(
      new Option(
        "--export <program>",
        "do not train: write a folder with the data, the exact pixels and a program for TRL and PEFT on another machine; with --to",
      ).choices(["trl"]),
    )
    .option("--to <folder>", "the folder for --export")
    .option(
      "--submit <url>",
      "with --export trl: train on the Ray cluster with this dashboard, and bring the adapter back (credentials: RAY_AUTHORIZATION)",
    )
    .option("--remote-base <model>", "for --submit: folder or hub name of the base on the cluster")
    .option("--gpus <number>", "for --submit: GPUs of the job; 0 trains on processors", "1")
    .option("--install", "for --submit: let Ray install the exported requirements.txt")
    .option("--storage <folder>", "for --submit: leave the adapter there, on the cluster, instead of bringing it back")
    .option("--job <id>", "for --submit: follow this job instead of starting one")
    .option("--stop <id>", "for --submit: stop this job")
    .option("--plan", "print the plan and stop")
    .option("--json", "print the result as JSON")
    .addHelpText("after", help)
    .action(run);
}

interface Options {
  export?: "trl";
  to?: string;
  plan?: boolean;
  json?: boolean;
  output?: string;
  base?: string;
  question?: string;
  submit?: string;
  remoteBase?: string;
  gpus: string;
  install?: boolean;
  storage?: string;
  job?: string;
  stop?: string;
}

/** The configuration that was given, or the one made from labelled images. */
async function configOf(data: string, { output, base, question }: Options): Promise<string> {
  const found = await stat(data).catch(() => undefined);
  if (found?.isDirectory() !== true && !/\.csv$/i.test(data)) return data;
  if (output === undefined)
    throw new PolyclinicError("usage/missing", "the output folder is missing", {
      where: data,
      expected: "-o, --output <folder>",
    });
  const { labelledConfig } = await import("../../learn/tune/labelled.ts");
  return labelledConfig(data, {
    out: output,
    ...(base !== undefined && { base }),
    ...(question !== undefined && { question }),
  });
}

async function run(data: string, options: Options): Promise<void> {
  const { plan: only, json } = options;
  const { describePlan, readTuneConfig, readTuneFile, tune } = await import("../../learn/tune/index.ts");
  const path = await configOf(data, options);
  const text = await readTuneFile(path);
  const { isSelfTraining } = await import("../../strategy/self-training/config.ts");
  if (isSelfTraining(text)) return runSelfTraining(text, path, json ?? false);
  const config = readTuneConfig(text, path);
  if (options.submit !== undefined) return runSubmit(config, options);
  if (options.export !== undefined || options.to !== undefined) return runExport(config, options);
  const bar = progressBar();
  const planned = new AbortController();
  const signal = AbortSignal.any([interrupted, planned.signal]);
  try {
    const result = await tune(config, {
      codeVersion: version,
      signal,
      onProgress: bar.onProgress,
      onPlan: (plan) => {
        bar.done();
        for (const line of describePlan(plan)) note(line);
        if (only) planned.abort();
      },
    });
    bar.done();
    if (json)
      return print(
        JSON.stringify(
          { ...result, run: result.run && { steps: result.run.steps, best: result.run.best } },
          undefined,
          2,
        ),
      );
    const { before, after, test, saved } = result;
    if (before && after) printChange("held out", before, after);
    if (test) printChange("test", test.before, test.after);
    print(`saved      ${saved}`);
  } catch (error) {
    if (!planned.signal.aborted) throw error;
  } finally {
    bar.done();
  }
}

async function runExport(config: TuneConfig, { export: program, to, json }: Options): Promise<void> {
  if (program === undefined || to === undefined)
    throw new PolyclinicError("usage/missing", "needs another option", {
      where: program === undefined ? "--to" : "--export",
      expected: program === undefined ? "--export trl" : "--to with a new folder",
    });
  const { exportTrl } = await import("../../learn/tune/index.ts");
  const bar = progressBar();
  try {
    const exported = await exportTrl(config, to, { version, signal: interrupted, onProgress: bar.onProgress });
    bar.done();
    if (json) return print(JSON.stringify(exported, undefined, 2));
    const { folder, examples, validationExamples, images, learnedTokens } = exported;
    print(folder);
    note(
      `${examples} examples (${learnedTokens} tokens to learn), ${validationExamples} held out, ${images} images. Next: its README.md.`,
    );
  } finally {
    bar.done();
  }
}

const missing = (where: string, expected: string) =>
  new PolyclinicError("usage/missing", "needs another option", { where, expected });

/** Exports, trains on a Ray cluster and imports the adapter; or follows or stops a job that was started before. */
async function runSubmit(config: TuneConfig, options: Options): Promise<void> {
  const { export: program, to, remoteBase: base, storage, job: earlier, stop, json } = options;
  const { RayJobs, exportTrl, fitsBase, importPrintedAdapter } = await import("../../learn/tune/index.ts");
  const authorization = process.env.RAY_AUTHORIZATION;
  const ray = new RayJobs({
    url: options.submit!,
    signal: interrupted,
    ...(authorization !== undefined && { authorization }),
  });
  if (stop !== undefined) {
    print((await ray.stop(stop)) ? `stopped    ${stop}` : `had ended  ${stop}`);
    return;
  }
  const gpus = Number(options.gpus);
  if (!(gpus >= 0)) throw new PolyclinicError("usage/value", "is not a number of GPUs", { where: "--gpus", expected: "0 or more", found: options.gpus }); // biome-ignore format: one line
  let id = earlier;
  if (id === undefined) {
    if (program === undefined) throw missing("--submit", "--export trl");
    if (to === undefined) throw missing("--submit", "--to with a new folder");
    if (base === undefined)
      throw missing("--submit", "--remote-base with the base's folder or hub name on the cluster");
    const bar = progressBar();
    const exported = await exportTrl(config, to, { version, signal: interrupted, onProgress: bar.onProgress }).finally(
      () => bar.done(),
    );
    id = await ray.submit(exported.folder, {
      base,
      gpus,
      install: options.install === true,
      ...(storage !== undefined && { storage }),
    });
    note(`job ${id}: stop it with Ctrl-C, follow it again with --job ${id}`);
  }
  const logs = await ray
    .follow(id, {
      onLine: note,
      onStatus: (status, message) => note(`${status.toLowerCase()}${message ? `: ${message}` : ""}`),
    })
    .catch(async (error: unknown) => {
      if (interrupted.aborted) note((await ray.stop(id)) ? `stopped ${id}` : `${id} had ended`);
      throw error;
    });
  if (storage !== undefined) {
    print(`saved      ${storage}, on the cluster: copy it here, and use it with --adapter`);
    return;
  }
  const imported = await importPrintedAdapter(logs, join(config.out, "adapter"));
  await fitsBase(config.base, imported.folder);
  if (json) return print(JSON.stringify({ job: id, ...imported }, undefined, 2));
  note(
    `${imported.moved} of ${imported.modules} adapted modules have moved, by at most ${imported.largest.toPrecision(3)}`,
  );
  print(`saved      ${imported.folder}`);
}

async function runSelfTraining(text: string, path: string, json: boolean): Promise<void> {
  const { readSelfTraining } = await import("../../strategy/self-training/config.ts");
  const { selfTrain } = await import("../../strategy/self-training/self-train.ts");
  const bar = progressBar();
  try {
    const results = await selfTrain(readSelfTraining(text, path), {
      codeVersion: version,
      signal: interrupted,
      onProgress: bar.onProgress,
      onRound({ round, kept, accuracy, interval: [low, high], questions, p }) {
        bar.done();
        if (json) return;
        const learned = kept === undefined ? "" : `; ${kept.rationales} rationales learned of ${kept.of}`;
        const test = p === undefined ? "" : `; against the base, exact McNemar p ${p.toPrecision(2)}`;
        const range = `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
        print(
          `${round === 0 ? "base   " : `round ${round}`}  ${accuracy.toFixed(3)} ${range}, ${questions} held-out questions${learned}${test}`,
        );
      },
    });
    if (json) print(JSON.stringify(results, undefined, 2));
  } finally {
    bar.done();
  }
}

function printChange(what: string, before: HeldOutMeasure, after: HeldOutMeasure): void {
  const lines = [`loss ${before.loss.toFixed(4)} before, ${after.loss.toFixed(4)} after`];
  const accuracy = ({ accuracy, interval }: HeldOutMeasure) =>
    accuracy === undefined ? "" : `${accuracy.toFixed(3)} [${interval!.map((end) => end.toFixed(3)).join(", ")}]`;
  if (before.accuracy !== undefined)
    lines.push(`accuracy ${accuracy(before)} before, ${accuracy(after)} after, ${after.examples} examples`);
  for (const [i, line] of lines.entries()) print(`${(i === 0 ? what : "").padEnd(10)} ${line}`);
}
