/**
 * A recipe lays parts of one kind out for a model. Each is in its own file and on one line of `recipes.ts`; `viewOf` divides the model's
 * context among them.
 */
import type { ModelLimits } from "../../model/contract.ts";
import type { Part, View } from "../types.ts";
import type { DocumentOptions } from "./document.ts";
import type { SlideOptions } from "./slide/slide.ts";
import type { CtOptions } from "./volume/ct.ts";

export interface ViewOptions extends CtOptions, SlideOptions, DocumentOptions {
  /** Only these parts of the study, by their place. Default: all. */
  parts?: readonly number[];
  /** Lay 2D parts out as MedSigLIP takes them. Default false: as MedGemma takes them. */
  medsiglip?: boolean;
  /** What is asked: of a health record, the series it is about are shown in full. */
  question?: string;
  /** How a health record is framed: `medgemma` as its record questions were asked in training. Default `plain`. */
  recordLayout?: "plain" | "medgemma";
  /** Counts tokens as the model does; without it texts are estimated, on the safe side. */
  countTokens?: (text: string) => Promise<number>;
}

export interface Placed<P extends Part = Part> {
  readonly part: P;
  /** Where the part is in its study. */
  readonly index: number;
}

/** What a group of parts would use of the context if it were alone in it. */
export interface Wants {
  readonly images?: number;
  /** Estimated tokens of text without which the part is not shown whole. */
  readonly tokens?: number;
  /** Text that is shown only in the room that is left when everything else has its share. */
  readonly spare?: boolean;
}

/** What it may use. */
export interface Share {
  readonly images: number;
  /** Estimated tokens of text. */
  readonly tokens: number;
}

export interface Recipe<P extends Part = Part> {
  takes(part: Part, options: ViewOptions): part is P;
  /** True: all such parts of a study are laid out as one, at the place of the first. */
  readonly stacks?: boolean;
  /** True: has its image before the others divide the rest. */
  readonly first?: boolean;
  wants(parts: readonly P[], options: ViewOptions): Wants;
  lay(parts: readonly Placed<P>[], share: Share, limits: ModelLimits, options: ViewOptions): View | Promise<View>;
}
