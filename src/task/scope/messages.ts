/** The judgement of chat messages, for programs that put words and pictures to a model without a task. */
import type { Generator, Message } from "../../model/contract.ts";
import type { Reason, Refusal } from "./reason.ts";
import { findRequest } from "./request.ts";

/**
 * Of a model that learned certain questions only: is the last user turn one of them, and are its pictures of the kind it was learned on? Pixels and words
 * alone are looked at, since messages have no headers.
 *
 * @returns why it is not to be answered; undefined where it may be.
 */
export async function judgeMessages(
  messages: readonly Message[],
  model: Generator,
  signal?: AbortSignal,
): Promise<Refusal | undefined> {
  const { scope } = model;
  if (scope === undefined) return undefined;
  const turn = messages.filter(({ role }) => role === "user").at(-1)?.content ?? [];
  const question = turn.flatMap((part) => (part.type === "text" ? [part.text] : [])).at(-1) ?? "";
  const answers = scope.abilities.map(({ says }) => says);
  const found = findRequest(scope, "ask", { question });
  if (!Array.isArray(found)) return { reasons: [found.reason], answers };
  const kinds = scope.kinds.filter(({ id }) => found[0].ability.kinds.includes(id));
  if (kinds.length === 0 || model.recognise === undefined) return undefined;
  const reasons: Reason[] = [];
  for (const part of turn) {
    if (part.type !== "image") continue;
    const { within } = await model.recognise(part.image, { signal });
    if (!kinds.some(({ id }) => within.includes(id)))
      reasons.push({
        code: "picture",
        says: `The picture does not look like ${kinds.map(({ name }) => name).join(" or ")}.`,
      });
  }
  return reasons.length === 0 ? undefined : { reasons, answers };
}
