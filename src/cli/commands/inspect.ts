/** `polyclinic inspect`: shows what was read from the files, and the exact input a model would get. */
import type { Command } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import { writeWhole } from "../../base/files.ts";
import { type Inspection, inspectionOf } from "../../export/inspect/describe.ts";
import { contactSheet } from "../../export/inspect/sheet.ts";
import { inspectionTable } from "../../export/inspect/table.ts";
import type { ModelLimits } from "../../model/contract.ts";
import { openStudy, type RecordPart, type Study, type ViewOptions, type WaveformPart } from "../../study/index.ts";
import { askPromptOf } from "../../task/ask/ask.ts";
import { type Layout, layOut } from "../../task/layout.ts";
import { exitCodeOf } from "../shared/exit-codes.ts";
import { addStudyOptions, openOptions, pick, type StudyOptions, viewOptions } from "../shared/options.ts";
import { openModel } from "../shared/session.ts";
import { print } from "../shared/terminal.ts";
import { choice, whole } from "../shared/values.ts";

/** View options of this command only; options shared with other commands come from `addStudyOptions`. */
const layoutNames = ["sampling", "plane", "medsiglip"] as const;

interface InspectOptions extends StudyOptions, Pick<ViewOptions, (typeof layoutNames)[number]> {
  output?: string;
  json?: boolean;
  question: string;
  model?: string;
  seed?: number;
  imageSize?: number;
  tokensPerImage?: number;
  context?: number;
}

/** The limits used when no model is named: MedGemma 1.5 with its full context. */
const medgemma: ModelLimits = { imageSize: 896, tokensPerImage: 260, contextTokens: 131_072 };

export function registerInspect(program: Command): void {
  const command = program
    .command("inspect")
    .description("show what was read from files, folders or zip archives, and exactly what a model would receive")
    .argument(
      "<files...>",
      "DICOM, NIfTI, slides, JPEG, PNG, WebP, TIFF, PDF, health records; folders and zip archives of them",
    )
    .option(
      "-o, --output <sheet.png>",
      "write a contact sheet of the images that the model receives, with labels and prompt; for a health record its timeline, for an ECG the tracing on ECG paper",
    )
    .option("--json", "print the inspection as JSON: parts, leftOut, warnings, view, prompt")
    .option("-q, --question <text>", "question for the prompt", "Is there an abnormality?")
    .option("-m, --model <name>", "the model whose input is shown, by name or address (default: MedGemma)");
  addStudyOptions(command)
    .option("--seed <n>", "seed for choosing slide patches when there are too many (0)", whole)
    .option(
      "--sampling <rule>",
      "slice selection: equidistant, or as in Google's notebook",
      choice("equidistant", "notebook"),
      "equidistant",
    )
    .option("--plane <plane>", "slice plane: axial or as-acquired", choice("axial", "as-acquired"))
    .option("--medsiglip", "prepare images for MedSigLIP instead of MedGemma")
    .option("--image-size <pixels>", "image size of the model (896)", whole)
    .option("--tokens-per-image <n>", "prompt tokens per image (260)", whole)
    .option("--context <tokens>", "context length in tokens, prompt and answer together (131072)", whole)
    .addHelpText("after", jsonHelp)
    .addHelpText("after", "\nExample:\n  $ polyclinic inspect samples/head-mri.zip -o sheet.png")
    .action(inspect);
}

const jsonHelp = `
--json prints one object:
  parts     [{part, kind, label, modality, bodyPart?, acquiredAt?, size, spacing?, spacingUnit?, orientation?, unit?, range?, files, sha256, warnings}]
            size and spacing are x first; orientation gives the directions of the axes (LPS: left, posterior, superior)
  leftOut   [{file, reason}]             files that did not become a part
  warnings  [{code, message, where?}]
  view      {recipe, images, texts?, leftOut}    images: [{part, index?, label?, width, height, sha256, source, patient?}]
            source: the source pixels under the image's corners [x0, y0, x1, y1]; patient: LPS millimetres under two corners
  prompt    [{text} | {image}]           the user turn in order; image is an index into view.images
  problem   why the study cannot be prepared for the model; view and prompt are then absent and the exit code is 3`;

async function inspect(files: string[], options: InspectOptions): Promise<void> {
  const limits = await limitsOf(options);
  const { opened, mixed } = await openAny(files, options);
  await using study = opened;
  const { layout, problem } = mixed === undefined ? await laidOut(study, limits, options) : { problem: mixed };
  const prompt = layout && askPromptOf(layout, { question: options.question });
  const inspection: Inspection = {
    ...inspectionOf(study, layout, prompt),
    ...(problem !== undefined && { problem: problem.message }),
  };
  print(options.json ? JSON.stringify(inspection, null, 2) : inspectionTable(inspection, options.model));
  const records = study.parts.filter((part): part is RecordPart => part.kind === "record");
  if (!options.json && layout)
    for (const item of layout.items)
      if (item.kind === "text" && ["record", "waveform"].includes(study.parts[item.part].kind)) print(`\n${item.text}`);
  if (options.output !== undefined && layout && prompt) {
    const [record] = records;
    const [first] = study.parts;
    const picture =
      first.kind === "waveform" && study.parts.length === 1
        ? await tracingPicture(first)
        : records.length === study.parts.length
          ? await timelinePicture(record)
          : contactSheet(layout, prompt);
    await writeWhole(options.output, picture);
    if (!options.json) print(`\nWrote ${options.output}`);
  }
  if (problem !== undefined) process.exitCode = exitCodeOf(problem.code);
}

/** Files of several patients are shown too, so that one can be chosen; other commands reject them. */
async function openAny(
  files: readonly string[],
  options: InspectOptions,
): Promise<{ opened: Study; mixed?: PolyclinicError }> {
  try {
    return { opened: await openStudy(files, openOptions(options)) };
  } catch (error) {
    if (!PolyclinicError.is(error) || error.code !== "study/mixed-patients") throw error;
    return { opened: await openStudy(files, { ...openOptions(options), mixedPatients: true }), mixed: error };
  }
}

/** The record's timeline as a PNG: results as small multiples, medications and conditions as bars. */
async function timelinePicture({ record }: RecordPart): Promise<Uint8Array> {
  const [{ timelineSvg }, { default: sharp }] = await Promise.all([
    import("../../records/timeline/svg.ts"),
    import("sharp"),
  ]);
  return sharp(Buffer.from(timelineSvg(record)))
    .png()
    .toBuffer();
}

/** The ECG tracing as a PNG, at 25 mm per second and 10 mm per millivolt. */
async function tracingPicture({
  channels,
  samplesPerSecond,
  label,
  warnings,
  origin,
}: WaveformPart): Promise<Uint8Array> {
  const [{ ecgPaper }, { default: sharp }] = await Promise.all([import("../../signals/index.ts"), import("sharp")]);
  const recording = {
    channels: [...channels],
    rate: samplesPerSecond,
    length: channels[0]?.samples.length ?? 0,
    filters: {},
    cautions: warnings.map(({ message }) => message),
    where: origin.files[0] ?? label,
  };
  return sharp(Buffer.from(ecgPaper(recording, { title: label })))
    .png()
    .toBuffer();
}

/** Limits of the named model, otherwise MedGemma's; individual ones can be overridden. */
async function limitsOf({ model: name, imageSize, tokensPerImage, context }: InspectOptions): Promise<ModelLimits> {
  let limits = medgemma;
  if (name !== undefined) {
    const model = await openModel({ model: name });
    limits = model.limits;
    await model.close();
  }
  return {
    ...limits,
    imageSize: imageSize ?? limits.imageSize,
    tokensPerImage: tokensPerImage ?? limits.tokensPerImage,
    contextTokens: context ?? limits.contextTokens,
  };
}

async function laidOut(
  study: Study,
  limits: ModelLimits,
  options: InspectOptions,
): Promise<{ layout?: Layout; problem?: PolyclinicError }> {
  try {
    return {
      layout: await layOut(study, { limits }, { view: viewOf(options) }),
    };
  } catch (error) {
    // Show what was read even if it cannot be laid out (a slide without a resolution).
    if (PolyclinicError.is(error)) return { problem: error };
    throw error;
  }
}

function viewOf(options: InspectOptions): ViewOptions {
  return { question: options.question, ...viewOptions(options, options.seed), ...pick(options, layoutNames) };
}
