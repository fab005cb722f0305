/** Which view a study is laid out with. */
import type { ModelLimits } from "../model/contract.ts";
import type { Study, View } from "../study/types.ts";
import { image2dView } from "../study/views/index.ts";

export interface ViewChoice {
  /** Only this part of the study, from zero. */
  part?: number;
}

/** The parts of a study in clinical order, each by the view it was trained with, within one budget of tokens. */
export async function chooseView(study: Study, limits: ModelLimits, { part }: ViewChoice = {}): Promise<View> {
  const views: View[] = [];
  for (const [index, candidate] of study.parts.entries()) {
    if (part !== undefined && part !== index) continue;
    if (candidate.kind === "image") views.push(image2dView(candidate, limits, { index }));
  }
  return {
    recipe: [...new Set(views.map(({ recipe }) => recipe))].join("+"),
    images: views.flatMap(({ images }) => images),
    leftOut: views.flatMap(({ leftOut }) => leftOut),
  };
}
