/**
 * `polyclinic consult`: a consultation in the terminal, or one between two agents. Guarded: the patient is given no
 * diagnosis.
 */
import { basename } from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import type { Visit } from "../../strategy/consult/visit.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { allowed, readCase } from "../shared/case-text.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { whole } from "../shared/values.ts";

interface Options extends ModelOptions {
  patient?: string;
  complaint?: string;
  turns?: number;
  budget?: number;
  refine?: boolean;
  selfPlay?: boolean;
  json?: boolean;
}

const closing = "Thank you. That was my last question: a clinician will read what you said and speak with you.";

export function registerConsult(program: Command): void {
  const consult = program
    .command("consult")
    .description(
      "let a model take a history in the terminal; the patient is told no diagnosis and given no advice, the clinician gets a summary and a differential",
    )
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic consult simulate --patient samples/clinic-case.txt --model clinic",
    );
  const talk = consult
    .command("talk", { isDefault: true })
    .description("you are the patient; an empty line ends the visit");
  const simulate = consult
    .command("simulate")
    .description("simulate a visit between a doctor agent and a patient agent, with a critic")
    .requiredOption("--patient <file>", "text file with the patient's vignette, from which the patient agent answers");
  for (const command of [talk, simulate])
    addModelOptions(
      command
        .option("--complaint <text>", "the patient's first sentence (simulate: the first sign in the vignette)")
        .option("--turns <n>", "maximum number of the doctor's questions (12)", whole)
        .option("--budget <n>", "maximum total number of model replies", whole)
        .option("--no-refine", "use each reply as generated, without the check for repeated questions")
        .option("--json", "print the result as JSON"),
    );
  simulate.option("--self-play", "play two attempts, the second with the critic's feedback on the first");
  talk
    .addHelpText("after", "\nExample:\n  $ polyclinic consult --model clinic")
    .action(() => run(talk.opts<Options>()));
  simulate
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic consult simulate --patient samples/clinic-case.txt --model clinic",
    )
    .action(() => run(simulate.opts<Options>()));
}

async function run(options: Options): Promise<void> {
  const vignette = options.patient === undefined ? undefined : await readCase(options.patient, "patient");
  const { callsTo } = await import("../../strategy/index.ts");
  const { criticise, handOver, patientFrom, visit } = await import("../../strategy/consult/visit.ts");
  const { complaintOf, historyOf, settingOf } = await import("../../strategy/consult/words.ts");
  const model = await openModel(options);
  const limit = options.budget === undefined ? {} : { budget: options.budget };
  const { call, trace } = callsTo(model, { signal: interrupted, ...limit });
  const terminal =
    vignette === undefined ? createInterface({ input: process.stdin, output: process.stdout }) : undefined;
  try {
    const label = options.patient === undefined ? "" : basename(options.patient);
    if (!(await allowed({ task: "consult", label, ...(vignette !== undefined && { text: vignette }) }, model))) return;
    const setting = settingOf(model);
    const complaint =
      options.complaint ??
      (vignette === undefined ? await terminal!.question("What brings you here?\nPatient: ") : complaintOf(vignette));
    const answer =
      vignette !== undefined
        ? patientFrom(call, vignette)
        : async (question: string) => (await terminal!.question(`Doctor: ${question}\nPatient: `)).trim() || undefined;
    const attempts: Visit[] = [];
    let criticism: string[] = [];
    for (let round = 0; round < (options.selfPlay ? 2 : 1); round++) {
      const played = await visit(call, complaint, answer, {
        setting,
        refine: options.refine ?? true,
        criticism,
        ...(options.turns !== undefined && { turns: options.turns }),
      });
      attempts.push(played);
      if (vignette !== undefined && !options.json)
        show(played, options.selfPlay ? `Attempt ${round + 1}` : undefined, criticism);
      if (!options.selfPlay) break;
      criticism = await criticise(call, played, setting);
      if (criticism.length === 0) break;
    }
    const last = attempts[attempts.length - 1];
    const handover = await handOver(call, last, historyOf(last, setting));
    if (options.json)
      print(
        JSON.stringify(
          { schema: "polyclinic.visit/1", model: model.identity, attempts, handover, trace, notice: notForClinicalUse },
          undefined,
          2,
        ),
      );
    else {
      print(closing);
      print(
        `\nFor the clinician, not for the patient:\n${handover.summary}\nDifferential diagnosis by the model: ${handover.differential.join(", ") || "none was written"}`,
      );
      if (last.conclusion !== undefined) print(`The doctor agent's conclusion: ${last.conclusion}`);
      print(`${last.questions} questions, of which ${last.repeats} repeated; ended by: ${last.endedBy}`);
      note(dim(notForClinicalUse));
    }
    if (last.endedBy === "budget") process.exitCode = exitCodes.deferred;
  } finally {
    terminal?.close();
    await model.close();
  }
}

function show({ lines }: Visit, title: string | undefined, criticism: readonly string[]): void {
  if (title !== undefined) print(strong(title));
  for (const text of criticism) print(`Critic: ${text}`);
  for (const { who, text } of lines) print(`${who}: ${text}`);
  print("");
}
