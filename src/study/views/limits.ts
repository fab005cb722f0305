/** What fits into a model's context: the side of its images, how many of them, how much text. */
import { PolyclinicError } from "../../base/errors.ts";
import type { ModelLimits } from "../../model/contract.ts";

/** The model's image side, or a named error for a text-only model. */
export function imageSizeOf(limits: ModelLimits): number {
  if (limits.imageSize !== undefined && limits.imageSize > 0) return limits.imageSize;
  throw new PolyclinicError("view/text-only-model", "this model does not accept images", {
    expected: "a model with an image size",
    found: "a text-only model",
    hint: "Choose a multimodal checkpoint, or describe the case in a text file.",
  });
}

/** `SLICE 85` costs a model of this family at most this many tokens, its line break included. */
export const labelTokens = 6;

/**
 * How many images fit beside the text.
 *
 * @param reserveTokens room for instruction, question and answer. The report kept 85 slices of 256 tokens under 32 K with history and
 *   target (MedGemma 1.5 report, section 2.3.1); a smaller context keeps a quarter of itself, 2,048 tokens at most.
 */
export function imageBudget(limits: ModelLimits, labelled: boolean, reserveTokens?: number): number {
  const room = limits.contextTokens - reserveOf(limits, reserveTokens);
  return Math.max(0, Math.floor(room / imageTokens(limits, labelled)));
}

export function imageTokens(limits: ModelLimits, labelled: boolean): number {
  return limits.tokensPerImage + (labelled ? labelTokens : 0);
}

export function reserveOf(limits: ModelLimits, reserveTokens?: number): number {
  return reserveTokens ?? Math.min(2048, Math.floor(limits.contextTokens / 4));
}

/** Bytes of UTF-8 per token, at the low end: Gemma's tokenizer takes each digit alone, and tables are full of them. */
const bytesPerToken = 2;

/** An upper estimate of the tokens of a text: views know no tokenizer. */
export function textTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / bytesPerToken);
}

/** The text, truncated after a line or a word so that it certainly fits. */
export function cutToTokens(text: string, tokens: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= tokens * bytesPerToken) return text;
  const start = new TextDecoder().decode(bytes.subarray(0, tokens * bytesPerToken)).replace(/\uFFFD$/, "");
  const line = start.lastIndexOf("\n");
  const end = line > start.length / 2 ? line : start.search(/\s\S*$/);
  return (end > 0 ? start.slice(0, end) : start).trimEnd();
}

/** Throws when not even one image fits: a view never silently shows nothing. */
export function requireRoom(budget: number, limits: ModelLimits): void {
  if (budget >= 1) return;
  throw new PolyclinicError("view/no-room", "no image fits into the model's context", {
    expected: `at least ${limits.tokensPerImage} tokens`,
    found: `a context of ${limits.contextTokens} tokens`,
    hint: "Reserve fewer tokens for text, or choose a model with a longer context.",
  });
}
