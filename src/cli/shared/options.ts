/** Options that several commands share. */

import { type Command, Option } from "commander";
import { clinicName, embeddedName } from "../../base/embedded-model.ts";
import type { OpenStudyOptions } from "../../study/open/read-part.ts";
import type { ViewOptions } from "../../study/views/index.ts";
import type { TaskOptions } from "../../task/run.ts";
import { type SamplingOptions, samplingOptions } from "../../task/sampling.ts";
import { addTaskOptions } from "./task-options.ts";
import { list, modalityCode, number, whole } from "./values.ts";

export interface ModelOptions {
  model: string;
  precision?: "f32" | "int8" | "int4";
  device?: "cpu" | "gpu";
  adapter?: string;
  contextTokens?: number;
  concurrency?: number;
  timeout?: number;
}

export function addModelOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        "-m, --model <name>",
        `${embeddedName}, ${clinicName} (fictional), a folder, a pulled owner/name, or a server's address: http://host/v1#model`,
      )
        .env("POLYCLINIC_MODEL")
        .default(embeddedName),
    )
    .addOption(new Option("--precision <p>", "of the weights in process").choices(["f32", "int8", "int4"]))
    .addOption(
      new Option(
        "--device <d>",
        "gpu: a graphics device that gives the processor's numbers, else the processor",
      ).choices(["cpu", "gpu"]),
    )
    .option("--adapter <folder>", "a LoRA adapter or a soft prompt, as polyclinic tune saves them")
    .option("--context-tokens <n>", "a server's context, where it does not say", whole)
    .option("--timeout <seconds>", "a server's time to begin its answer (300)", number);
}

export const deidentifyHelp =
  "no names of patients and files, dates, descriptions and identifiers in what is written; what is drawn into pictures stays";

/** How files are read, and how views lay them out. */
const openNames = ["modality", "mixedPatients", "mpp", "samplingRate", "volume", "patient", "deidentify"] as const;
const viewNames = ["parts", "mpp", "magnification", "maxSlices", "windows", "recordLayout"] as const;

export type StudyOptions = Pick<OpenStudyOptions, (typeof openNames)[number]> &
  Pick<ViewOptions, (typeof viewNames)[number]>;

export function addStudyOptions(command: Command): Command {
  return command
    .option("--parts <numbers>", "only these parts of the study, as 0,2 (see inspect)", (text) => list(text).map(whole))
    .addOption(
      new Option("--modality <code>", "what files without a header show: DX, CT, MR, ...").argParser(modalityCode),
    )
    .option("--mixed-patients", "take files of several patients as one study")
    .option("--patient <id>", "of files of several patients: the id or full name of one")
    .option("--deidentify", deidentifyHelp)
    .option("--mpp <microns>", "microns per pixel of a slide that does not say", number)
    .option("--sampling-rate <hertz>", "samples a second of an ECG table (CSV) that does not say", number)
    .option("--volume <n>", "which volume of a 4D file, from 0", whole)
    .option("--magnification <x>", "magnification of slide patches (10)", number)
    .option("--max-slices <n>", "at most this many slices (85)", whole)
    .addOption(new Option("--windows <version>", "CT windows of MedGemma").choices(["1.5", "1.0"]))
    .addOption(
      new Option("--record-layout <layout>", "how a health record is framed for the model").choices([
        "plain",
        "medgemma",
      ]),
    );
}

export function openOptions(options: StudyOptions): OpenStudyOptions {
  const { POLYCLINIC_FHIR_TOKEN: fhirToken } = process.env;
  return { ...pick(options, openNames), ...(fhirToken && { fhirToken }) };
}

export function viewOptions(options: StudyOptions, seed?: number): ViewOptions {
  return { ...pick(options, viewNames), ...(seed !== undefined && { seed }) };
}

const answerNames = [
  ...(Object.keys(samplingOptions) as (keyof SamplingOptions)[]),
  "think",
  "form",
  "anyway",
] as const;

export type AnswerOptions = Pick<TaskOptions, (typeof answerNames)[number]>;

export function addAnswerOptions(command: Command): Command {
  return addTaskOptions(command, samplingOptions)
    .option("--anyway", "answer also what the model was not trained on; the answer is branded as out of scope")
    .option("--think", "let the model think first; it needs more tokens")
    .addOption(
      new Option("--form <form>", "short evaluation prompts or long instructed ones").choices(["brief", "instructed"]),
    );
}

export function taskOptions(options: AnswerOptions & StudyOptions): TaskOptions {
  return { ...pick(options, answerNames), view: viewOptions(options, options.seed) };
}

export interface OutputOptions {
  json?: boolean;
  saveJson?: string;
  overlay?: string;
  sr?: string;
  fhir?: string;
  /** Only for `labs`. */
  csv?: string;
  /** Only for `after-visit`. */
  saveText?: string;
  quiet?: boolean;
}

export function addOutputOptions(command: Command): Command {
  return command
    .option("--json", "print the result as JSON (docs/result.schema.json)")
    .option("--save-json <file>", "write the result as JSON")
    .option("--overlay <file.png>", "write the images with the answer drawn on them")
    .option("--sr <file.dcm>", "write a DICOM structured report (TID 1500, UNVERIFIED)")
    .option("--fhir <file.json>", "write a FHIR R4 bundle (preliminary)")
    .option("--quiet", "no notes on stderr; cautions about an answer remain");
}

/** The named options that are defined. */
export function pick<T extends object, Name extends keyof T>(options: T, names: readonly Name[]): Pick<T, Name> {
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(given) as Pick<T, Name>;
}
