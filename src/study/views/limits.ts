/** What fits into a model's context: size and number of images, length of text. */
import { PolyclinicError } from "../../base/errors.ts";
import type { ModelLimits } from "../../model/contract.ts";

/** The model's image side; throws for a text-only model. */
export function imageSizeOf(limits: ModelLimits): number {
  if (limits.imageSize !== undefined && limits.imageSize > 0) return limits.imageSize;
  throw new PolyclinicError("view/text-only-model", "this model does not accept images", {
    expected: "a model with an image size",
    found: "a text-only model",
    hint: "Choose a multimodal checkpoint, or describe the case in a text file.",
  });
}

/** Upper bound of the tokens of `SLICE 85` in MedGemma, including its line break. */
export const labelTokens = 6;

/**
 * Number of images that fit beside the text.
 *
 * @param reserveTokens tokens reserved for instruction, question and answer. The report kept 85 slices of 256 tokens
 * under 32 K with history and target (MedGemma 1.5 report, section 2.3.1); for a smaller context a quarter of it is
 * reserved, at most 2,048 tokens.
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

/**
 * UTF-8 bytes per token, a low estimate: Gemma's tokenizer encodes each digit separately, and tables have many digits.
 */
const bytesPerToken = 2;

/** An upper estimate of a text's tokens, because views have no tokenizer. */
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

/** Throws if not even one image fits: a view never silently shows nothing. */
export function requireRoom(budget: number, limits: ModelLimits): void {
  if (budget >= 1) return;
  throw new PolyclinicError("view/no-room", "no image fits into the model's context", {
    expected: `at least ${limits.tokensPerImage} tokens`,
    found: `a context of ${limits.contextTokens} tokens`,
    hint: "Reserve fewer tokens for text, or choose a model with a longer context.",
  });
}
