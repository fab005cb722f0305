/** Plain text as one item; text that does not fit is cut at the end, and the view states this. */

import { PolyclinicError } from "../../base/errors.ts";
import type { ModelLimits } from "../../model/contract.ts";
import type { Part, TextPart, View } from "../types.ts";
import { cutToTokens, reserveOf, textTokens } from "./limits.ts";
import type { Recipe } from "./recipe.ts";

export interface TextOptions {
  /** Maximum number of tokens, estimated. Default: the context minus the reserve. */
  maxTokens?: number;
}

/** @param index index of the part in its study. */
export function textView(
  part: TextPart,
  limits: ModelLimits,
  { index = 0, maxTokens = limits.contextTokens - reserveOf(limits) }: TextOptions & { index?: number } = {},
): View {
  const text = cutToTokens(part.text, maxTokens);
  if (text === "")
    throw new PolyclinicError("view/no-room", "the text does not fit into the model's context", {
      where: part.label,
      expected: `at most ${maxTokens} tokens`,
      found: `about ${textTokens(part.text)}`,
      hint: "Shorten it, or choose a model with a longer context.",
    });
  const missing = part.text.length - text.length;
  return {
    recipe: "text",
    items: [{ kind: "text", part: index, text }],
    leftOut:
      text.length < part.text.trimEnd().length
        ? [`${part.label}: the last ${missing} of ${part.text.length} characters`]
        : [],
  };
}

export const textRecipe: Recipe<TextPart> = {
  accepts: (part: Part): part is TextPart => part.kind === "text",
  demand: (parts) => ({ tokens: parts.reduce((total, { text }) => total + textTokens(text), 0) }),
  lay: ([{ part, index }], { tokens }, limits) => textView(part, limits, { index, maxTokens: tokens }),
};
