/** `polyclinic demo`: the README's commands on the packaged samples, each printed as it would be typed. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { embeddedName } from "../../base/embedded-model.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { requireFree } from "../../base/files.ts";
import { taskNamed } from "../../task/tasks.ts";
import { interrupted, note, print } from "../shared/terminal.ts";
import { registerTaskCommand } from "./task.ts";

const samples = fileURLToPath(new URL("../../../samples", import.meta.url));

interface Options {
  output?: string;
  model: string;
}

/** `{}` is replaced by the samples folder. */
function steps(output: string | undefined): string[][] {
  const file = (option: string, name: string) => (output === undefined ? [] : [option, join(output, name)]);
  return [
    ["ask", "{}/chest-xray.jpg", "Is there pneumonia?"],
    ["classify", "{}/chest-xray.jpg", "--labels", "normal,pneumonia"],
    ["report", "{}/chest-xray.jpg", ...file("--sr", "report.dcm"), ...file("--fhir", "report.fhir.json")],
    ["locate", "{}/chest-pair/1-prior.jpg", "right lung", ...file("--overlay", "right-lung.png")],
    ["ask", "{}/ct-slice.jpg", "Which kind of image is this?"],
    // Refusals: an image outside the scope of the question, and a question outside the scope of the model.
    ["ask", "{}/ct-slice.jpg", "Is there pneumonia?"],
    ["ask", "{}/chest-xray.jpg", "How old is the patient?"],
  ];
}

export function registerDemo(program: Command): void {
  program
    .command("demo")
    .description("run the commands of the README on the samples that come with the package")
    .option("-o, --output <folder>", "folder to which a structured report, a FHIR bundle and an overlay are written")
    .option("-m, --model <name>", "a model to use instead of the embedded one", embeddedName)
    .addHelpText("after", "\nExample:\n  $ polyclinic demo -o demo-output")
    .action(demo);
}

async function demo({ output, model }: Options): Promise<void> {
  const all = steps(output);
  // Checked before the first answer rather than halfway through.
  for (const path of all.flatMap(outputsOf)) await requireFree(path);
  for (const [i, step] of all.entries()) {
    if (interrupted.aborted) throw new PolyclinicError("abort/aborted", "stopped on request");
    const typed = step.map((word) => word.replace("{}", samples));
    print(`${i > 0 ? "\n" : ""}$ polyclinic ${typed.map(quoted).join(" ")}`);
    const last = i === all.length - 1;
    // Commander stores parsed options in its command objects, so each step needs new ones.
    const runner = new Command("polyclinic").exitOverride();
    registerTaskCommand(runner, taskNamed(step[0]));
    await runner.parseAsync([...typed, "--model", model, ...(last ? [] : ["--quiet"])], { from: "user" });
  }
  // The demo's refusals are intended and must not set the exit code.
  process.exitCode = 0;
  if (output !== undefined) note(`\nThe exports are in ${output}.`);
}

/** The files a step writes: the arguments of its output options. */
function outputsOf(step: readonly string[]): string[] {
  return step.filter((_, i) => ["--sr", "--fhir", "--overlay"].includes(step[i - 1]));
}

function quoted(word: string): string {
  return /^[\w./:,=-]+$/.test(word) ? word : `"${word}"`;
}
