/**
 * Annotations on images: boxes, which belong to sentences of the report, in source pixels of a part's slice; and
 * measurements, in pixels of the image as it is shown.
 */
import type { Measure, MeasureKind } from "../../../study/display/measures.ts";
import type { LocatedBox } from "../../api/types.ts";

export type { Measure, MeasureKind };

export interface Place {
  readonly part: number;
  /** Slice of a volume (of its own stack, across z) or page, 0-based; absent for an image. */
  readonly index?: number;
}

export interface Box extends Place {
  readonly id: string;
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
  readonly label: string;
  readonly origin: "model" | "person";
  /** The sentence it belongs to. */
  readonly sentence?: string;
}

export interface Marks {
  readonly boxes: readonly Box[];
  readonly measures: readonly Measure[];
}

export const noMarks: Marks = { boxes: [], measures: [] };

export const newId = (): string => crypto.randomUUID();

/** A box that the model located, as a mark of its own. */
export const modelBox = ({ label, box, part, index }: LocatedBox): Box => ({
  id: newId(),
  part,
  ...(index !== undefined && { index }),
  ...box,
  label,
  origin: "model",
});

/** Orders the corners and clips them to the image; the box is never empty. */
export function tidy<B extends Pick<Box, "x0" | "y0" | "x1" | "y1">>(box: B, width: number, height: number): B {
  const inside = (value: number, most: number) => Math.max(0, Math.min(most, Math.round(value)));
  const [x0, x1] = [inside(Math.min(box.x0, box.x1), width), inside(Math.max(box.x0, box.x1), width)];
  const [y0, y1] = [inside(Math.min(box.y0, box.y1), height), inside(Math.max(box.y0, box.y1), height)];
  return {
    ...box,
    x0: Math.min(x0, width - 1),
    y0: Math.min(y0, height - 1),
    x1: Math.max(x1, Math.min(x0, width - 1) + 1),
    y1: Math.max(y1, Math.min(y0, height - 1) + 1),
  };
}

/** Moves the box as a whole, within the image. */
export function moved<B extends Box>(box: B, dx: number, dy: number, width: number, height: number): B {
  const x = Math.max(-box.x0, Math.min(width - box.x1, Math.round(dx)));
  const y = Math.max(-box.y0, Math.min(height - box.y1, Math.round(dy)));
  return { ...box, x0: box.x0 + x, x1: box.x1 + x, y0: box.y0 + y, y1: box.y1 + y };
}
