/** A study and a model opened side by side, as every answering command needs them. */
import type { Progress } from "../../base/progress.ts";
import { progressBar } from "../../base/progress-bar.ts";
import type { Model } from "../../model/contract.ts";
import type { LoadOptions } from "../../model/load-model.ts";
import type { Study } from "../../study/types.ts";
import { type ModelOptions, openOptions, type StudyOptions } from "./options.ts";
import { interrupted, note } from "./terminal.ts";

export interface Session {
  readonly studies: readonly Study[];
  readonly model: Model;
  close(): Promise<void>;
}

/** @param fileSets one list of files a study. */
export async function openSession(
  fileSets: readonly (readonly string[])[],
  options: ModelOptions & StudyOptions & { quiet?: boolean },
): Promise<Session> {
  const bar = progressBar();
  const work = { signal: interrupted, onProgress: bar.onProgress };
  try {
    // Both are mostly waiting for the disk at first; a failure of one does not wait for the other.
    const model = openModel(options, bar.onProgress);
    const opening = import("../../study/open/open.ts").then(({ openStudy }) =>
      Promise.all(fileSets.map((files) => openStudy(files, { ...openOptions(options), ...work }))),
    );
    const [modelOutcome, studyOutcome] = await Promise.allSettled([model, opening]);
    if (studyOutcome.status === "rejected" || modelOutcome.status === "rejected") {
      if (modelOutcome.status === "fulfilled") await modelOutcome.value.close();
      if (studyOutcome.status === "fulfilled") await closeAll(studyOutcome.value);
      throw studyOutcome.status === "rejected" ? studyOutcome.reason : (modelOutcome as PromiseRejectedResult).reason;
    }
    bar.done();
    const studies = studyOutcome.value;
    if (!options.quiet) for (const warning of studies.flatMap(warningsOf)) note(`Warning: ${warning}`);
    return {
      studies,
      model: modelOutcome.value,
      close: async () => {
        await closeAll(studies);
        await modelOutcome.value.close();
      },
    };
  } finally {
    bar.done();
  }
}

export async function openModel(options: ModelOptions, onProgress?: (progress: Progress) => void): Promise<Model> {
  const { loadModel } = await import("../../model/load-model.ts");
  return loadModel(options.model, { ...loadOptions(options), signal: interrupted, onProgress });
}

export function loadOptions({ precision, adapter, contextTokens, concurrency, timeout }: ModelOptions): LoadOptions {
  return {
    ...(precision !== undefined && { precision }),
    ...(adapter !== undefined && { adapter }),
    server: {
      ...(contextTokens !== undefined && { contextTokens }),
      ...(concurrency !== undefined && { concurrency }),
      ...(timeout !== undefined && { timeouts: { firstByteMs: timeout * 1000 } }),
    },
  };
}

async function closeAll(studies: readonly Study[]): Promise<void> {
  for (const study of studies) await study.close();
}

function warningsOf(study: Study): string[] {
  return [...study.warnings, ...study.parts.flatMap(({ warnings }) => warnings)].map(({ where, message }) =>
    where === undefined || message.includes(where) ? message : `${where}: ${message}`,
  );
}
