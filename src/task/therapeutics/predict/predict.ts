/**
 * Predicts a property of a molecule with a prompt in the format of the Therapeutics Data Commons: the probability of the positive class from the
 * likelihoods of `(A)` and `(B)`, or a number from the likelihoods of its digits; or, where that did better on validation molecules, by kernel
 * regression on the training molecules. With the nearest training molecules, and cautions.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import type { Generator, Message, ModelIdentity } from "../../../model/contract.ts";
import { type Molecule, morganFingerprint } from "../../../molecules/index.ts";
import { notForClinicalUse } from "../../result.ts";
import { brandOf, type Refusal } from "../../scope/reason.ts";
import { fromBin, positiveProbability } from "../answers.ts";
import type { KernelModel, TxMethod } from "../kernel/kernel-model.ts";
import { figureCaution } from "../own/figures.ts";
import type { LibraryTask } from "../own/library.ts";
import { descriptorsPlaceholder, ownInputs, smilesPlaceholder, wordsOf } from "../own/words.ts";
import { fillPrompt, type PromptInputs, type PromptTemplate } from "../prompts.ts";
import { type TaskKind, taskNamed } from "../tasks.ts";
import { cautionsOf, refusalOf } from "./domain.ts";
import type { KnownNeighbour } from "./neighbours.ts";
import { binsFromDigits } from "./numbers.ts";
import type { Therapeutics } from "./open.ts";
import { generatePrediction } from "./written.ts";

export interface Prediction {
  readonly task: string;
  /** `refused`: no training molecule of the task resembles this one, so that there is no answer, probability or value. */
  readonly status: "answered" | "refused";
  readonly kind: TaskKind;
  readonly method: TxMethod;
  /** The input as given. */
  readonly given: string;
  /** Polyclinic's canonical SMILES. */
  readonly smiles: string;
  /** As text; empty if refused. */
  readonly answer: string;
  /** Why it was refused; or, with an answer forced by `anyway`, why it should have been. */
  readonly refusal?: Refusal;
  /**
   * Binary tasks: probability of the positive class; uncalibrated for the language model, calibrated on validation
   * molecules for kernel regression.
   */
  readonly probability?: number;
  /**
   * Regressions: mean, 10th and 90th percentile. For the language model these are of its predictive distribution; for
   * kernel regression, the value and the value plus these percentiles of its errors on validation molecules.
   */
  readonly value?: number;
  readonly low?: number;
  readonly high?: number;
  readonly unit?: string;
  /** Regressions with unknown limits: a rank between 0 and 1000. */
  readonly rank?: number;
  /** Most similar training molecules of this task, by Tanimoto on Morgan fingerprints. */
  readonly neighbours: readonly KnownNeighbour[];
  readonly cautions: readonly string[];
  /** Only for the language model. */
  readonly prompt?: string;
  readonly model: ModelIdentity;
  readonly notice: string;
}

export interface PredictOptions {
  /** Other inputs of the prompt: `Target amino acid sequence`. */
  readonly inputs?: PromptInputs;
  /** Number of training molecules shown; default 3. */
  readonly neighbours?: number;
  /** Default: the one that performed better on validation molecules. */
  readonly method?: TxMethod;
  /** Answer molecules unlike all training molecules, too; the answer is branded as out of scope. Default false. */
  readonly anyway?: boolean;
  readonly signal?: AbortSignal;
}

/** Training molecules that decide whether a molecule is like them, however many are shown. */
const compared = 3;

/** Longest prompt the embedded model was trained on, tokens. */
const maxTrainedLength = 192;

/**
 * A molecule unlike every training molecule of the task (`familiarSimilarity`, `sizeCaution`) is refused, where the training molecules are known: any model
 * states something about mercury, and with a probability that was calibrated on other molecules.
 *
 * @throws PolyclinicError `therapeutics/task` for a task without a prompt, `therapeutics/inputs`, `therapeutics/method`.
 */
export async function predict(
  { model, prompts, library, neighbours, kernel, figures }: Therapeutics,
  task: string,
  given: string,
  molecule: Molecule,
  options: PredictOptions = {},
): Promise<Prediction> {
  const template = templateOf(prompts, task, model);
  const own = template.placeholders.includes(descriptorsPlaceholder);
  const words = wordsOf(molecule);
  const method = methodOf(template.task, kernel, options.method);
  const inputs = own ? ownInputs(words) : { [smilesPlaceholder]: given, ...options.inputs };
  const prompt = fillPrompt(template, inputs);
  const messages: Message[] = [{ role: "user", content: [{ type: "text", text: prompt }] }];
  const known = library?.sets.flatMap(({ tasks }) => tasks).find(({ name }) => name === template.task);
  const kind = known?.kind ?? taskNamed(template.task)?.kind ?? kindOf(template);
  const shown = options.neighbours ?? compared;
  const near = neighbours?.of(template.task, morganFingerprint(molecule), Math.max(shown, compared)) ?? [];
  const refusal = refusalOf(molecule, words.smiles, template.task, near.slice(0, compared), neighbours !== undefined);
  const cautions = [
    ...(refusal === undefined || !options.anyway ? [] : [brandOf(refusal)]),
    "Research only: a prediction of a model, not a measurement.",
    // Results are known only for the method that answers by default.
    ...(method === methodOf(template.task, kernel) ? heldOut(library, figures, template.task) : []),
    ...cautionsOf(molecule, words.smiles, template.task, near, neighbours !== undefined),
  ];
  if (
    method === "language" &&
    own &&
    words.smiles.length > maxTrainedLength / 2 &&
    (await model.countTokens(messages)) > maxTrainedLength
  )
    cautions.push("The molecule is larger than any molecule the model was trained on.");
  const base = {
    task: template.task,
    kind,
    method,
    given,
    smiles: words.smiles,
    neighbours: near.slice(0, shown),
    cautions,
    status: "answered" as const,
    ...(refusal !== undefined && { refusal }),
  };
  if (refusal !== undefined && !options.anyway)
    return { ...base, status: "refused", answer: "", model: model.identity, notice: notForClinicalUse };
  if (method === "kernel" && known !== undefined) {
    const identity = { ...model.identity, name: `${model.identity.name}, kernel regression`, hash: kernel!.hash };
    const answered = byKernel(kernel!, known, molecule);
    return { ...base, ...answered, model: identity, notice: notForClinicalUse };
  }
  const made = { prompt, model: model.identity, notice: notForClinicalUse };
  if (kind !== "generation" && model.score === undefined) {
    const { cautions: more, ...answered } = await asWritten(model, messages, template, kind, known, options.signal);
    return { ...base, ...answered, cautions: [...cautions, ...more], ...made };
  }
  if (kind === "binary")
    return { ...base, ...(await binary(model, messages, template, known, options.signal)), ...made };
  if (kind === "regression") return { ...base, ...(await regression(model, messages, known, options.signal)), ...made };
  throw new PolyclinicError("therapeutics/task", "is answered with molecules, which this command cannot read", {
    where: template.task,
    expected: "a binary task or a regression",
    found: kind,
    hint: "Ask it as a text question with polyclinic ask.",
  });
}

/** @throws PolyclinicError `therapeutics/method` for kernel regression of a task it was not fitted to. */
function methodOf(task: string, kernel: KernelModel | undefined, requested?: TxMethod): TxMethod {
  const set = kernel?.setOf(task);
  if (requested === "kernel" && set === undefined)
    throw new PolyclinicError("therapeutics/method", "kernel regression is not available for this task", {
      where: task,
      expected: "language",
      found: "kernel",
    });
  return requested ?? set?.method ?? "language";
}

function byKernel(kernel: KernelModel, known: LibraryTask, molecule: Molecule) {
  const { value, low, high } = kernel.predict(known.name, molecule)!;
  if (known.kind === "regression") return { ...inUnits(known, value), value, low, high };
  return { probability: value, answer: (known.options as readonly string[])[value >= 0.5 ? 1 : 0] };
}

function inUnits({ unit, options }: LibraryTask, value: number) {
  const answer = `${options as string} ${value.toFixed(2)}${unit === undefined ? "" : ` (${unit})`}`;
  return { ...(unit !== undefined && { unit }), answer };
}

/** Only for models whose training molecules are known; others have their own reports. */
function heldOut(library: Therapeutics["library"], figures: Therapeutics["figures"], task: string): string[] {
  const set = library?.sets.find(({ tasks }) => tasks.some(({ name }) => name === task));
  if (set === undefined) return [];
  const figure = figures?.find((each) => each.set === set.name);
  if (figure === undefined)
    return [
      "The accuracy of these weights on held-out molecules is not known: measure it with polyclinic tx evaluate.",
    ];
  return [figureCaution(figure) ?? []].flat();
}

function templateOf(prompts: ReadonlyMap<string, PromptTemplate>, task: string, model: Generator): PromptTemplate {
  const spelled = (name: string) => name.toLowerCase().replaceAll("-", "_");
  const exact = prompts.get(task) ?? [...prompts.values()].find((template) => spelled(template.task) === spelled(task));
  if (exact !== undefined) return exact;
  const names = [...prompts.keys()];
  throw new PolyclinicError("therapeutics/task", "is not a task of this model", {
    where: `--task ${task}`,
    expected: names.length > 12 ? `${names.slice(0, 12).join(", ")}, ...` : names.join(", "),
    found: task,
    hint: `polyclinic tx tasks lists the tasks for which ${model.identity.name} has prompts.`,
  });
}

const kindOf = ({ text }: PromptTemplate): TaskKind => (/\(A\).*\(B\)/s.test(text) ? "binary" : "regression");

async function asWritten(
  model: Generator,
  messages: readonly Message[],
  template: PromptTemplate,
  kind: "binary" | "regression",
  known: LibraryTask | undefined,
  signal?: AbortSignal,
) {
  const { positive, bin, value, cautions } = await generatePrediction(model, messages, kind, known?.limits, signal);
  if (positive !== undefined) return { answer: optionsOf(template, known)[positive ? 1 : 0], cautions };
  if (value !== undefined && known !== undefined) return { value, ...inUnits(known, value), cautions };
  if (bin !== undefined) return { rank: bin, answer: rankText(bin), cautions };
  return { answer: "not read", cautions };
}

/** The meanings of (A) and (B). */
function optionsOf({ text }: PromptTemplate, known: LibraryTask | undefined): readonly [string, string] {
  if (known !== undefined) return known.options as readonly [string, string];
  const [, a = "(A)", b = "(B)"] = /\(A\)\s*([^\n]*?)\s*\(B\)\s*([^\n]*)/.exec(text) ?? [];
  return [a || "(A)", b.trim() || "(B)"];
}

const rankText = (bin: number) =>
  `${bin.toFixed(0)} on a scale of 0 to 1000 (the limits of the scale are not published)`;

type Likelihoods = (continuations: readonly string[]) => Promise<number[]>;

function likelihoodsOf(model: Generator, messages: readonly Message[], signal?: AbortSignal): Likelihoods {
  return async (continuations) =>
    (await model.score!(messages, continuations, { signal })).map(({ logLikelihood }) => logLikelihood);
}

async function binary(
  model: Generator,
  messages: readonly Message[],
  template: PromptTemplate,
  known: LibraryTask | undefined,
  signal?: AbortSignal,
) {
  const [a, b] = await likelihoodsOf(model, messages, signal)(["(A)", "(B)"]);
  const probability = positiveProbability(a, b);
  return { probability, answer: optionsOf(template, known)[probability >= 0.5 ? 1 : 0] };
}

async function regression(
  model: Generator,
  messages: readonly Message[],
  known: LibraryTask | undefined,
  signal?: AbortSignal,
) {
  const bins = await binsFromDigits(likelihoodsOf(model, messages, signal));
  if (known?.limits === undefined) return { rank: bins.mean, answer: rankText(bins.mean) };
  const { limits } = known;
  const value = fromBin(bins.mean, limits);
  const [low, high] = [fromBin(bins.low, limits), fromBin(bins.high, limits)];
  return { value, low, high, ...inUnits(known, value) };
}
