/** Overlap of boxes, time spans and masks. */
import { invalidInput, requireCases, requireFinite, requireSameLength, undefinedMeasure } from "../input.ts";

/** A box with x0 <= x1 and y0 <= y1, in any unit that both boxes share. */
export interface Box {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

const area = ({ x0, y0, x1, y1 }: Box) => (x1 - x0) * (y1 - y0);

/**
 * Intersection over union of two boxes in continuous coordinates (width is x1 - x0, no pixel added), 0 to 1. Two boxes without area: 0. A box whose
 * corners are swapped is an error, because its area would be negative.
 */
export function boxIou(a: Box, b: Box): number {
  for (const { x0, y0, x1, y1 } of [a, b]) {
    requireFinite("box IoU", [x0, y0, x1, y1]);
    if (x1 < x0 || y1 < y0)
      throw invalidInput(
        "box IoU",
        "the corners of a box are swapped",
        "x0 <= x1 and y0 <= y1",
        `x ${x0} to ${x1}, y ${y0} to ${y1}`,
      );
  }
  const width = Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0));
  const height = Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0));
  const shared = width * height;
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** Intersection over union of two spans of time `[start, end]`, 0 to 1. */
export function temporalIou(a: readonly [number, number], b: readonly [number, number]): number {
  return boxIou({ x0: a[0], x1: a[1], y0: 0, y1: 1 }, { x0: b[0], x1: b[1], y0: 0, y1: 1 });
}

/**
 * IoU@t: share of cases with an IoU of at least t, 0 to 1.
 *
 * @param ious one per case, 0 where nothing was found.
 */
export function iouAt(ious: ArrayLike<number>, threshold: number): number {
  requireCases("IoU@t", ious);
  let hits = 0;
  for (let i = 0; i < ious.length; i++) if (ious[i] >= threshold) hits++;
  return hits / ious.length;
}

/** Overlap of two binary masks. */
export interface MaskOverlap {
  /** 2 |A and B| / (|A| + |B|), 0 to 1 (Dice 1945). */
  readonly dice: number;
  /** |A and B| / |A or B|, 0 to 1 (Jaccard 1912). */
  readonly iou: number;
}

/** Dice and IoU of two masks (non-zero is inside). Undefined when both are empty: a convention of 0 or 1 would be part of the result. */
export function maskOverlap(a: ArrayLike<number>, b: ArrayLike<number>): MaskOverlap {
  requireSameLength("mask overlap", a, b);
  let insideA = 0;
  let insideB = 0;
  let both = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== 0) {
      insideA++;
      if (b[i] !== 0) both++;
    }
    if (b[i] !== 0) insideB++;
  }
  if (insideA + insideB === 0) throw undefinedMeasure("mask overlap", "both masks are empty");
  return { dice: (2 * both) / (insideA + insideB), iou: both / (insideA + insideB - both) };
}
