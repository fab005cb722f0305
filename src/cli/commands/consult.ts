/**
 * `polyclinic consult`: a consultation in the terminal, or one between two agents. Guarded: the patient is given no
 * diagnosis.
 */
import { basename } from "node:path";
import type { Command } from "commander";
import type { Generator } from "../../model/contract.ts";
import type { Handover, PatientReply, Visit } from "../../strategy/consult/visit.ts";
import type { Call } from "../../strategy/index.ts";
import { notForClinicalUse } from "../../task/result.ts";
import { allowed, readCase } from "../shared/case-text.ts";
import { exitCodes } from "../shared/exit-codes.ts";
import { linesTyped } from "../shared/lines.ts";
import { addModelOptions, type ModelOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { dim, interrupted, note, print, strong } from "../shared/terminal.ts";
import { list, number, whole } from "../shared/values.ts";

interface Options extends ModelOptions {
  patient?: string;
  complaint?: string;
  turns?: number;
  budget?: number;
  refine?: boolean;
  redFlags?: string[];
  selfPlay?: boolean;
  json?: boolean;
}

const closing = "a clinician will read what you said and speak with you.";

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
    .description("you are the patient; an empty line, or the end of the input, ends the visit");
  const simulate = consult
    .command("simulate")
    .description("simulate a visit between a doctor agent and a patient agent, with a critic")
    .requiredOption("--patient <file>", "text file with the patient's vignette, from which the patient agent answers");
  const dialogues = consult
    .command("dialogues")
    .description("write self-played visits that end correctly as training examples for `polyclinic tune` (outer loop)")
    .argument("<cases.jsonl>", "cases with vignette and diagnosis, in the format of `polyclinic osce`")
    .requiredOption("-o, --output <file.jsonl>", "the examples: every turn of the doctor in the visits that are kept")
    .option("--turns <n>", "maximum number of the doctor's questions (12)", whole)
    .option("--visits <n>", "number of visits of a case that does not state its own as visits (1)", whole, 1)
    .option("--temperature <t>", "sampling temperature of the doctor (0.7)", number, 0.7)
    .option("--keep-all", "keep every visit, however it ends: the null control of the outer loop");
  addModelOptions(dialogues)
    .addHelpText(
      "after",
      "\nExample:\n  $ polyclinic consult dialogues samples/clinic-osce.jsonl --model clinic --visits 4 -o dialogues.jsonl",
    )
    .action((path: string) => runDialogues(path, dialogues.opts()));
  for (const command of [talk, simulate])
    addModelOptions(
      command
        .option("--complaint <text>", "the patient's first sentence (simulate: the first sign in the vignette)")
        .option("--turns <n>", "maximum number of the doctor's questions (12)", whole)
        .option("--budget <n>", "maximum total number of model replies", whole)
        .option(
          "--red-flags <list>",
          "warning signs, separated by commas: the doctor is reminded of those not asked about before it concludes",
          list,
        )
        .option(
          "--no-refine",
          "use each reply as generated, without the check for repeated and leading questions and red flags",
        )
        .option("--json", "print the result as JSON"),
    );
  simulate.option(
    "--self-play",
    "play two attempts, the second with the critic's feedback on the first; one if the critic finds no fault",
  );
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
  const { handOver, patientFrom, selfPlay, visit } = await import("../../strategy/consult/visit.ts");
  const { complaintOf, historyOf, settingOf } = await import("../../strategy/consult/words.ts");
  const model = await openModel(options);
  const limit = options.budget === undefined ? {} : { budget: options.budget };
  const { call, trace } = callsTo(model, { signal: interrupted, ...limit });
  const typed =
    vignette === undefined
      ? linesTyped({ output: options.json ? process.stderr : process.stdout, signal: interrupted })
      : undefined;
  try {
    const label = options.patient === undefined ? "" : basename(options.patient);
    if (!(await allowed({ task: "consult", label, ...(vignette !== undefined && { text: vignette }) }, model))) return;
    const setting = settingOf(model);
    const complaint =
      options.complaint ??
      (vignette === undefined ? await typed!.ask("What brings you here?\nPatient: ") : complaintOf(vignette));
    if (!complaint) {
      if (options.json) print(visitJson(model, [], { summary: "", differential: [] }, trace));
      else print("The patient said nothing: there was no visit.");
      return;
    }
    const answer: (question: string) => Promise<PatientReply> =
      vignette !== undefined
        ? patientFrom(call, vignette)
        : (question: string) => typed!.ask(`Doctor: ${question}\nPatient: `);
    // A model of a closed world was not trained to end with a summary.
    const criteria = { redFlags: options.redFlags ?? [], summary: setting === "" };
    const visitOptions = { setting, criteria, ...(options.turns !== undefined && { turns: options.turns }) };
    const played = options.selfPlay
      ? await selfPlay({ doctor: call, critic: call }, complaint, answer, {
          ...visitOptions,
          refine: options.refine ?? true,
        })
      : [
          {
            visit: await visit(call, complaint, answer, { ...visitOptions, refine: options.refine ?? true }),
            criticism: [],
          },
        ];
    if (vignette !== undefined && !options.json)
      for (const [round, { visit: own, criticism }] of played.entries())
        show(own, options.selfPlay ? `Attempt ${round + 1}` : undefined, criticism);
    if (options.selfPlay && played.length === 1 && !options.json)
      print(
        `${played[0].visit.endedBy === "budget" ? "The budget is used up" : "The critic found no fault"}: there is no second attempt.\n`,
      );
    const attempts = played.map((one) => one.visit);
    const last = attempts[attempts.length - 1];
    const handover = await handOver(call, last, historyOf(last, setting));
    if (options.json) print(visitJson(model, attempts, handover, trace));
    else {
      print(
        last.endedBy === "patient left" ? `Thank you: ${closing}` : `Thank you. That was my last question: ${closing}`,
      );
      print(
        `\nFor the clinician, not for the patient:\n${handover.summary}\nDifferential diagnosis by the model: ${handover.differential.join(", ") || "none was written"}`,
      );
      if (last.conclusion !== undefined) print(`The doctor agent's conclusion: ${last.conclusion}`);
      print(
        `${last.questions} ${last.questions === 1 ? "question" : "questions"}, of which ${last.repeats} repeated; ended by: ${endedText(last)}`,
      );
      for (const sentence of last.withheld ?? [])
        print(`Not said to the patient, because it names a diagnosis or gives advice: ${sentence}`);
      // A patient agent may say what is not in its case: the handover then looks right and is of nobody.
      if (vignette !== undefined)
        print(`The case given to the patient agent (it may have said otherwise: compare): ${vignette.trim()}`);
      if (last.endedBy === "budget") print("The budget ended the visit: it is incomplete.");
      note(dim(notForClinicalUse));
    }
    if (last.endedBy === "budget") process.exitCode = exitCodes.deferred;
  } finally {
    typed?.close();
    await model.close();
  }
}

const visitJson = (
  { identity }: Pick<Generator, "identity">,
  attempts: readonly Visit[],
  handover: Handover,
  trace: unknown,
): string =>
  JSON.stringify(
    { schema: "polyclinic.visit/1", model: identity, attempts, handover, trace, notice: notForClinicalUse },
    undefined,
    2,
  );

/** `broken role (Patient: ...)`. */
const endedText = ({ endedBy, brokenBy }: Visit) =>
  brokenBy === undefined ? endedBy : `${endedBy} (${brokenBy.who}: ${brokenBy.text || "nothing"})`;

interface DialogueOptions extends ModelOptions {
  output: string;
  turns?: number;
  visits: number;
  temperature: number;
  keepAll?: boolean;
}

async function runDialogues(path: string, options: DialogueOptions): Promise<void> {
  const { readCases } = await import("../../strategy/osce/cases.ts");
  const { callsTo } = await import("../../strategy/index.ts");
  const { patientFrom, selfPlay } = await import("../../strategy/consult/visit.ts");
  const { examplesOf, visitsPlanned, exclusionReason } = await import("../../strategy/consult/dialogues.ts");
  const { complaintOf, settingOf } = await import("../../strategy/consult/words.ts");
  const { writeWhole } = await import("../../base/files.ts");
  const cases = await readCases(path);
  const model = await openModel(options);
  try {
    const [first] = cases;
    if (!(await allowed({ task: "consult", label: basename(path), text: first.vignette }, model))) return;
    const setting = settingOf(model);
    const examples: unknown[] = [];
    const left = new Map<string, number>();
    let keptDialogues = 0;
    let played = 0;
    note(dim(`${visitsPlanned(cases, options.visits)} visits of ${cases.length} cases`));
    for (const one of cases)
      for (let visit = 0; visit < (one.visits ?? options.visits); visit++) {
        const { call } = callsTo(model, { signal: interrupted });
        const { vignette, complaint = complaintOf(vignette) } = one;
        const secret = [one.diagnosis, ...(one.synonyms ?? [])];
        const attempts = await selfPlay(
          { doctor: seeded(call, 1000 * played++), critic: call },
          complaint,
          patientFrom(call, vignette, secret),
          {
            setting,
            secret,
            refine: true,
            temperature: options.temperature,
            ...(options.turns !== undefined && { turns: options.turns }),
          },
        );
        const last = attempts[attempts.length - 1].visit;
        const why = options.keepAll ? undefined : exclusionReason(last, one);
        if (why === undefined) {
          keptDialogues++;
          examples.push(...examplesOf(last, setting));
        } else left.set(why, (left.get(why) ?? 0) + 1);
      }
    await writeWhole(options.output, examples.map((example) => `${JSON.stringify(example)}\n`).join(""));
    const reasons = [...left].map(([why, n]) => `${why} ${n}`).join(", ");
    print(
      `${keptDialogues} visits kept, ${examples.length} examples in ${options.output}${reasons === "" ? "" : `; left: ${reasons}`}`,
    );
    note(dim(notForClinicalUse));
  } finally {
    await model.close();
  }
}

/** Other draws for every visit; the visit itself numbers its turns. */
const seeded =
  (call: Call, offset: number): Call =>
  (role, messages, options = {}) =>
    call(role, messages, { ...options, seed: offset + (options.seed ?? 0) });

function show({ lines }: Visit, title: string | undefined, criticism: readonly string[]): void {
  if (title !== undefined) print(strong(title));
  for (const text of criticism) print(`Critic: ${text}`);
  for (const { who, text } of lines) print(`${who}: ${text}`);
  print("");
}
