/** What long work reports; the command line turns it into a bar with an estimate of the time left. */
export interface Progress {
  /** What is being done, in a few words: `reading slices`, `quantising`. */
  stage: string;
  done: number;
  /** Absent while it is unknown. */
  total?: number;
  unit?: string;
}

/** Receives the progress of long work. */
export type OnProgress = (progress: Progress) => void;

/** The options every long piece of work takes. */
export interface Work {
  signal?: AbortSignal;
  onProgress?: OnProgress;
}
