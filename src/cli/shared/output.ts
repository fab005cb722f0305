/** Writes answers to stdout, notes about them to stderr, and export files. */
import { resolve } from "node:path";
import { PolyclinicError } from "../../base/errors.ts";
import { requireFree } from "../../base/files.ts";
import type { Study } from "../../study/types.ts";
import type { LabelProbability, TaskResult } from "../../task/result.ts";
import { computedSentence, seenInWords } from "../../task/result.ts";
import { refusalText } from "../../task/scope/reason.ts";
import { taskNamed } from "../../task/tasks.ts";
import { exitCodes } from "./exit-codes.ts";
import type { OutputOptions } from "./options.ts";
import { strategyText } from "./strategy-text.ts";
import { dim, note, onTerminal, print, printPiece, strong } from "./terminal.ts";

/**
 * Fails before the model runs if an output cannot be written: two outputs with one name, existing files, read-only
 * folders.
 */
export async function checkOutputs(options: OutputOptions, several = false): Promise<void> {
  const paths = outputPaths(options);
  if (several && paths.length > 0)
    throw new PolyclinicError("usage/outputs", "output files can only be written for a single answer", {
      where: paths[0].path,
      hint: "Ask one question per command, or use --json.",
    });
  const seen = new Map<string, string>();
  for (const { option, path } of paths) {
    const whole = resolve(path);
    const other = seen.get(whole) ?? captureOwner(seen, whole);
    if (other !== undefined)
      throw new PolyclinicError("usage/outputs", "two outputs have the same path", {
        where: path,
        found: `${other} and ${option}`,
        hint: "Choose different names.",
      });
    seen.set(whole, option);
    if (option === "--overlay" && !/\.png$/i.test(path))
      throw new PolyclinicError("usage/outputs", "an overlay is a PNG file", {
        where: `${option} ${path}`,
        expected: "a name that ends in .png",
      });
    await requireFree(path);
  }
}

/** The SR file whose secondary captures would use this name: `chest-image-1.dcm` beside `chest.dcm`. */
function captureOwner(seen: ReadonlyMap<string, string>, path: string): string | undefined {
  const report = [...seen].find(([, option]) => option === "--sr")?.[0];
  if (report === undefined || path.replace(/-image-\d+\.dcm$/, "") !== report.replace(/\.dcm$/i, "")) return undefined;
  return "the images of --sr";
}

function outputPaths({
  saveJson,
  overlay,
  sr,
  fhir,
  csv,
  saveText,
}: OutputOptions): { option: string; path: string }[] {
  return [
    { option: "--sr", path: sr },
    { option: "--save-json", path: saveJson },
    { option: "--overlay", path: overlay },
    { option: "--fhir", path: fhir },
    { option: "--csv", path: csv },
    { option: "--save-text", path: saveText },
  ].filter((output): output is { option: string; path: string } => output.path !== undefined);
}

export interface Streaming {
  readonly onText?: (text: string) => void;
  /** Whether any text was streamed; scored labels stream none. */
  readonly started: boolean;
}

/** Streams text to the terminal, unless another output uses it. */
export function streamTo(options: OutputOptions): Streaming {
  if (!onTerminal() || options.json) return { started: false };
  const streaming = {
    started: false,
    onText(text: string) {
      streaming.started = true;
      printPiece(text);
    },
  };
  return streaming;
}

export interface Showing {
  /** The text was already streamed to the terminal. */
  readonly streamed: boolean;
  /** Print the model and the intended-use notice at the end. Default true. */
  readonly footer?: boolean;
}

/** Prints one result, writes its files and sets the exit code. @param study the study whose parts `saw.part` indexes. */
export async function show(
  result: TaskResult,
  study: Study,
  options: OutputOptions,
  { streamed, footer = true }: Showing,
): Promise<void> {
  // Cautions come before the answer, so that they are read first.
  for (const caution of result.cautions ?? []) note(strong(`Caution: ${caution}`));
  if (!options.json && result.strategy !== undefined) print(strategyText(result.strategy));
  if (options.json) print(JSON.stringify(result, undefined, 2));
  else if (streamed) {
    print("");
    const summary = answerText(result);
    if (result.answer !== undefined && summary !== "" && summary !== result.text.trim()) print(`\n${summary}`);
  } else print(answerText(result));
  for (const path of await writeOutputs(result, study, options)) if (!options.quiet) note(`Wrote ${path}`);
  if (result.parse.status === "refused") process.exitCode = exitCodes.refused;
  else if (result.parse.status === "deferred") process.exitCode = exitCodes.deferred;
  else if (result.parse.status === "unparsed") {
    note(
      `The answer could not be parsed: ${result.parse.problems.join("; ")}. The model's text is printed above unchanged.`,
    );
    process.exitCode = exitCodes.unparsed;
  } else if (!options.quiet) for (const problem of result.parse.problems) note(`Note: ${problem}`);
  if (!options.quiet && !options.json) for (const line of probabilityLines(result)) note(line);
  if (footer && !options.quiet && !options.json) note(dim(footerOf(result)));
}

/** The answer as text; the model's raw text if it could not be parsed. */
function answerText(result: TaskResult): string {
  if (result.parse.status === "refused") return refusalText(result.model.name, result.refusal!);
  if (result.parse.status === "deferred") return `No answer is given: ${result.strategy!.deferred}.`;
  return result.answer === undefined ? result.text.trim() : taskNamed(result.task).text(result.answer);
}

/** Only for an answer to a closed question: the other tasks print probabilities with the answer. */
function probabilityLines({ task, answer }: TaskResult): string[] {
  const { probabilities = [] } = (answer ?? {}) as { probabilities?: readonly LabelProbability[] };
  if (task !== "ask" || probabilities.length === 0) return [];
  return [
    `Probability: ${probabilities.map(({ label, probability }) => `${label} ${probability.toFixed(3)}`).join(", ")}`,
  ];
}

/** `nano (f32, 3f2a...) saw 1 image (image-2d); finished: stop. Research software ...` */
function footerOf({ model, saw, finishReason, notice }: TaskResult): string {
  if (finishReason === "computed") return `${computedSentence({ saw })}\n${notice}`;
  const hash = model.hash === undefined ? "" : `, ${model.hash.slice(0, 12)}`;
  const left = saw.leftOut.length === 0 ? "" : ` Left out: ${saw.leftOut.join("; ")}.`;
  return `${model.name} (${model.precision}${hash}) saw ${seenInWords(saw)} (${saw.recipe}); finished: ${finishReason}.${left}\n${notice}`;
}

async function writeOutputs(result: TaskResult, study: Study, options: OutputOptions): Promise<string[]> {
  if (outputPaths(options).length === 0) return [];
  const { saveJson: json, overlay, sr, fhir } = options;
  const { saveExports } = await import("../../export/save.ts");
  return saveExports({ json, overlay, sr, fhir }, result, study);
}
