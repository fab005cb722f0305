/**
 * A task is a value with everything that distinguishes one clinical task from another. Commands, batches, the JSON schema, exports and the provider
 * iterate over the list in `tasks.ts`; `run.ts` calls the model. A task does not depend on file formats or engines.
 */
import type { z } from "zod";
import type { JsonSchema } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import type { PartKind, Study } from "../study/types.ts";
import type { Layout, Worded } from "./layout.ts";
import type { AnyOptions, OptionDescriptions } from "./options.ts";
import type { LabelProbability } from "./result.ts";
import type { Statements } from "./statements.ts";

/** Requirements of a task on the study and the model, checked before the model runs (`fits.ts`). */
export interface Needs {
  /** Kinds of parts that the task accepts. Default: every kind that can be shown. */
  readonly parts?: readonly PartKind[];
  /** The task needs two parts, prior and current. */
  readonly pair?: boolean;
  /** The model must be able to score continuations; the task cannot be answered by generated text. */
  readonly scores?: boolean;
}

/** The prompts for one answer. */
export interface TaskPrompts {
  /** Usually one; several prompts are sent separately, on the same layout. */
  readonly prompts: readonly PromptText[];
  /** For several prompts: the subject of each, used as the heading of its reply in the result. */
  readonly titles?: readonly string[];
  /** For several prompts: the prompt recorded in the result. */
  readonly record?: PromptText;
  /**
   * The answers allowed for each prompt, as `Final Answer: X`. If the model can score, their likelihoods are compared: `instead` of
   * generating an answer, or `beside` it.
   */
  readonly closed?: { readonly answers: readonly string[]; readonly score: "instead" | "beside" };
  /** The expected beginning of the answer; affects only speed. */
  readonly draft?: string;
}

/** The model's replies. */
export interface Reply {
  /** The text generated for each prompt, without its thought; empty if answers were scored instead. */
  readonly texts: readonly string[];
  /** For each prompt, the scores of the closed answers in order; absent if the model cannot score. */
  readonly scores?: readonly (readonly LabelProbability[])[];
}

/** A parsed answer, or the problems that prevented parsing. */
export interface Parsed<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
}

/** An answer computed from the study without a model. */
export interface Computed<Answer> {
  readonly answer: Answer;
  readonly text: string;
  readonly cautions: readonly string[];
  /** What it is based on. Default: the facts of a health record. */
  readonly from?: "record" | "signal";
}

/** A clinical task as a value; see the top of this file. */
export interface Task<Options extends object = object, Answer = unknown, Name extends string = string> {
  /** Lower case, one word: the command's name and `task` in results. */
  readonly name: Name;
  /** One clause, for lists of commands. */
  readonly summary: string;
  /** For the command's own help. Default: the summary. */
  readonly description?: string;
  /** A command line without `polyclinic` and the task's name. */
  readonly example: string;
  /** The options specific to this task; sampling and layout options are common to all tasks. */
  readonly options: OptionDescriptions<Options> & AnyOptions;
  readonly needs: Needs;
  /** Maximum number of answer tokens if the caller sets none. */
  readonly answerTokens: number;
  /** Checks that an option description cannot express. @throws PolyclinicError naming the option. */
  check?(options: Options): void;
  /** Computes the answer exactly, if possible; the model is then not called. @param study the selected parts. */
  compute?(
    study: Pick<Study, "parts" | "labs">,
    options: Options,
  ): Computed<Answer> | undefined | Promise<Computed<Answer> | undefined>;
  /** Checks a model's answer against the study; each contradiction is a caution. */
  verify?(
    answer: Answer,
    study: Pick<Study, "parts" | "labs">,
    options: Options,
  ): readonly string[] | Promise<readonly string[]>;
  /** Reduces a layout to the items that the task uses. */
  focus?(layout: Layout, options: Options): Layout;
  /** A schema that constrains decoding of the answer. */
  schema?(options: Options): JsonSchema | Promise<JsonSchema>;
  render(layout: Worded, options: Options, schema: JsonSchema | undefined): TaskPrompts;
  /** Never throws on a model's text: a parse failure is data. Deterministic. */
  parse(reply: Reply, options: Options, layout: Layout): Parsed<Answer> | Promise<Parsed<Answer>>;
  /** The answer in comparable form, without its reasons, by which a strategy counts votes. Default: the whole answer as JSON. */
  key?(answer: Answer): string;
  /** The answer's schema. zod is passed in, because loading it takes 0.1 s and is not needed to ask. */
  answerSchema(zod: typeof z): z.ZodType<Answer>;
  /** The answer as text for a terminal. */
  text(answer: Answer): string;
  /** The answer for exports. */
  statements(answer: Answer): Statements;
}

/** Identity function that infers the types; does nothing at run time. */
export function defineTask<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
): Task<Options, Answer, Name> {
  return task;
}
