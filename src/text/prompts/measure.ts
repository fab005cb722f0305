/** Measurements: quantities with a name and a unit, asked of a volume in one question. */
import { finalAnswer, introduction, type PromptForm, type PromptSubject, type PromptText } from "./form.ts";

export interface Quantity {
  /** `anterior hippocampus`. */
  readonly name: string;
  readonly value: number;
  /** `mm3`. */
  readonly unit: string;
}

/** The volumes of named structures of a volume, in cubic millimetres. */
export function volumePrompt(structures: readonly string[], subject: PromptSubject, form: PromptForm): PromptText {
  return {
    version: `measure-${form}@1`,
    before: introduction(subject, form),
    after: `What is the volume of the ${structures.join(" and of the ")} in mm3?`,
  };
}

/** `Final Answer: anterior hippocampus 1503 mm3, posterior hippocampus 1450 mm3`: whole numbers, as a small model can learn them. */
export function quantitiesAnswer(quantities: readonly Quantity[]): string {
  return finalAnswer(quantities.map(({ name, value, unit }) => `${name} ${Math.round(value)} ${unit}`).join(", "));
}
