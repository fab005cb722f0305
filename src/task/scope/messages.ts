/** The scope check for chat messages, for programs that call a model without a task. */
import type { Content, Generator, Message } from "../../model/contract.ts";
import { userTurn } from "../../prompts/index.ts";
import { formFor } from "../layout.ts";
import { taskNamed } from "../tasks.ts";
import type { Reason, Refusal } from "./reason.ts";
import { findRequest, type InScope } from "./request.ts";

/** Why messages are refused, or the request as which they are answered. */
export type Judged =
  | { readonly refusal: Refusal }
  | {
      readonly refusal?: undefined;
      readonly messages: readonly Message[];
      /** Limitations, shown with the answer. */
      readonly limits: readonly string[];
    };

/**
 * For a model trained on certain questions only: whether the last user turn is one of them, and its images are of the right kind. Only pixels and text
 * are checked, since messages have no headers. The question is rephrased in the wording of the training, because answers to other wordings are meaningless.
 */
export async function judgeMessages(
  messages: readonly Message[],
  model: Generator,
  signal?: AbortSignal,
): Promise<Judged> {
  const { scope } = model;
  if (scope === undefined) return { messages, limits: [] };
  const at = messages.findLastIndex(({ role }) => role === "user");
  const turn = messages[at]?.content ?? [];
  const question = turn.flatMap((part) => (part.type === "text" ? [part.text] : [])).at(-1) ?? "";
  const answers = scope.abilities.map(({ says }) => says);
  const found = findRequest(scope, "ask", { question });
  if (!Array.isArray(found)) return { refusal: { reasons: [found.reason], answers } };
  const [request] = found;
  const kinds = scope.kinds.filter(({ id }) => request.ability.kinds.includes(id));
  const reasons: Reason[] = [];
  if (kinds.length > 0 && model.recognise !== undefined)
    for (const part of turn) {
      if (part.type !== "image") continue;
      const { within } = await model.recognise(part.image, { signal });
      if (!kinds.some(({ id }) => within.includes(id)))
        reasons.push({
          code: "picture",
          says: `The picture does not look like ${kinds.map(({ name }) => name).join(" or ")}.`,
        });
    }
  if (reasons.length > 0) return { refusal: { reasons, answers } };
  const limits = [...(request.ability.limits ?? []), ...(scope.limits ?? [])];
  const learned = learnedTurn(turn, request, model);
  return { messages: messages.map((message, i) => (i === at ? { ...message, content: learned } : message)), limits };
}

/** The turn's images with the task prompt that the question corresponds to; unchanged if the scope accepts any question. */
function learnedTurn(turn: readonly Content[], { ask, options }: InScope, model: Generator): readonly Content[] {
  const pictures = turn.filter((part) => part.type === "image");
  if (pictures.length === 0 || (ask.task === "ask" && ask.options?.question === undefined)) return turn;
  const layout = { subject: "image", form: formFor(model.limits), images: [] } as const;
  const asked = taskNamed(ask.task).render(layout, options as never, undefined);
  const [prompt] = asked.prompts;
  if (asked.prompts.length !== 1) return turn;
  return userTurn(
    pictures.map((picture) => ({ kind: "image" as const, picture })),
    prompt,
  );
}
