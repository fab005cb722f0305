/** Lung boxes on chest X-rays of unseen patients. */
import { type Box, boxIou, mean } from "../../../measure/index.ts";
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
      return sharesOf({ x0: x, y0: y, x1: x + w, y1: y + h }, entry);
    });
  };
  const train = trial.files.filter(({ set, split }) => set === "lungs" && split === "train").map(boxesOf);
  const meanBoxes = sides.map((_, s): Box => {
    const average = (corner: keyof Box) => mean(train.map((boxes) => boxes[s][corner]));
    return { x0: average("x0"), y0: average("y0"), x1: average("x1"), y1: average("y1") };
  });
  const cases = await each(trial, "lung boxes", held(trial, "lungs", "test"), async (file) => {
    const study = await open(trial, file);
    const [part] = study.parts;
    const size = part.kind === "image" ? part.image : { width: 1, height: 1 };
    const truth = boxesOf(file);
    const ious: number[] = [];
    for (const [s, object] of sides.entries()) {
      const { answer } = await locate(study, trial.model, { object, anyway: true, signal: trial.signal });
      const box = answer?.boxes[0]?.box;
      // A missing box counts as one without overlap.
      ious.push(box === undefined ? 0 : boxIou(sharesOf(box, size), truth[s]));
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

/** A box of pixels as shares of the image's sides. */
function sharesOf({ x0, y0, x1, y1 }: Box, { width, height }: { width: number; height: number }): Box {
  return { x0: x0 / width, y0: y0 / height, x1: x1 / width, y1: y1 / height };
}
