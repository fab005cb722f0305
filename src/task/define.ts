/**
 * A task is a value: everything that distinguishes one clinical job from another. Commands, batches, the JSON schema, exports and the provider
 * iterate over the list in `tasks.ts`; `run.ts` drives the model. A task knows no file format and no engine.
 */
import type { z } from "zod";
import type { JsonSchema } from "../model/contract.ts";
import type { PromptText } from "../prompts/index.ts";
import type { PartKind, Study } from "../study/types.ts";
import type { Layout, Worded } from "./layout.ts";
import type { AnyOptions, OptionDescriptions } from "./options.ts";
import type { LabelProbability } from "./result.ts";
import type { Statements } from "./statements.ts";

/** What a task needs of a study and of a model; checked before the model works (`fits.ts`). */
export interface Needs {
  /** Kinds of parts the task can be about. Default: every kind that can be shown. */
  readonly parts?: readonly PartKind[];
  /** Two parts, prior and current. */
  readonly pair?: boolean;
  /** The model has to score continuations: there is no way to ask it in words. */
  readonly scores?: boolean;
}

/** What is put to the model for one answer. */
export interface Asked {
  /** Usually one; each of several is put to the model on its own, on the same layout. */
  readonly prompts: readonly PromptText[];
  /** Of several prompts: what each is about, which heads its reply in the record. */
  readonly titles?: readonly string[];
  /** Of several prompts: what the record names as the prompt. */
  readonly record?: PromptText;
  /**
   * The answers allowed to each prompt, as `Final Answer: X`. Where the model can score, their likelihoods are compared: `instead` of
   * writing an answer, or `beside` it.
   */
  readonly closed?: { readonly answers: readonly string[]; readonly score: "instead" | "beside" };
  /** How the answer probably begins: changes only the time. */
  readonly draft?: string;
}

/** What came back. */
export interface Reply {
  /** What the model wrote to each prompt, without its thought; empty where answers were scored instead. */
  readonly texts: readonly string[];
  /** For each prompt, the closed answers in order; absent where the model cannot score. */
  readonly scores?: readonly (readonly LabelProbability[])[];
}

/** A parsed answer, or nothing and why. */
export interface Parsed<Answer> {
  readonly answer?: Answer;
  readonly problems: readonly string[];
}

/** An answer that is computed from the study: no model had a part in it. */
export interface Computed<Answer> {
  readonly answer: Answer;
  readonly text: string;
  readonly cautions: readonly string[];
  /** What it rests on. Default: the facts of a health record. */
  readonly from?: "record" | "signal";
}

export interface Task<Options extends object = object, Answer = unknown, Name extends string = string> {
  /** Lower case, one word: the command's name and `task` in results. */
  readonly name: Name;
  /** One clause, for lists of commands. */
  readonly summary: string;
  /** For the command's own help. Default: the summary. */
  readonly description?: string;
  /** A command line without `polyclinic` and the task's name. */
  readonly example: string;
  /** The options of this task alone; those of sampling and layout are the same for all. */
  readonly options: OptionDescriptions<Options> & AnyOptions;
  readonly needs: Needs;
  /** Upper bound of answer tokens where the caller sets none. */
  readonly answerTokens: number;
  /** What a description cannot express. @throws PolyclinicError naming the option. */
  check?(options: Options): void;
  /** The answer where it can be computed exactly; the model is then not asked. @param study the parts that are chosen. */
  compute?(
    study: Pick<Study, "parts" | "labs">,
    options: Options,
  ): Computed<Answer> | undefined | Promise<Computed<Answer> | undefined>;
  /** What speaks against a model's answer, in the study it is about; each is a caution. */
  verify?(
    answer: Answer,
    study: Pick<Study, "parts" | "labs">,
    options: Options,
  ): readonly string[] | Promise<readonly string[]>;
  /** Narrows a layout to what the task looks at. */
  focus?(layout: Layout, options: Options): Layout;
  /** A schema the answer has to satisfy while it is written. */
  schema?(options: Options): JsonSchema | Promise<JsonSchema>;
  render(layout: Worded, options: Options, schema: JsonSchema | undefined): Asked;
  /** Never throws on what a model wrote: a failure is data. The same reply read again gives the same answer. */
  parse(reply: Reply, options: Options, layout: Layout): Parsed<Answer> | Promise<Parsed<Answer>>;
  /** The answer in a form in which two can be compared, without its reasons: what a strategy votes by. Default: all of it, as JSON. */
  key?(answer: Answer): string;
  /** The answer's shape. zod is passed in: loading it takes a tenth of a second, which asking does not need. */
  answerSchema(zod: typeof z): z.ZodType<Answer>;
  /** The answer for a terminal. */
  text(answer: Answer): string;
  /** The answer for exports. */
  statements(answer: Answer): Statements;
}

/** Checks nothing at run time; it infers and fixes the types. */
export function defineTask<Options extends object, Answer, Name extends string>(
  task: Task<Options, Answer, Name>,
): Task<Options, Answer, Name> {
  return task;
}
