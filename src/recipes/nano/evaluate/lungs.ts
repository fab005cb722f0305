/** Lung boxes on chest X-rays of unseen patients. */
import { parseAnswer } from "../../../evaluate/index.ts";
import { fromSource, squareFit } from "../../../imaging/resize/index.ts";
import { type Box, boxIou, mean } from "../../../measure/index.ts";
import { locate } from "../../../task/index.ts";
import type { LungEntry, NanoFile } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";
import { held, type NanoTrial, open, recorded } from "./trial.ts";

export async function lungRows(trial: NanoTrial, entries: readonly LungEntry[]): Promise<Row[]> {
  const sides = ["right lung", "left lung"] as const;
  const entryOf = (file: NanoFile) => entries.find(({ file: name }) => file.path.endsWith(`/${name}`))!;
  const boxesOf = (file: NanoFile) => {
    const entry = entryOf(file);
    return sides.map((label) => {
      const [x, y, w, h] = entry.boxes.find((box) => box.label === label)!.xywh;
      return {
        x0: x / entry.width,
        y0: y / entry.height,
        x1: (x + w) / entry.width,
        y1: (y + h) / entry.height,
      };
    });
  };
  const train = trial.files.filter(({ set, split }) => set === "lungs" && split === "train").map(boxesOf);
  const meanBoxes = sides.map((_, s): Box => {
    const average = (corner: keyof Box) => mean(train.map((boxes) => boxes[s][corner]));
    return { x0: average("x0"), y0: average("y0"), x1: average("x1"), y1: average("y1") };
  });
  const question = {
    name: "lungs",
    title: "Right and left lung on chest X-rays of unseen patients",
    form: "boxes",
    words: sides.join(", "),
    metrics: ["mean-iou", "iou@0.5"],
    licence: "CC BY and CC BY-SA by image, boxes CC BY 4.0",
    split: "test",
  } as const;
  const films = held(trial, "lungs", "test");
  const questions = films.flatMap((file) =>
    sides.map((side, s) => ({
      id: `${file.path} ${side}`,
      files: [file],
      gold: { kind: "boxes" as const, boxes: [onSquare(boxesOf(file)[s], entryOf(file))] },
      cluster: file.path,
      of: { file, side },
    })),
  );
  const answers = await recorded(trial, question, questions, async ({ of: { file, side } }) => {
    await using study = await open(trial, file);
    const { text, usage } = await locate(study, trial.model, { object: side, anyway: true, signal: trial.signal });
    return { role: "locate", text, usage };
  });
  // Boxes are clipped to the image as `locate` does for a user; the run's own mean-iou is of the unclipped boxes. A
  // missing box has overlap 0.
  const overlap = ({ text, case: { of, gold } }: (typeof answers)[number]) => {
    const read = parseAnswer("boxes", { text }, {});
    const box = read.status === "parsed" && read.answer.kind === "boxes" ? read.answer.boxes[0] : undefined;
    if (box === undefined) return 0;
    const frame = onSquare({ x0: 0, y0: 0, x1: 1, y1: 1 }, entryOf(of.file));
    const cut = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
    const truth = (gold as { boxes: readonly (typeof box)[] }).boxes[0];
    return boxIou(
      {
        x0: cut(box.x0, frame.x0, frame.x1),
        y0: cut(box.y0, frame.y0, frame.y1),
        x1: cut(box.x1, frame.x0, frame.x1),
        y1: cut(box.y1, frame.y0, frame.y1),
      },
      truth,
    );
  };
  const cases = films.map((file) => ({
    own: mean(answers.filter((read) => read.case.of.file === file).map(overlap)),
    trivial: mean(sides.map((_, s) => boxIou(meanBoxes[s], boxesOf(file)[s]))),
  }));
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

/** Converts fractions of the image to fractions of the padded square, in which the model answers. */
function onSquare({ x0, y0, x1, y1 }: Box, { width, height }: { width: number; height: number }) {
  const fit = squareFit(width, height, 1);
  const [left, top] = fromSource(fit, x0 * width, y0 * height);
  const [right, bottom] = fromSource(fit, x1 * width, y1 * height);
  return { x0: left, y0: top, x1: right, y1: bottom };
}
