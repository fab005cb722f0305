/**
 * The scope check for commands that send a text to a model in prompts of their own: a plan, a visit, a counterfactual
 * case.
 */
import type { Generator } from "../../model/contract.ts";
import type { Scope } from "../../model/scope/scope.ts";
import type { TextPart } from "../../study/types.ts";
import { kindsByHeader } from "./header.ts";
import { noScope } from "./judge.ts";
import type { Reason, Refusal } from "./reason.ts";
import { findRequest } from "./request.ts";

export interface TextRequest {
  /** As in `scope.json`: `board`, `consult`, `ask`. */
  readonly task: string;
  /** Each is checked separately, such as the components of a plan. Default: one request without options. */
  readonly requests?: readonly Readonly<Record<string, unknown>>[];
  /** The case; absent if the model collects it itself. */
  readonly text?: string;
  /** Name of the case in messages. */
  readonly label: string;
}

const acceptsAnyQuestion = ({ abilities }: Scope) =>
  abilities.some(({ requests }) => requests.some(({ task, open }) => task === "ask" && open?.includes("*") === true));

/** @returns why the model must not be asked, or the limits to show before its answer. */
export function judgeText(
  { task, requests = [{}], text, label }: TextRequest,
  { scope, identity }: Pick<Generator, "scope" | "identity">,
): { refusal?: Refusal; limits: readonly string[] } {
  if (scope === undefined) return { limits: [noScope(identity.name)] };
  const reasons: Reason[] = [];
  const limits: string[] = [];
  for (const options of requests) {
    const found = findRequest(scope, task, options);
    if (!Array.isArray(found)) {
      // A model trained to follow arbitrary instructions accepts these too.
      if (acceptsAnyQuestion(scope)) continue;
      reasons.push(found.reason);
      continue;
    }
    const [{ ability }] = found;
    limits.push(...(ability.limits ?? []));
    const kinds = scope.kinds.filter(({ id }) => ability.kinds.includes(id));
    if (text === undefined || kinds.length === 0) continue;
    const part: TextPart = {
      kind: "text",
      label,
      text,
      modality: "OT",
      origin: { files: [], sha256: "" },
      warnings: [],
    };
    const fitting = kindsByHeader(part, kinds);
    if (!Array.isArray(fitting)) reasons.push(fitting);
  }
  const distinct = [...new Map(reasons.map((reason) => [reason.message, reason])).values()];
  if (distinct.length > 0)
    return {
      refusal: { reasons: distinct, answers: scope.abilities.map(({ description }) => description) },
      limits: [],
    };
  return { limits: [...new Set([...limits, ...(scope.limits ?? [])])] };
}
