/**
 * A health record as text: every concept on a line, the series a question is about, every fact in order of time, as far
 * as the token budget allows. Text and view state what does not fit.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { viewRecord } from "../../records/view/index.ts";
import type { Part, RecordPart, View } from "../types.ts";
import { textTokens } from "./limits.ts";
import type { Recipe, ViewOptions } from "./recipe.ts";

/**
 * @param index index of the part in its study.
 * @param maxTokens by `countTokens`, or estimated without it.
 * @throws `view/no-room` when not even the patient's own line fits.
 */
export async function recordView(
  part: RecordPart,
  maxTokens: number,
  {
    index = 0,
    question,
    countTokens,
    recordLayout,
  }: Pick<ViewOptions, "question" | "countTokens" | "recordLayout"> & { index?: number } = {},
): Promise<View> {
  const lay = (budget: number) =>
    viewRecord(part.record, {
      budget,
      count: textTokens,
      ...(question && { question }),
      ...(recordLayout && { layout: recordLayout }),
    });
  let view: ReturnType<typeof lay>;
  try {
    view = lay(maxTokens);
    // The estimate is an upper bound: the space it leaves by the model's own count is filled, and counted again.
    if (countTokens !== undefined && view.leftOut.length > 0) {
      const exact = await countTokens(view.text);
      const wider = lay(Math.floor(maxTokens * (view.tokens / Math.max(1, exact)) * 0.97));
      if (wider.facts.length >= view.facts.length && (await countTokens(wider.text)) <= maxTokens) view = wider;
    }
  } catch (cause) {
    if (!PolyclinicError.is(cause)) throw cause;
    throw new PolyclinicError("view/no-room", "the record does not fit into the model's context", {
      where: part.label,
      expected: `at most ${maxTokens} tokens`,
      hint: "Choose a model with a longer context.",
      cause,
    });
  }
  return {
    recipe: recordLayout === "medgemma" ? "record-medgemma" : "record",
    items: [{ kind: "text", part: index, text: view.text }],
    leftOut: view.leftOut.map((what) => `${part.label}: ${what}`),
  };
}

export const recordRecipe: Recipe<RecordPart> = {
  accepts: (part: Part): part is RecordPart => part.kind === "record",
  // A record uses all available space: the more, the better the view.
  demand: (parts) => ({ tokens: parts.length * 1_000_000 }),
  lay: ([{ part, index }], { tokens }, _, options) => recordView(part, tokens, { ...options, index }),
};
