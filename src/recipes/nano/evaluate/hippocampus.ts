/** Hippocampus volumes from the slices of a T1 crop. */
import { mean } from "../../../measure/index.ts";
import { hippocampusParts, measuredSlices, volumePrompt } from "../../../prompts/index.ts";
import { layOut, messagesOf } from "../../../task/index.ts";
import type { NanoFile } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";
import { held, type NanoTrial, open, recorded } from "./trial.ts";

interface Measured {
  readonly truth: readonly number[];
  readonly predicted: readonly number[];
}

export async function hippocampusRows(
  trial: NanoTrial,
  volumeOf: (file: NanoFile) => Promise<{ anterior: number; posterior: number; sideMm: number; spacingMm: number }>,
): Promise<Row[]> {
  const train = await Promise.all(
    trial.files.filter(({ set, split }) => set === "hippocampus" && split === "train").map(volumeOf),
  );
  const average = [mean(train.map(({ anterior }) => anterior)), mean(train.map(({ posterior }) => posterior))];
  const question = {
    name: "hippocampus",
    title: "Anterior and posterior hippocampus volume from T1 slices (retired)",
    form: "report",
    words: hippocampusParts.join(", "),
    metrics: [],
    licence: "CC BY-SA 4.0",
    split: "test",
    notes: ["An answer contains two volumes: the scoreboard computes the error from the recorded texts."],
  } as const;
  const questions = held(trial, "hippocampus", "test").map((file) => ({
    id: file.path,
    files: [file],
    gold: { kind: "judged" as const },
    of: file,
  }));
  const answers = await recorded(trial, question, questions, async ({ of: file }) => {
    const truth = await volumeOf(file);
    const layout = await layOut(await open(trial, file), trial.model, { view: { maxSlices: measuredSlices } });
    const [shown, all] = [layout.images.length, layout.images.at(-1)!.index! + 1];
    const prompt = volumePrompt(hippocampusParts, "MRI volume", layout.form, {
      sideMm: truth.sideMm,
      spacingMm: shown < 2 ? truth.spacingMm : (truth.spacingMm * (all - 1)) / (shown - 1),
      slices: shown,
    });
    const generation = trial.model.generate(messagesOf(layout, prompt), {
      maxTokens: 60,
      temperature: 0,
      signal: trial.signal,
    });
    const { text, usage, finishReason } = await generation.result;
    return { role: "generate", text, usage, finishReason };
  });
  const cases: Measured[] = [];
  for (const { text, case: one } of answers) {
    const truth = await volumeOf(one.of);
    // A missing answer is replaced by the mean, the baseline's answer, so that it cannot improve the result.
    const predicted = hippocampusParts.map((name, s) => quantityIn(text, name) ?? average[s]);
    cases.push({ truth: [truth.anterior, truth.posterior], predicted });
  }
  const error = (own: readonly Measured[], guess: (one: Measured, s: number) => number) =>
    mean([0, 1].map((s) => mean(own.map((one) => Math.abs(guess(one, s) - one.truth[s])))));
  return [
    rowOf(
      {
        id: "hippocampus-mae-over-mean",
        what: "RETIRED: anterior and posterior hippocampus volume from T1 slices, mean absolute error divided by that of the mean predictor",
        baseline: 1,
        reference: "none in this form",
      },
      trial.precision,
      cases,
      (own) => error(own, ({ predicted }, s) => predicted[s]) / error(own, (_, s) => average[s]),
    ),
    rowOf(
      {
        id: "hippocampus-mae-mm3",
        what: "RETIRED: the same error in mm3",
        baseline: error(cases, (_, s) => average[s]),
        reference: "none",
      },
      trial.precision,
      cases,
      (own) => error(own, ({ predicted }, s) => predicted[s]),
    ),
  ];
}

/** `anterior hippocampus 1410 mm3` -> 1410. */
export function quantityIn(text: string, name: string): number | undefined {
  const value = Number(text.match(new RegExp(`${name}\\D{0,8}?(\\d+(?:\\.\\d+)?)\\s*mm3`, "i"))?.[1]);
  return Number.isFinite(value) ? value : undefined;
}
