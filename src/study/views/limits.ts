/** What a view needs to know about a model: the side of its images, what one costs, and how much fits. */
import { PolyclinicError } from "../../base/errors.ts";

/** A model's limits, in the shape every model of this package states them. */
export interface ViewLimits {
  /** Side of the square image the model was trained on, pixels; undefined for text-only models. */
  readonly imageSize: number | undefined;
  /** Prompt tokens one image costs, markers included. */
  readonly tokensPerImage: number;
  /** Prompt and answer together. */
  readonly contextTokens: number;
}

/** The model's image side, or a named error for a text-only model. */
export function imageSizeOf(limits: ViewLimits): number {
  if (limits.imageSize !== undefined && limits.imageSize > 0) return limits.imageSize;
  throw new PolyclinicError("view/text-only-model", "this model takes no images", {
    expected: "a model with an image size",
    found: "a text-only model",
    hint: "Choose a multimodal checkpoint, or give the case as text.",
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
export function imageBudget(limits: ViewLimits, labelled: boolean, reserveTokens = defaultReserve(limits)): number {
  const each = limits.tokensPerImage + (labelled ? labelTokens : 0);
  return Math.max(0, Math.floor((limits.contextTokens - reserveTokens) / each));
}

function defaultReserve(limits: ViewLimits): number {
  return Math.min(2048, Math.floor(limits.contextTokens / 4));
}

/** Throws when not even one image fits: a view never silently shows nothing. */
export function requireRoom(budget: number, limits: ViewLimits): void {
  if (budget >= 1) return;
  throw new PolyclinicError("view/no-room", "no image fits into the model's context", {
    expected: `at least ${limits.tokensPerImage} tokens`,
    found: `a context of ${limits.contextTokens} tokens`,
    hint: "Reserve fewer tokens for text, or choose a model with a longer context.",
  });
}
