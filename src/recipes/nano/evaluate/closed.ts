/** Closed questions about one image: CT slices, histology patches, and which kind of image it is. */
import { balancedAccuracy, confusionMatrix } from "../../../measure/index.ts";
import { ctLabels, histologyLabels, kindLabels, kindQuestion } from "../../../prompts/index.ts";
import type { NanoSet } from "../train/splits.ts";
import { type Row, rowOf } from "./row.ts";
import { accuracy, each, held, likeliest, type NanoTrial, probabilities, share } from "./trial.ts";

export async function ctRows(trial: NanoTrial): Promise<Row[]> {
  const cases = await each(trial, "CT slices", held(trial, "ct", "test"), async (file) => ({
    truth: file.label,
    said: likeliest(await probabilities(trial, file, ctLabels, "CT slice")),
  }));
  return [
    rowOf(
      {
        id: "ct-balanced-accuracy",
        what: "RETIRED: lung CT slice, normal, benign or malignant, whole runs of neighbours held out, balanced accuracy",
        baseline: 1 / 3,
        reference: "published numbers use random splits of neighbouring slices and cannot be compared",
      },
      trial.precision,
      cases,
      (own) =>
        balancedAccuracy(
          confusionMatrix(
            own.map(({ truth }) => truth),
            own.map(({ said }) => said),
          ),
        ),
    ),
  ];
}

export async function histologyRows(trial: NanoTrial): Promise<Row[]> {
  const cases = await each(trial, "histology", held(trial, "histology", "test"), async (file) => ({
    truth: file.label,
    said: likeliest(await probabilities(trial, file, histologyLabels, "histopathology image")),
  }));
  return [
    rowOf(
      {
        id: "histology-accuracy",
        what: "lung histology patch; contaminated: augmented copies of one image stand on both sides of any split",
        baseline: share(cases.map(({ truth }) => truth)),
        reference: "not comparable",
      },
      trial.precision,
      cases,
      accuracy,
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
  const cases = await each(trial, "modality and body part", some, async (file) => ({
    truth: kindLabels[kindOf[file.set]] as string,
    said: likeliest(await probabilities(trial, file, kindLabels, "image", kindQuestion)),
  }));
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
