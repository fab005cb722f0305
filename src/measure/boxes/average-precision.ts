/** Average precision of detections, in the two ways the field computes it. */
import { invalidInput, requireFinite, undefinedMeasure } from "../input.ts";
import { type Box, boxIou } from "./overlap.ts";

/**
 * One predicted box. `box` in the coordinates of the ground truth (pixels); `label` is matched exactly; `score`: any finite number, higher
 * is more confident.
 */
export interface Detection {
  readonly box: Box;
  readonly label: string;
  readonly score: number;
}

/** One ground-truth box with its label. */
export interface GroundTruthBox {
  readonly box: Box;
  readonly label: string;
}

/** Detections and true boxes of one image. */
export interface DetectionCase {
  readonly detections: readonly Detection[];
  readonly truth: readonly GroundTruthBox[];
}

/** Matching rule and interpolation of `meanAveragePrecision`. */
export interface AveragePrecisionOptions {
  /** Minimum IoU of a correct detection. */
  readonly iou: number;
  /**
   * `coco`: each detection takes the free true box of highest IoU; precision, made non-increasing, is read at 101 recalls
   * (pycocotools). `voc`: each detection may only take the true box of highest IoU, and a second claim is wrong; area under the
   * non-increasing precision (PASCAL VOC 2010 and later).
   */
  readonly variant: "coco" | "voc";
}

/** Average precision of each label and the mean over labels. */
export interface MeanAveragePrecision {
  /** Mean over the labels that have true boxes, 0 to 1. */
  readonly mean: number;
  /**
   * One entry per label that has ground-truth boxes: its average precision, 0 to 1, and its number of ground-truth boxes.
   */
  readonly labels: readonly { readonly label: string; readonly averagePrecision: number; readonly boxes: number }[];
}

/** COCO keeps at most this many detections per label and image. */
const maxDetections = 100;

/**
 * Mean average precision at one IoU (`map@coco-50`, `map@voc-50`). Undefined when no image has a ground-truth box. Detections of labels that have no true
 * box anywhere do not count, as in both references.
 */
export function meanAveragePrecision(
  cases: readonly DetectionCase[],
  { iou, variant }: AveragePrecisionOptions,
): MeanAveragePrecision {
  if (!(iou > 0 && iou <= 1))
    throw invalidInput("mAP", "the IoU threshold is out of range", "above 0, up to 1", String(iou));
  for (const { detections } of cases)
    requireFinite(
      "mAP",
      detections.map(({ score }) => score),
    );
  const names = [...new Set(cases.flatMap(({ truth }) => truth.map(({ label }) => label)))].sort();
  if (names.length === 0) throw undefinedMeasure("mAP", "no image has a ground-truth box");
  const labels = names.map((label) => {
    const own = cases.map(({ detections, truth }) => ({
      detections: detections.filter((d) => d.label === label),
      truth: truth.filter((t) => t.label === label),
    }));
    const boxes = own.reduce((sum, { truth }) => sum + truth.length, 0);
    const claims = variant === "coco" ? cocoClaims(own, iou) : vocClaims(own, iou);
    const curve = precisionEnvelope(claims, boxes);
    return { label, boxes, averagePrecision: variant === "coco" ? at101Recalls(curve) : underCurve(curve) };
  });
  return { mean: labels.reduce((sum, { averagePrecision }) => sum + averagePrecision, 0) / labels.length, labels };
}

/** COCO's headline number: mean of the AP at IoU .50, .55, ... .95 (`map@coco`). */
export function cocoMeanAveragePrecision(cases: readonly DetectionCase[]): number {
  let sum = 0;
  // The thresholds exactly as NumPy's linspace gives them: IoUs of boxes in whole pixels are often equal to one of
  // them.
  for (let step = 0; step < 10; step++)
    sum += meanAveragePrecision(cases, { iou: step * ((0.95 - 0.5) / 9) + 0.5, variant: "coco" }).mean;
  return sum / 10;
}

interface Matching {
  readonly score: number;
  readonly correct: boolean;
}

const byScore = <T extends { readonly score: number }>(items: readonly T[]) =>
  [...items].sort((a, b) => b.score - a.score);

function cocoClaims(cases: readonly DetectionCase[], threshold: number): Matching[] {
  return byScore(
    cases.flatMap(({ detections, truth }) => {
      const taken = truth.map(() => false);
      return byScore(detections)
        .slice(0, maxDetections)
        .map(({ box, score }) => {
          let best = -1;
          let bestIou = Math.min(threshold, 1 - 1e-10);
          for (let i = 0; i < truth.length; i++) {
            if (taken[i]) continue;
            const iou = boxIou(box, truth[i].box);
            // For equal overlaps the later true box wins, as in pycocotools.
            if (iou >= bestIou) {
              bestIou = iou;
              best = i;
            }
          }
          if (best >= 0) taken[best] = true;
          return { score, correct: best >= 0 };
        });
    }),
  );
}

function vocClaims(cases: readonly DetectionCase[], threshold: number): Matching[] {
  const taken = cases.map(({ truth }) => truth.map(() => false));
  const all = byScore(cases.flatMap(({ detections }, image) => detections.map((d) => ({ ...d, image }))));
  return all.map(({ box, score, image }) => {
    let best = -1;
    let bestIou = -1;
    for (const [i, { box: own }] of cases[image].truth.entries()) {
      const iou = boxIou(box, own);
      if (iou > bestIou) {
        bestIou = iou;
        best = i;
      }
    }
    const correct = best >= 0 && bestIou >= threshold && !taken[image][best];
    if (correct) taken[image][best] = true;
    return { score, correct };
  });
}

interface CurvePoint {
  readonly recall: number;
  /** The highest precision at this recall or a higher one. */
  readonly precision: number;
}

function precisionEnvelope(claims: readonly Matching[], boxes: number): CurvePoint[] {
  let correct = 0;
  const points = claims.map((claim, i) => {
    if (claim.correct) correct++;
    return { recall: correct / boxes, precision: correct / (i + 1) };
  });
  for (let i = points.length - 2; i >= 0; i--)
    points[i].precision = Math.max(points[i].precision, points[i + 1].precision);
  return points;
}

function at101Recalls(curve: readonly CurvePoint[]): number {
  let sum = 0;
  let at = 0;
  for (let i = 0; i <= 100; i++) {
    while (at < curve.length && curve[at].recall < i * 0.01) at++;
    if (at === curve.length) break;
    sum += curve[at].precision;
  }
  return sum / 101;
}

function underCurve(curve: readonly CurvePoint[]): number {
  let sum = 0;
  let before = 0;
  for (const { recall, precision } of curve) {
    sum += (recall - before) * precision;
    before = recall;
  }
  return sum;
}
