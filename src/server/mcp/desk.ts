/** What the tools of an agent work on: the studies of a server, or of a folder on a desk. */
import type { Study } from "../../study/index.ts";
import type { Layout, TaskResult } from "../../task/index.ts";

export interface ListedStudy {
  /** What the other tools call it. */
  readonly id: string;
  readonly label: string;
  readonly modalities?: readonly string[];
  /** `YYYYMMDD`; absent where it is not known. */
  readonly date?: string;
  readonly files: number;
}

export interface Desk {
  /** Names of the models, the default first. */
  readonly models: readonly string[];
  /** @param search every word has to be in the label. */
  list(search: string | undefined, limit: number): Promise<readonly ListedStudy[]>;
  /**
   * Puts a task to a model about a study.
   *
   * @throws PolyclinicError for a study or model that is not there, and what the task throws; a refusal is in the result.
   */
  answer(study: string, task: string, options: Readonly<Record<string, unknown>>, call: Call): Promise<TaskResult>;
  /** Lays a study out for a model, as it would be shown. */
  look<T>(study: string, call: Call, work: (layout: Layout) => Promise<T>): Promise<T>;
  /** Opens a study without a model. */
  read<T>(study: string, work: (study: Study) => Promise<T>): Promise<T>;
}

export interface Call {
  readonly model?: string;
  /** Answer also what is beyond the model's scope; branded as such. */
  readonly anyway?: boolean;
  readonly signal?: AbortSignal;
}
