/** Comparison of a prior and a current film. */
import { Random } from "../../../base/random.ts";
import { compare } from "../../../task/index.ts";
import type { NanoFile } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";
import { accuracy, answerOf, held, type NanoTrial, open, recorded } from "./trial.ts";

/** Pairs made from single labelled test films of different patients; the change of label is the course. */
export async function pairRows(trial: NanoTrial, pairs = 150): Promise<Row[]> {
  const random = new Random(5);
  const films = held(trial, "cxr", "test");
  const normal = films.filter(({ label }) => label === "normal");
  const sick = films.filter(({ label }) => label !== "normal");
  const draw = (pool: readonly NanoFile[]) => pool[random.below(pool.length)];
  const questions = Array.from({ length: Math.min(pairs, trial.limit ?? pairs) }, (_, i) => {
    if (i % 3 === 0) return { prior: draw(sick), current: draw(normal), truth: "improved" };
    if (i % 3 === 1) return { prior: draw(normal), current: draw(sick), truth: "worsened" };
    const prior = draw(random.next() < 0.5 ? normal : sick);
    return { prior, current: draw(films.filter(({ label }) => label === prior.label)), truth: "stable" };
  });
  const question = {
    name: "pairs",
    title: "Prior and current chest X-ray: improved, stable or worsened",
    form: "label",
    words: "finding: pneumonia",
    metrics: ["accuracy", "f1-macro"],
    licence: "CC BY 4.0",
    split: "test",
    options: ["improved", "stable", "worsened"],
    notes: ["The pairs are made from single labelled X-rays of different patients and are not real follow-ups."],
  } as const;
  const inTime = questions.map((of, i) => ({
    id: `${i} ${of.prior.path} ${of.current.path}`,
    files: [of.prior, of.current],
    gold: { kind: "choice" as const, choice: of.truth },
    of,
  }));
  const answers = await recorded(trial, question, inTime, async ({ of: { prior, current } }) => {
    const studies = { prior: await open(trial, prior), current: await open(trial, current) };
    const { answer, text, usage } = await compare(studies, trial.model, {
      finding: "pneumonia",
      anyway: true,
      signal: trial.signal,
    });
    return { role: "compare", text: answer?.course ?? text, usage };
  });
  const cases = answers.map(answerOf);
  return [
    rowOf(
      {
        id: "pair-accuracy",
        what: "prior and current X-ray, improved, stable or worsened; pairs made from labelled X-rays of different patients",
        baseline: 1 / 3,
        reference: "none: the data contain no real follow-up",
      },
      trial.precision,
      cases,
      accuracy,
    ),
  ];
}
