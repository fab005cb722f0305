/** The scope check for chat messages, for programs that call a model without a task. */
import type { Content, Generator, Message } from "../../model/contract.ts";
import type { Scope } from "../../model/scope/scope.ts";
import { boardWords, consultationWords, userTurn } from "../../prompts/index.ts";
import { formFor, type Layout, type Worded } from "../layout.ts";
import { taskNamed } from "../tasks.ts";
import { countReason } from "./pictures.ts";
import type { Reason, Refusal } from "./reason.ts";
import { findRequest, type InScope } from "./request.ts";

/** Why the messages are refused, or the request as which they are answered. */
export type Judged =
  | { readonly refusal: Refusal }
  | {
      readonly refusal?: undefined;
      readonly messages: readonly Message[];
      /** Limitations, shown with the answer. */
      readonly limits: readonly string[];
    };

export interface JudgeMessagesOptions {
  /** Whether the answer must be JSON by a schema, which is not part of the training on images. Default false. */
  readonly schema?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * For a model trained on certain questions only: checks whether the last user turn is one of them, with the number and
 * kind of images used in training. Only pixels and text are checked, because messages have no headers. The question is
 * rephrased in the wording of the training, because answers to other wordings are meaningless, and earlier turns are
 * dropped, because the training had none.
 */
export async function judgeMessages(
  messages: readonly Message[],
  model: Generator,
  { schema = false, signal }: JudgeMessagesOptions = {},
): Promise<Judged> {
  const { scope } = model;
  if (scope === undefined) return { messages, limits: [] };
  const at = messages.findLastIndex(({ role }) => role === "user");
  const turn = messages[at]?.content ?? [];
  const texts = turn.flatMap((part) => (part.type === "text" && part.text.trim() !== "" ? [part.text] : []));
  const question = texts.at(-1) ?? "";
  const answers = scope.abilities.map(({ description }) => description);
  const worldLimits = closedWorldLimits(turn, scope);
  if (worldLimits !== undefined) return { messages, limits: worldLimits };
  const found = findRequest(scope, "ask", { question });
  if (!Array.isArray(found)) return { refusal: { reasons: [found.reason], answers } };
  const [request] = found;
  const reasons: Reason[] = [];
  const learned = isLearned(request, scope);
  if (learned) {
    const other = texts.slice(0, -1).find((text) => /[?？؟]/.test(text));
    if (other !== undefined)
      reasons.push({
        code: "several",
        message: `The message asks "${other.trim()}" as well as "${question.trim()}": ask one question at a time.`,
      });
    if (schema)
      reasons.push({ code: "task", message: `${scope.model} was not trained to answer this as JSON with a schema.` });
  }
  reasons.push(...(await imageReasons(turn, request, scope, model, signal)));
  if (reasons.length > 0) return { refusal: { reasons, answers } };
  const limits = [...(request.ability.limits ?? []), ...(scope.limits ?? [])];
  if (!learned) return { messages, limits };
  const left = messages.length > 1 || texts.length > 1;
  return {
    messages: [{ ...messages[at], content: learnedTurn(turn, request, model) }],
    limits: left
      ? [...limits, `the model received only "${question.trim()}" and its images, not the earlier messages`]
      : limits,
  };
}

/**
 * For a model of a closed world of texts, whose prompts hold the case before the question: the limits, if the turn has the mark of its world, no image, and one of the
 * requests it was trained on, as its prompt words it. Undefined otherwise, and for other models.
 */
function closedWorldLimits(turn: readonly Content[], { kinds, abilities, limits = [] }: Scope): string[] | undefined {
  const marks = kinds.flatMap(({ parts, mentions = [] }) => (parts.every((part) => part === "text") ? mentions : []));
  const turnText = turn.map((part) => (part.type === "text" ? part.text : "")).join("\n");
  if (turn.some(({ type }) => type === "image") || !marks.some((mark) => turnText.startsWith(mark))) return undefined;
  const matching = abilities.filter(({ requests }) =>
    requests.some(({ task, options = {} }) => promptMarks(task, options).some((words) => turnText.includes(words))),
  );
  return matching.length === 0 ? undefined : [...matching.flatMap((ability) => ability.limits ?? []), ...limits];
}

/** Words by which a prompt shows the request that it was made for. */
function promptMarks(task: string, { question, component }: Readonly<Record<string, unknown>>): string[] {
  if (task === "ask") return [String(question)];
  if (task === "ddx") return ["most likely diagnoses? Write one diagnosis on each line"];
  if (task === "board") return [boardWords.component(String(component))];
  return task === "consult" ? [consultationWords.next, consultationWords.patientAnswer, consultationWords.critic] : [];
}

/**
 * Whether the request is a specific question about images: neither arbitrary, as an open scope allows, nor about a
 * text.
 */
const isLearned = ({ ability, ask }: InScope, { kinds }: Scope) =>
  ask.task !== "*" &&
  ask.open?.includes("*") !== true &&
  kinds.some(({ id, parts }) => ability.kinds.includes(id) && parts.some((part) => part !== "text"));

async function imageReasons(
  turn: readonly Content[],
  request: InScope,
  scope: Scope,
  model: Generator,
  signal: AbortSignal | undefined,
): Promise<Reason[]> {
  const { ability } = request;
  const kinds = scope.kinds.filter(({ id }) => ability.kinds.includes(id));
  const pictures = turn.flatMap((part) => (part.type === "image" ? [part.image] : []));
  if (kinds.length === 0) return [];
  const count = isLearned(request, scope) ? countReason(pictures.length, ability.pictures) : undefined;
  if (count !== undefined) return [count];
  const reasons: Reason[] = [];
  if (model.recognise !== undefined)
    for (const picture of pictures) {
      const { within } = await model.recognise(picture, { signal });
      if (!kinds.some(({ id }) => within.includes(id)))
        reasons.push({
          code: "picture",
          message: `The image does not look like ${kinds.map(({ name }) => name).join(" or ")}.`,
        });
    }
  return reasons;
}

/** The turn's images with the task prompt that the question corresponds to. */
function learnedTurn(turn: readonly Content[], { ask, options }: InScope, model: Generator): readonly Content[] {
  const pictures = turn.filter((part) => part.type === "image");
  if (pictures.length === 0) return turn;
  const task = taskNamed(ask.task);
  // The wording of a prompt depends on the number of images of each part.
  const images = pictures.map((_, part) => ({ part })) as unknown as Worded["images"];
  const layout: Worded = { subject: task.needs.pair ? "pair" : "image", form: formFor(model.limits), images };
  const taskPrompts = task.render(layout as Layout, options as never, undefined);
  const [prompt] = taskPrompts.prompts;
  if (taskPrompts.prompts.length !== 1) return turn;
  return userTurn(
    pictures.map((picture) => ({ kind: "image" as const, picture })),
    prompt,
  );
}
