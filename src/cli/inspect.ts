/** `polyclinic inspect`: what was read, and exactly what a model would be shown. */
import { type Command, InvalidArgumentError } from "commander";
import { PolyclinicError } from "../base/errors.ts";
import { writeWhole } from "../base/files.ts";
import {
  closeStudy,
  type OpenStudyOptions,
  openStudy,
  type Study,
  type View,
  type ViewOptions,
  viewOf,
} from "../study/index.ts";
import { subjectOf } from "../task/layout.ts";
import { askPrompt } from "../text/prompts/index.ts";
import { type Inspection, imageFacts, partFacts } from "./inspect/describe.ts";
import { contactSheet } from "./inspect/sheet.ts";
import { inspectionTable } from "./inspect/table.ts";

interface InspectOptions {
  output?: string;
  json?: boolean;
  question: string;
  parts?: number[];
  modality?: string;
  mixedPatients?: boolean;
  mpp?: number;
  volume?: number;
  magnification?: number;
  maxSlices?: number;
  seed?: number;
  windows: "1.5" | "1.0";
  sampling: "equidistant" | "notebook";
  plane?: "axial" | "as-acquired";
  medsiglip?: boolean;
  imageSize: number;
  tokensPerImage: number;
  context: number;
}

export function registerInspect(program: Command): void {
  program
    .command("inspect")
    .description("show what was read from files, folders or zip archives, and exactly what a model would see")
    .argument("<files...>", "DICOM, NIfTI, slides, JPEG, PNG, WebP, TIFF, PDF; folders and zip archives of them")
    .option("-o, --output <sheet.png>", "write a contact sheet of the model's images with their labels and the prompt")
    .option("--json", "print the inspection as JSON: parts, leftOut, warnings, view, prompt")
    .option("-q, --question <text>", "the question in the prompt", "Is there an abnormality?")
    .option("--parts <numbers>", "only these parts, as 0,2", numbers)
    .option("--modality <code>", "what files without a header show: DX, CT, MR, ...")
    .option("--mixed-patients", "take files of several patients as one study")
    .option("--mpp <microns>", "microns per pixel of a slide that does not say", number)
    .option("--volume <n>", "which volume of a 4D file, from 0", number)
    .option("--magnification <x>", "magnification of slide patches (10)", number)
    .option("--max-slices <n>", "at most this many slices (85)", number)
    .option("--seed <n>", "which patches are chosen when there are too many (0)", number)
    .option("--windows <version>", "CT windows of MedGemma 1.5 or 1.0", choice("1.5", "1.0"), "1.5")
    .option("--sampling <rule>", "equidistant, or Google's notebook", choice("equidistant", "notebook"), "equidistant")
    .option("--plane <plane>", "axial or as-acquired", choice("axial", "as-acquired"))
    .option("--medsiglip", "lay pictures out for MedSigLIP instead of MedGemma")
    .option("--image-size <pixels>", "side of the model's images", number, 896)
    .option("--tokens-per-image <n>", "prompt tokens an image costs", number, 260)
    .option("--context <tokens>", "prompt and answer together", number, 131_072)
    .addHelpText("after", jsonHelp)
    .addHelpText("after", "\nExample:\n  $ polyclinic inspect chest.dcm -o sheet.png")
    .action(inspect);
}

const jsonHelp = `
--json prints one object:
  parts     [{part, kind, label, modality, bodyPart?, acquiredAt?, size, spacing?, spacingUnit?, orientation?, unit?, range?, files, sha256, warnings}]
            size and spacing are x first; orientation says where the axes run (LPS: left, posterior, head)
  leftOut   [{file, reason}]             files that were not made a part
  warnings  [{code, message, where?}]
  view      {recipe, images, leftOut}    images: [{part, index?, label?, width, height, sha256, source, patient?}]
            source: the source pixels under the image's corners [x0, y0, x1, y1]; patient: LPS millimetres under two corners
  prompt    [{text} | {image}]           the user turn in order; image is a place in view.images
  problem   why the study cannot be laid out; view and prompt are then absent and the exit status is 1`;

async function inspect(files: string[], options: InspectOptions): Promise<void> {
  const study = await openStudy(files, studyOptions(options));
  try {
    const { view, problem } = await layOut(study, options);
    const words = view && promptOf(study, view, options.question);
    const inspection: Inspection = {
      parts: study.parts.map(partFacts),
      leftOut: study.leftOut,
      warnings: study.warnings,
      ...(view && { view: { recipe: view.recipe, images: imageFacts(view), leftOut: view.leftOut } }),
      ...(view && words && { prompt: promptParts(view, words) }),
      ...(problem !== undefined && { problem }),
    };
    console.log(options.json ? JSON.stringify(inspection, null, 2) : inspectionTable(inspection));
    if (options.output !== undefined && view && words) {
      const names = study.parts.map((part) => part.label);
      const shown =
        names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
      const title = `${shown} (${view.recipe}: ${view.images.length} x ${view.images[0].image.width} pixels)`;
      await writeWhole(options.output, contactSheet(view, names, { title, ...words }));
      if (!options.json) console.log(`\nWrote ${options.output}`);
    }
    if (problem !== undefined) process.exitCode = 1;
  } finally {
    await closeStudy(study);
  }
}

async function layOut(study: Study, options: InspectOptions): Promise<{ view?: View; problem?: string }> {
  const limits = {
    imageSize: options.imageSize,
    tokensPerImage: options.tokensPerImage,
    contextTokens: options.context,
  };
  try {
    return { view: await viewOf(study, limits, viewOptions(options)) };
  } catch (error) {
    // What was read is worth showing even when it cannot be laid out (a slide without a resolution).
    if (PolyclinicError.is(error)) return { problem: error.message };
    throw error;
  }
}

function promptOf(study: Study, view: View, question: string) {
  const parts = [...new Set(view.images.map(({ part }) => part))].map((part) => study.parts[part]);
  const bodyPart = parts.length === 1 ? parts[0].bodyPart : undefined;
  const subject = subjectOf(parts);
  return askPrompt({ question, subject, form: "instructed", ...(bodyPart !== undefined && { bodyPart }) });
}

function promptParts(view: View, words: { before?: string; after: string }): NonNullable<Inspection["prompt"]> {
  const images = view.images.flatMap(({ label }, image) => [
    { image },
    ...(label === undefined ? [] : [{ text: label }]),
  ]);
  return [...(words.before === undefined ? [] : [{ text: words.before }]), ...images, { text: words.after }];
}

function studyOptions({ modality, mixedPatients, mpp, volume }: InspectOptions): OpenStudyOptions {
  return defined({ modality, mixedPatients, mpp, volume });
}

function viewOptions(options: InspectOptions): ViewOptions {
  const { parts, mpp, magnification, maxSlices, seed, windows, sampling, plane, medsiglip } = options;
  return defined({ parts, mpp, magnification, maxSlices, seed, windows, sampling, plane, medsiglip });
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("expected a number");
  return value;
}

function numbers(text: string): number[] {
  return text.split(",").map(number);
}

function choice(...choices: string[]) {
  return (text: string) => {
    if (!choices.includes(text)) throw new InvalidArgumentError(`expected ${choices.join(" or ")}`);
    return text;
  };
}
