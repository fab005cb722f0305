/** Lung boxes on chest X-rays of unseen patients. */
import { boxIou, mean } from "../../../learn/metrics.ts";
import { locate } from "../../../task/index.ts";
import type { LungEntry, NanoFile } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";
import { each, held, type NanoTrial, open } from "./trial.ts";

export async function lungRows(trial: NanoTrial, entries: readonly LungEntry[]): Promise<Row[]> {
  const sides = ["right lung", "left lung"] as const;
  const boxesOf = (file: NanoFile) => {
    const entry = entries.find(({ file: name }) => file.path.endsWith(`/${name}`))!;
    return sides.map((label) => {
      const [x, y, w, h] = entry.boxes.find((box) => box.label === label)!.xywh;
      return [x / entry.width, y / entry.height, (x + w) / entry.width, (y + h) / entry.height];
    });
  };
  const train = trial.files.filter(({ set, split }) => set === "lungs" && split === "train").map(boxesOf);
  const meanBoxes = sides.map((_, s) => [0, 1, 2, 3].map((k) => mean(train.map((boxes) => boxes[s][k]))));
  const cases = await each(trial, "lung boxes", held(trial, "lungs", "test"), async (file) => {
    const study = await open(trial, file);
    const [part] = study.parts;
    const size = part.kind === "image" ? part.image : { width: 1, height: 1 };
    const truth = boxesOf(file);
    const ious: number[] = [];
    for (const [s, object] of sides.entries()) {
      const { answer } = await locate(study, trial.model, { object, anyway: true, signal: trial.signal });
      const box = answer?.boxes[0]?.box;
      // No box is a box of no overlap.
      const shares = box && [box.x0 / size.width, box.y0 / size.height, box.x1 / size.width, box.y1 / size.height];
      ious.push(shares === undefined ? 0 : boxIou(shares, truth[s]));
    }
    return { own: mean(ious), trivial: mean(sides.map((_, s) => boxIou(meanBoxes[s], truth[s]))) };
  });
  return [
    rowOf(
      {
        id: "lung-iou",
        what: "right and left lung on chest X-rays of unseen patients, mean intersection over union, mean of both sides",
        baseline: mean(cases.map(({ trivial }) => trivial)),
        reference: "none on these boxes",
      },
      trial.precision,
      cases,
      (own) => mean(own.map((one) => one.own)),
    ),
  ];
}
