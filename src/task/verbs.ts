/** The tasks as typed functions: each only calls `run` with its task. */
import type { z } from "zod";
import type { Generator } from "../model/contract.ts";
import type { Study } from "../study/types.ts";
import { type AskAnswer, type AskRequest, askTask } from "./ask/ask.ts";
import { type ClassifyAnswer, type ClassifyRequest, classifyTask } from "./classify/classify.ts";
import { type CompareAnswer, type CompareRequest, compareTask } from "./compare/compare.ts";
import { type ExtractRequest, extractTask } from "./extract/extract.ts";
import type { Layout } from "./layout.ts";
import { type LocateAnswer, type LocateRequest, locateTask } from "./locate/locate.ts";
import { type ReportAnswer, type ReportRequest, reportTask } from "./report/report.ts";
import type { TaskResult } from "./result.ts";
import { run, type TaskInput, type TaskOptions } from "./run.ts";

/** Arguments of `ask`: the question, and the options common to all tasks. */
export interface AskOptions extends AskRequest, TaskOptions {}
/** Arguments of `report`, and the options common to all tasks. */
export interface ReportOptions extends ReportRequest, TaskOptions {}
/** Arguments of `classify`: the labels, and the options common to all tasks. */
export interface ClassifyOptions extends ClassifyRequest, TaskOptions {}
/** Arguments of `locate`: the object, and the options common to all tasks. */
export interface LocateOptions extends LocateRequest, TaskOptions {}
/** Arguments of `compare`, and the options common to all tasks. */
export interface CompareOptions extends CompareRequest, TaskOptions {}
/** Arguments of `extract`: question and schema, and the options common to all tasks. */
export interface ExtractOptions<Schema extends ExtractRequest["schema"]> extends TaskOptions {
  question: string;
  schema: Schema;
}

/** Result of `ask`: the answer and its provenance. */
export type AskResult = TaskResult<AskAnswer, "ask">;
/** Result of `report`: the draft and its provenance. */
export type ReportResult = TaskResult<ReportAnswer, "report">;
/** Result of `classify`: the labels and their provenance. */
export type ClassifyResult = TaskResult<ClassifyAnswer, "classify">;
/** Result of `locate`: the boxes and their provenance. */
export type LocateResult = TaskResult<LocateAnswer, "locate">;
/** Result of `compare`: the course and its provenance. */
export type CompareResult = TaskResult<CompareAnswer, "compare">;
/** Result of `extract`: the value, which matches the schema, and its provenance. */
export type ExtractResult<Value> = TaskResult<Value, "extract">;

/**
 * ```ts
 * const { answer } = await ask(study, model, { question: "Is there pneumonia?" });
 * // { kind: "closed", question: "Is there pneumonia?", answer: "yes", choices: ["yes", "no"] }
 * ```
 * @throws PolyclinicError as {@link run} does.
 */
export const ask = (input: Study | Layout, model: Generator, options: AskOptions): Promise<AskResult> =>
  run(askTask, input, model, options);

/**
 * ```ts
 * const { answer } = await report(study, model, { indication: "cough" });
 * // { findings: ["Right lower lobe opacity."], impression: "Pneumonia.", otherSections: {} }
 * ```
 * @throws PolyclinicError as {@link run} does.
 */
export const report = (input: Study | Layout, model: Generator, options: ReportOptions = {}): Promise<ReportResult> =>
  run(reportTask, input, model, options);

/**
 * ```ts
 * const { answer } = await classify(study, model, { labels: ["normal", "pneumonia"] });
 * // { kind: "single", labels: ["pneumonia"], probabilities: [{ label: "normal", probability: 0.04, ... }, ...] }
 * ```
 * @throws PolyclinicError `task/labels` for too few or repeated labels, and as {@link run} does.
 */
export const classify = (input: Study | Layout, model: Generator, options: ClassifyOptions): Promise<ClassifyResult> =>
  run(classifyTask, input, model, options);

/**
 * ```ts
 * const { answer } = await locate(study, model, { object: "right lung" });
 * // { object: "right lung", boxes: [{ label: "right lung", box: { x0: 112, y0: 80, x1: 420, y1: 690 }, image: 0, part: 0 }] }
 * ```
 * @throws PolyclinicError `task/which-image`, `task/image`, and as {@link run} does.
 */
export const locate = (input: Study | Layout, model: Generator, options: LocateOptions): Promise<LocateResult> =>
  run(locateTask, input, model, options);

/**
 * @param input the prior and the current study, or one study (or its layout) with exactly two parts in clinical order.
 * @throws PolyclinicError as {@link run} does.
 */
export const compare = (input: TaskInput, model: Generator, options: CompareOptions = {}): Promise<CompareResult> =>
  run(compareTask, input, model, options);

/**
 * ```ts
 * const schema = z.object({ effusion: z.boolean(), side: z.enum(["left", "right", "both", "none"]) });
 * const { answer } = await extract(study, model, { question: "Is there a pleural effusion, and where?", schema });
 * // { effusion: true, side: "left" }
 * ```
 * @throws PolyclinicError `text/schema` for a schema that cannot be enforced, `text/schema-budget` for too few tokens, and as {@link run} does.
 */
export const extract = <Schema extends ExtractRequest["schema"]>(
  input: Study | Layout,
  model: Generator,
  options: ExtractOptions<Schema>,
): Promise<ExtractResult<Schema extends z.ZodType ? z.infer<Schema> : unknown>> =>
  run(extractTask, input, model, options) as Promise<
    ExtractResult<Schema extends z.ZodType ? z.infer<Schema> : unknown>
  >;
