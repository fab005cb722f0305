/** `polyclinic tune`: fine-tunes a model on data. */
import type { Command } from "commander";
import { progressBar } from "../../base/progress-bar.ts";
import { version } from "../../base/version.ts";
import type { HeldOutMeasure } from "../../learn/tune/index.ts";
import { interrupted, note, print } from "../shared/terminal.ts";

const help = `
The configuration, with everything that has no default:

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
  recompute: true                   # optional: less memory, more time, the same result

Other learners:

  { kind: full }                                            every tensor
  { kind: soft-prompt, vectors: 16 }                        vectors in front of the frozen model
  { kind: distil, teacher: FOLDER, target: full }           the base learns a teacher's logits; target: renormalised or
                                                            counted with k: 256 shows it k sampled ones a token
  { kind: contrastive, loss: siglip }                       a SigLIP base on {"image": "a.jpg", "text": "..."}; or info-nce;
                                                            batch.rows pairs a step
  { kind: probe, c: 1 }                                     logistic regression on the base's image embeddings, on
                                                            {"image": "a.jpg", "label": "..."}

Paths are relative to the configuration. A run that was stopped goes on where it was when it is started again.

Example:
  $ polyclinic tune samples/cells/tune.yaml
  $ polyclinic classify samples/cells/test/white-cell/BloodImage_00007.jpg --labels "platelets,red cell,white cell" --adapter runs/cells/adapter`;

export function registerTune(program: Command): void {
  program
    .command("tune")
    .description("fit a model to data: adapters, soft prompts, distillation, contrast, probes")
    .argument("<config>", "a YAML file")
    .option("--plan", "print the plan and stop")
    .option("--json", "the result as JSON")
    .addHelpText("after", help)
    .action(run);
}

async function run(path: string, { plan: only, json }: { plan?: boolean; json?: boolean }): Promise<void> {
  const { describePlan, readTuneConfig, readTuneFile, tune } = await import("../../learn/tune/index.ts");
  const config = readTuneConfig(await readTuneFile(path), path);
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

function printChange(what: string, before: HeldOutMeasure, after: HeldOutMeasure): void {
  const lines = [`loss ${before.loss.toFixed(4)} before, ${after.loss.toFixed(4)} after`];
  const accuracy = ({ accuracy, interval }: HeldOutMeasure) =>
    accuracy === undefined ? "" : `${accuracy.toFixed(3)} [${interval!.map((end) => end.toFixed(3)).join(", ")}]`;
  if (before.accuracy !== undefined)
    lines.push(`accuracy ${accuracy(before)} before, ${accuracy(after)} after, ${after.examples} examples`);
  for (const [i, line] of lines.entries()) print(`${(i === 0 ? what : "").padEnd(10)} ${line}`);
}
