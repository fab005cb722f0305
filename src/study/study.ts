/** Studies created by a program from given parts. */
import { PolyclinicError } from "../base/errors.ts";
import type { Part, PicturedPart, Study } from "./types.ts";

/**
 * Creates a study from parts. `openStudy` creates one from files; this function is for parts from other sources.
 *
 * @param close called when the study is closed, in addition to closing the slides and videos among its parts.
 */
export function studyOf(
  parts: readonly Part[],
  { leftOut = [], warnings = [], labs, close }: Partial<Pick<Study, "leftOut" | "warnings" | "labs" | "close">> = {},
): Study {
  const closeAll = async () => {
    for (const part of parts) {
      if (part.kind === "slide") await part.slide.close();
      if (part.kind === "video") await part.video.close();
    }
    await close?.();
  };
  return { parts, leftOut, warnings, ...(labs && { labs }), close: closeAll, [Symbol.asyncDispose]: closeAll };
}

/**
 * Prior and current as one study, prior first; `part` numbers in a comparison and its exports refer to it. Closing it
 * closes both.
 */
export function pairOf(prior: Study, current: Study): Study {
  return studyOf([...prior.parts, ...current.parts], {
    leftOut: [...prior.leftOut, ...current.leftOut],
    warnings: [...prior.warnings, ...current.warnings],
  });
}

export function isPictured(part: Part): part is PicturedPart {
  return ["image", "volume", "slide", "video", "document"].includes(part.kind);
}

/** Asserts that a part has pixels. @throws PolyclinicError `study/no-pixels`. */
export function picturedPart(study: Pick<Study, "parts">, index: number): PicturedPart {
  const part = study.parts[index];
  if (part !== undefined && isPictured(part)) return part;
  throw new PolyclinicError("study/no-pixels", "the part has no pixels", {
    where: `part ${index}`,
    expected: "an image, volume, slide, video or document",
    found: part?.kind ?? "no such part",
    hint: "Pass the study that the result is about.",
  });
}
