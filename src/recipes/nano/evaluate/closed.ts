/** Closed questions about one image: CT slices, histology patches, and the kind of image. */
import { balancedAccuracy, confusionMatrix } from "../../../measure/index.ts";
import { ctLabels, histologyLabels, kindLabels, kindQuestion } from "../../../prompts/index.ts";
import type { NanoSet } from "../train/splits.ts";
import { oneCase } from "./recorded.ts";
import { type Row, rowOf } from "./row.ts";
import {
  accuracy,
  answerOf,
  askForProbabilities,
  held,
  type NanoTrial,
  recorded,
  scoredAnswerOf,
  share,
  topLabelError,
} from "./trial.ts";

export async function ctRows(trial: NanoTrial): Promise<Row[]> {
  const cases = held(trial, "ct", "test").map((file) => oneCase(file, file.label));
  const question = {
    name: "ct",
    title: "Lung CT slice: normal, benign or malignant (retired)",
    form: "label",
    words: "CT slice",
    metrics: ["accuracy", "f1-macro", "auroc-macro"],
    licence: "CC BY 4.0",
    split: "test",
    options: ctLabels,
  } as const;
  const answers = (
    await recorded(trial, question, cases, (one) => askForProbabilities(trial, one, ctLabels, "CT slice"))
  ).map(answerOf);
  return [
    rowOf(
      {
        id: "ct-balanced-accuracy",
        what: "RETIRED: lung CT slice, normal, benign or malignant, whole runs of neighbours held out, balanced accuracy",
        baseline: 1 / 3,
        reference: "published numbers use random splits of neighbouring slices and cannot be compared",
      },
      trial.precision,
      answers,
      (own) =>
        balancedAccuracy(
          confusionMatrix(
            own.map(({ truth }) => truth),
            own.map(({ predicted }) => predicted),
          ),
        ),
    ),
  ];
}

export async function histologyRows(trial: NanoTrial): Promise<Row[]> {
  const question = {
    name: "histology",
    title: "Lung histology patch (contaminated split)",
    form: "label",
    words: "histopathology image",
    metrics: ["accuracy", "f1-macro", "auroc-macro", "ece of the answer"],
    licence: "quoted as CC BY 4.0",
    split: "test",
    options: histologyLabels,
    notes: ["Augmented copies of one image occur on both sides of any split."],
  } as const;
  const questions = held(trial, "histology", "test").map((file) => oneCase(file, file.label));
  const cases = (
    await recorded(trial, question, questions, (one) =>
      askForProbabilities(trial, one, histologyLabels, "histopathology image"),
    )
  ).map(scoredAnswerOf);
  return [
    rowOf(
      {
        id: "histology-accuracy",
        what: "lung histology patch; contaminated: augmented copies of one image occur on both sides of any split",
        baseline: share(cases.map(({ truth }) => truth)),
        reference: "not comparable",
      },
      trial.precision,
      cases,
      accuracy,
    ),
    rowOf(
      {
        id: "histology-ece",
        what: "the same, calibration error of the most likely label's probability (contaminated too)",
        baseline: Number.NaN,
        reference: "none",
      },
      trial.precision,
      cases,
      topLabelError,
    ),
  ];
}

const kindOf: Readonly<Record<NanoSet, number>> = { cxr: 0, lungs: 0, ct: 1, histology: 2, hippocampus: 3, cells: 4 };

export async function kindRows(trial: NanoTrial): Promise<Row[]> {
  const sets = ["cxr", "lungs", "ct", "histology", "cells"] as const;
  const some = sets.flatMap((set) => {
    const own = held(trial, set, "test");
    return own.filter((_, i) => i % Math.ceil(own.length / 40) === 0);
  });
  const question = {
    name: "kind",
    title: "Modality and body part of an image",
    form: "label",
    words: kindQuestion,
    metrics: ["accuracy", "f1-macro"],
    licence: "CC BY 4.0, CC BY-SA 4.0 and MIT, by set",
    split: "test",
    options: kindLabels,
  } as const;
  const questions = some.map((file) => oneCase(file, kindLabels[kindOf[file.set]]));
  const cases = (
    await recorded(trial, question, questions, (one) =>
      askForProbabilities(trial, one, kindLabels, "image", kindQuestion),
    )
  ).map(answerOf);
  return [
    rowOf(
      {
        id: "kind-accuracy",
        what: "modality and body part of an image",
        baseline: share(cases.map(({ truth }) => truth)),
        reference: "none",
      },
      trial.precision,
      cases,
      accuracy,
    ),
  ];
}
