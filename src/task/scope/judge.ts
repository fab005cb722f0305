/** The decision before an answer: in scope, in scope with limits, or refused. */
import type { Generator } from "../../model/contract.ts";
import type { Ask } from "../../model/scope/scope.ts";
import type { Layout } from "../layout.ts";
import { pairReasons } from "./pair.ts";
import { pictureReasons } from "./pictures.ts";
import type { Reason, Refusal } from "./reason.ts";
import { findRequest, type InScope, shown } from "./request.ts";

export interface ScopeDecision {
  /** Why it is refused; absent if it is answered. */
  readonly refusal?: Refusal;
  /** The request in the wording of the model's training; empty if unknown. In multi-label mode one per label. */
  readonly requests: readonly InScope[];
  /** Limitations, shown before the answer. */
  readonly limits: readonly string[];
}

/** Caution for a model whose scope is unknown. */
export const noScope = (model: string) =>
  `it is not known what ${model} was trained to answer, on which patients and on which images: nothing was checked before this answer`;

/**
 * @param task its name.
 * @param options its own options, without sampling and layout.
 * Never throws: objections are part of the result.
 */
export async function judge(
  task: string,
  options: Readonly<Record<string, unknown>>,
  layout: Layout,
  model: Generator,
  signal?: AbortSignal,
): Promise<ScopeDecision> {
  const { scope } = model;
  // Applies to every model: a change between two people, or backwards in time, is meaningless.
  const pair = pairReasons(layout);
  if (scope === undefined) {
    const limits = [noScope(model.identity.name)];
    return pair.length > 0
      ? { refusal: { reasons: pair, answers: [] }, requests: [], limits }
      : { requests: [], limits };
  }
  const found = findRequest(scope, task, options);
  const answers = scope.abilities.map(({ description }) => description);
  if (!Array.isArray(found)) {
    const { reason, nearest } = found;
    return { refusal: { reasons: [reason], answers, ...nearestCommand(nearest) }, requests: [], limits: [] };
  }
  const reasons: Reason[] = [...pair];
  for (const ability of new Set(found.map(({ ability }) => ability)))
    reasons.push(...(await pictureReasons(layout, model, scope, ability, signal)));
  const limits = [...new Set([...found.flatMap(({ ability }) => ability.limits ?? []), ...(scope.limits ?? [])])];
  if (reasons.length > 0) return { refusal: { reasons: distinct(reasons), answers }, requests: found, limits };
  return { requests: found, limits };
}

function distinct(reasons: readonly Reason[]): Reason[] {
  return [...new Map(reasons.map((reason) => [reason.message, reason])).values()];
}

const nearestCommand = (ask: Ask | undefined) => (ask === undefined ? {} : { nearest: command(ask) });

/** The request as a command line: `classify --labels normal,pneumonia`. */
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
