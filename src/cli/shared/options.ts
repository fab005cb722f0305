/** Options shared by several commands. */

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
    .addOption(new Option("--precision <p>", "precision of the weights in process").choices(["f32", "int8", "int4"]))
    .addOption(
      new Option("--device <d>", "gpu: use the GPU if its results match the CPU, otherwise the CPU").choices([
        "cpu",
        "gpu",
      ]),
    )
    .option("--adapter <folder>", "a LoRA adapter or a soft prompt saved by polyclinic tune")
    .option("--context-tokens <n>", "context length of a server that does not state it", whole)
    .option("--timeout <seconds>", "maximum time until a server begins its response (300)", number);
}

export const deidentifyHelp =
  "omit names of patients and files, dates, descriptions and identifiers from outputs; text burned into images is not removed";

/** How files are read, and how views lay them out. */
const openNames = ["modality", "mixedPatients", "mpp", "samplingRate", "volume", "patient", "deidentify"] as const;
const viewNames = ["parts", "mpp", "magnification", "maxSlices", "maxFrames", "windows", "recordLayout"] as const;

export type StudyOptions = Pick<OpenStudyOptions, (typeof openNames)[number]> &
  Pick<ViewOptions, (typeof viewNames)[number]>;

export function addStudyOptions(command: Command): Command {
  return command
    .option("--parts <numbers>", "only these parts of the study, e.g. 0,2 (see inspect)", (text) =>
      list(text).map(whole),
    )
    .addOption(
      new Option("--modality <code>", "modality of files without a header: DX, CT, MR, ...").argParser(modalityCode),
    )
    .option("--mixed-patients", "open files of several patients as one study")
    .option("--patient <id>", "ID, identifier or full name of the patient, if the files belong to several")
    .option("--deidentify", deidentifyHelp)
    .option("--mpp <microns>", "micrometres per pixel of a slide that does not state it", number)
    .option("--sampling-rate <hertz>", "samples per second of an ECG table (CSV) that does not state it", number)
    .option("--volume <n>", "number of the volume in a 4D file, from 0", whole)
    .option("--magnification <x>", "magnification of slide patches (10)", number)
    .option("--max-slices <n>", "maximum number of slices (85)", whole)
    .option("--max-frames <n>", "maximum number of frames of a video (85)", whole)
    .addOption(new Option("--windows <version>", "CT windows of MedGemma").choices(["1.5", "1.0"]))
    .addOption(
      new Option("--record-layout <layout>", "layout of a health record in the prompt").choices(["plain", "medgemma"]),
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
    .option("--anyway", "answer even what the model was not trained on; the answer is marked as out of scope")
    .option("--think", "let the model think first; it needs more tokens")
    .addOption(
      new Option("--form <form>", "prompt form: short evaluation prompts or long instructions").choices([
        "brief",
        "instructed",
      ]),
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
    .option("--overlay <file.png>", "write the images with the answer drawn onto them")
    .option("--sr <file.dcm>", "write a DICOM structured report (TID 1500, UNVERIFIED)")
    .option("--fhir <file.json>", "write a FHIR R4 bundle (preliminary)")
    .option("--quiet", "no notes on stderr; cautions about an answer remain");
}

/** The named options that are defined. */
export function pick<T extends object, Name extends keyof T>(options: T, names: readonly Name[]): Pick<T, Name> {
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(given) as Pick<T, Name>;
}
