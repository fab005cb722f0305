/** One study of a batch, opened ahead and answered. */

import { openOptions, type StudyOptions } from "../cli/shared/options.ts";
import { interrupted } from "../cli/shared/terminal.ts";
import type { Model } from "../model/contract.ts";
import { closeStudy, openStudy } from "../study/open/open.ts";
import type { OpenStudyOptions } from "../study/open/read-part.ts";
import type { Study } from "../study/types.ts";
import {
  type AnyResult,
  ask,
  classify,
  compare,
  type Layout,
  layOut,
  layOutPair,
  locate,
  report,
  type TaskName,
  type TaskOptions,
} from "../task/index.ts";
import type { BatchStudy } from "./studies.ts";

/** What shapes the answers of a whole batch. */
export interface Shaping extends TaskOptions {
  question?: string;
  choices?: readonly string[];
  labels?: readonly string[];
  multi?: boolean;
  object?: string;
  finding?: string;
  indication?: string;
}

/** Reads and lays out, while the model is at work on an earlier study. What a study holds open is closed again. */
export async function openStudies(
  study: BatchStudy,
  model: Model,
  options: StudyOptions,
  shaping: Shaping,
): Promise<Layout> {
  const reading: OpenStudyOptions = { ...openOptions(options), signal: interrupted };
  const opened: Study[] = [];
  try {
    for (const files of study.prior === undefined ? [study.files] : [study.prior, study.files])
      opened.push(await openStudy(files, reading));
    const [first, second] = opened;
    return second === undefined
      ? await layOut(first, model, shaping)
      : await layOutPair({ prior: first, current: second }, model, shaping);
  } finally {
    for (const one of opened) await closeStudy(one);
  }
}

export async function answerStudy(
  study: BatchStudy,
  layout: Layout,
  model: Model,
  task: TaskName,
  shaping: Shaping,
): Promise<AnyResult> {
  const options = { ...shaping, signal: interrupted };
  switch (task) {
    case "ask":
      return ask(layout, model, { ...options, question: study.question ?? shaping.question ?? "" });
    case "report":
      return report(layout, model, options);
    case "classify":
      return classify(layout, model, { ...options, labels: shaping.labels ?? [] });
    case "locate":
      return locate(layout, model, { ...options, object: shaping.object ?? "" });
    case "compare":
      return compare(layout, model, options);
  }
}
