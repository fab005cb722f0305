/** The decision before an answer: in scope, in scope with limits, or refused. */
import type { Generator } from "../../model/contract.ts";
import type { Ask } from "../../model/scope/scope.ts";
import type { Layout } from "../layout.ts";
import { pictureReasons } from "./pictures.ts";
import type { Reason, Refusal } from "./reason.ts";
import { findRequest, type InScope, shown } from "./request.ts";

export interface Ruling {
  /** Why it is not answered; absent where it is. */
  readonly refusal?: Refusal;
  /** What the request means in words the model learned; absent where that is not known. */
  readonly request?: InScope;
  /** Said first with the answer. */
  readonly limits: readonly string[];
}

/** Said of a model whose scope is not known. */
export const noScope = (model: string) =>
  `nothing is known about what ${model} was trained to answer, on whom and on what pictures: nothing was checked before this answer`;

/**
 * @param task its name. @param options its own, without sampling and layout.
 * @throws nothing: whatever speaks against an answer is in the ruling.
 */
export async function judge(
  task: string,
  options: Readonly<Record<string, unknown>>,
  layout: Layout,
  model: Generator,
  signal?: AbortSignal,
): Promise<Ruling> {
  const { scope } = model;
  if (scope === undefined) return { limits: [noScope(model.identity.name)] };
  const found = findRequest(scope, task, options);
  const answers = scope.abilities.map(({ says }) => says);
  if (!Array.isArray(found)) {
    const { reason, nearest } = found;
    return { refusal: { reasons: [reason], answers, ...said(nearest) }, limits: [] };
  }
  const reasons: Reason[] = [];
  for (const ability of new Set(found.map(({ ability }) => ability)))
    reasons.push(...(await pictureReasons(layout, model, scope, ability, signal)));
  const limits = [...new Set([...found.flatMap(({ ability }) => ability.limits ?? []), ...(scope.limits ?? [])])];
  const [request] = found;
  if (reasons.length > 0) return { refusal: { reasons: distinct(reasons), answers }, request, limits };
  return { request, limits };
}

function distinct(reasons: readonly Reason[]): Reason[] {
  return [...new Map(reasons.map((reason) => [reason.says, reason])).values()];
}

const said = (ask: Ask | undefined) => (ask === undefined ? {} : { nearest: command(ask) });

/** `classify --labels normal,pneumonia`, as a person would type it. */
function command({ task, options = {} }: Ask): string {
  const words = Object.entries(options).flatMap(([name, value]) =>
    name === "question" || name === "object"
      ? [String(value).includes(" ") ? `"${value}"` : String(value)]
      : name === "choices"
        ? []
        : [`--${name} ${Array.isArray(value) ? `"${value.join(",")}"` : shown(value)}`],
  );
  return [task, ...words].join(" ");
}
