/** Opens studies and a model concurrently, for every command that answers. */
import type { Progress } from "../../base/progress.ts";
import { progressBar } from "../../base/progress-bar.ts";
import type { Generator } from "../../model/contract.ts";
import type { LoadOptions } from "../../model/load-model.ts";
import type { Study } from "../../study/types.ts";
import { type ModelOptions, openOptions, type StudyOptions } from "./options.ts";
import { interrupted, note } from "./terminal.ts";

export interface Session {
  readonly studies: readonly Study[];
  readonly model: Generator;
  close(): Promise<void>;
}

/**
 * @param fileSets one list of files per study.
 * @param enough returns true when these studies can be answered without a model; loading is then abandoned, and `model` must not be used.
 */
export async function openSession(
  fileSets: readonly (readonly string[])[],
  options: ModelOptions & StudyOptions & { quiet?: boolean },
  enough?: (studies: readonly Study[]) => Promise<boolean>,
): Promise<Session> {
  const bar = progressBar();
  const unneeded = new AbortController();
  const work = { signal: interrupted, onProgress: bar.onProgress };
  try {
    // Both mostly wait for the disk at first. A failure of one is reported without waiting for the other.
    const model = openModel(options, bar.onProgress, AbortSignal.any([interrupted, unneeded.signal]));
    const opening = import("../../study/open/open.ts").then(({ openStudy }) =>
      Promise.all(fileSets.map((files) => openStudy(files, { ...openOptions(options), ...work }))),
    );
    // Awaited below; this avoids an unhandled rejection until then.
    model.catch(() => undefined);
    opening.catch(() => undefined);
    const first = await Promise.allSettled([opening]).then(([outcome]) => outcome);
    if (first.status === "fulfilled" && (await enough?.(first.value))) {
      unneeded.abort();
      // A missing model does not matter when no model is needed.
      model.then((loaded) => loaded.close()).catch(() => undefined);
      warn(first.value, options);
      return {
        studies: first.value,
        get model(): Generator {
          throw new Error("the model was not loaded");
        },
        close: () => closeAll(first.value),
      };
    }
    const [modelOutcome, studyOutcome] = await Promise.allSettled([model, opening]);
    if (studyOutcome.status === "rejected" || modelOutcome.status === "rejected") {
      if (modelOutcome.status === "fulfilled") await modelOutcome.value.close();
      if (studyOutcome.status === "fulfilled") await closeAll(studyOutcome.value);
      throw studyOutcome.status === "rejected" ? studyOutcome.reason : (modelOutcome as PromiseRejectedResult).reason;
    }
    bar.done();
    const studies = studyOutcome.value;
    warn(studies, options);
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

function warn(studies: readonly Study[], { quiet }: { quiet?: boolean }): void {
  if (!quiet) for (const warning of studies.flatMap(warningsOf)) note(`Warning: ${warning}`);
}

export async function openModel(
  options: ModelOptions,
  onProgress?: (progress: Progress) => void,
  signal: AbortSignal = interrupted,
): Promise<Generator> {
  const { loadModel } = await import("../../model/load-model.ts");
  const model = await loadModel(options.model, { ...loadOptions(options), signal, onProgress });
  if (model.device?.reason !== undefined) note(`Warning: the processor computes: ${model.device.reason}`);
  return model;
}

export function loadOptions({
  precision,
  device,
  adapter,
  contextTokens,
  concurrency,
  timeout,
}: ModelOptions): LoadOptions {
  return {
    ...(precision !== undefined && { precision }),
    ...(device !== undefined && { device }),
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
