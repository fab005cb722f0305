/** Measurements: named quantities with units, requested for a volume in one question. */
import { finalAnswer, introduction, type PromptForm, type PromptSubject, type PromptText } from "./form.ts";

export interface Quantity {
  /** `anterior hippocampus`. */
  readonly name: string;
  readonly value: number;
  /** `mm3`. */
  readonly unit: string;
}

/** The physical size of a volume's slice pixels in millimetres, needed for measuring. */
export interface MeasuredGeometry {
  /** Side of the zero-padded square of each slice. */
  readonly sideMm: number;
  /** Distance between consecutive shown slices. */
  readonly spacingMm: number;
  /** Number of shown slices. */
  readonly slices: number;
}

/**
 * The sizes a model needs before a question about millimetres. The total volume follows from the other numbers but is
 * stated, so that the model only has to estimate a fraction instead of multiplying.
 */
export function scaleSentence({ sideMm, spacingMm, slices }: MeasuredGeometry): string {
  const whole = (sideMm * sideMm * spacingMm * slices) / 1000;
  return `Each slice is ${Math.round(sideMm)} mm wide, slices are ${spacingMm.toFixed(1)} mm apart; together they show ${Number(whole.toPrecision(3))} cm3.`;
}

/** The volumes of named structures of a volume, in cubic millimetres. */
export function volumePrompt(
  structures: readonly string[],
  subject: PromptSubject,
  form: PromptForm,
  geometry?: MeasuredGeometry,
): PromptText {
  const scale = geometry === undefined ? "" : `${scaleSentence(geometry)}\n`;
  return {
    version: `measure-${form}@3`,
    before: introduction(subject, form),
    after: `${scale}What is the volume of the ${structures.join(" and of the ")} in mm3?`,
  };
}

/**
 * `Final Answer: anterior hippocampus 1503 mm3, posterior hippocampus 1450 mm3`: integers, which a small model can
 * learn.
 */
export function quantitiesAnswer(quantities: readonly Quantity[]): string {
  return finalAnswer(quantities.map(({ name, value, unit }) => `${name} ${Math.round(value)} ${unit}`).join(", "));
}
