/** Whether a model may be given a health record: its scope, if known, must include records or abilities that need no image. */
import type { Generator } from "../../model/contract.ts";
import type { Part } from "../../study/types.ts";
import type { Refusal } from "./reason.ts";

/** What can be asked instead, without a model. */
export const computedForms =
  "without a model, from the record: how often, since when, the first, latest and previous results, lowest and highest, whether a result " +
  "rises or falls, which are outside their reference range, intervals, what is active now, age";

/** @param parts the parts that are shown. @returns undefined if there is no objection, or no scope is known. */
export function recordRefusal(parts: readonly Part[], { scope }: Pick<Generator, "scope">): Refusal | undefined {
  const record = parts.find(({ kind }) => kind === "record");
  if (record === undefined || scope === undefined) return undefined;
  const readable = new Set(scope.kinds.filter(({ parts: kinds }) => kinds.includes("record")).map(({ id }) => id));
  if (scope.abilities.some(({ kinds }) => kinds.length === 0 || kinds.some((id) => readable.has(id)))) return undefined;
  return {
    reasons: [
      {
        code: "part",
        message: `"${record.label}" is a health record, which ${scope.model} was not trained to read, and the answer cannot be computed from it: the question has none of the forms below, or what it names was not found in the record.`,
      },
    ],
    answers: [computedForms],
    nearest: 'ask "What was the last haemoglobin, and is it falling?"',
  };
}
