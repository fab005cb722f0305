/**
 * The scale of the slices shown to a model, for questions that ask for millimetres: the pixels alone do not contain it.
 */
import { type MeasuredGeometry, scaleSentence } from "../../prompts/index.ts";
import type { Worded } from "../layout.ts";

/** The question, preceded by the scale if it asks for a physical quantity and the geometry is known. */
export function withScale(question: string, layout: Worded): string {
  const geometry = asksForMillimetres(question) ? geometryOf(layout) : undefined;
  return geometry === undefined ? question : `${scaleSentence(geometry)}\n${question.trim()}`;
}

function asksForMillimetres(question: string): boolean {
  return /\b(?:mm|cm)(?:[23³²]|\^[23])?(?![\p{L}\p{N}])|\bm[lL]\b/u.test(question);
}

/** The scale of the slices of a volume; undefined for images and for a single slice. */
function geometryOf({ images }: Worded): MeasuredGeometry | undefined {
  const [first] = images;
  const last = images[images.length - 1];
  if (images.length < 2 || images.some(({ part, toPatient }) => part !== first.part || toPatient === undefined))
    return undefined;
  const { width } = first.image;
  return {
    sideMm: distance(first.toPatient!(0, 0), first.toPatient!(width, 0)),
    spacingMm: distance(first.toPatient!(0, 0), last.toPatient!(0, 0)) / (images.length - 1),
    slices: images.length,
  };
}

type Point = readonly [x: number, y: number, z: number];

function distance(a: Point, b: Point): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
