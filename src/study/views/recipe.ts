/**
 * A recipe lays parts of one kind out for a model. Each is in its own file and on one line of `recipes.ts`; `viewOf` divides the model's
 * context among them.
 */
import type { ModelLimits } from "../../model/contract.ts";
import type { Part, View } from "../types.ts";
import type { DocumentOptions } from "./document.ts";
import type { SlideOptions } from "./slide/slide.ts";
import type { CtOptions } from "./volume/ct.ts";

/** View options of all recipes; each recipe reads its own. */
export interface ViewOptions extends CtOptions, SlideOptions, DocumentOptions {
  /** Indices of the parts to use. Default: all. */
  parts?: readonly number[];
  /** Lay out 2D parts for MedSigLIP. Default false: for MedGemma. */
  medsiglip?: boolean;
  /** Maximum number of frames of a video. Default 85, fewer for a smaller context. */
  maxFrames?: number;
  /** The question, which determines the series of a health record that are shown in full. */
  question?: string;
  /** Framing of a health record: `medgemma` uses the format of MedGemma's record questions in training. Default `plain`. */
  recordLayout?: "plain" | "medgemma";
  /** Counts tokens with the model's tokenizer; without it, texts are estimated conservatively. */
  countTokens?: (text: string) => Promise<number>;
}

export interface Placed<P extends Part = Part> {
  readonly part: P;
  /** Index of the part in its study. */
  readonly index: number;
}

/** The context that a group of parts would use on its own. */
export interface Demand {
  readonly images?: number;
  /** Estimated tokens of text needed to show the part completely. */
  readonly tokens?: number;
  /** Optional text, shown only if space is left after everything else. */
  readonly spare?: boolean;
}

/** The context that it may use. */
export interface Share {
  readonly images: number;
  /** Estimated tokens of text. */
  readonly tokens: number;
}

/** How one kind of part is presented to a model. */
export interface Recipe<P extends Part = Part> {
  accepts(part: Part, options: ViewOptions): part is P;
  /** If true, all such parts of a study are laid out together, at the position of the first. */
  readonly stacks?: boolean;
  /** If true, its first image is allocated before the others share the rest. */
  readonly first?: boolean;
  demand(parts: readonly P[], options: ViewOptions, limits: ModelLimits): Demand;
  lay(parts: readonly Placed<P>[], share: Share, limits: ModelLimits, options: ViewOptions): View | Promise<View>;
}
