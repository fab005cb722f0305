/** The interface that an agent's tools work on: the studies of a server, or of a local folder. */
import type { Study } from "../../study/index.ts";
import type { Layout, TaskResult } from "../../task/index.ts";

export interface ListedStudy {
  /** Id for use with the other tools. */
  readonly id: string;
  readonly label: string;
  readonly modalities?: readonly string[];
  /** `YYYYMMDD`; absent if unknown. */
  readonly date?: string;
  readonly files: number;
}

export interface ToolBackend {
  /** Names of the models, the default first. */
  readonly models: readonly string[];
  /** @param search words that must all occur in the label. */
  list(search: string | undefined, limit: number): Promise<readonly ListedStudy[]>;
  /**
   * Runs a task on a study with a model.
   *
   * @throws PolyclinicError for an unknown study or model, and the errors of the task; a refusal is part of the result.
   */
  answer(study: string, task: string, options: Readonly<Record<string, unknown>>, call: Call): Promise<TaskResult>;
  /** Lays a study out for a model, as it would be shown. */
  look<T>(study: string, call: Call, work: (layout: Layout) => Promise<T>): Promise<T>;
  /** Opens a study without a model. */
  read<T>(study: string, work: (study: Study) => Promise<T>): Promise<T>;
}

export interface Call {
  readonly model?: string;
  /** Also answer requests outside the model's scope; the answer is labelled as such. */
  readonly anyway?: boolean;
  readonly signal?: AbortSignal;
}
