/** The progress of long work; the command line displays it as a bar with an estimate of the remaining time. */
export interface Progress {
  /** The current activity in a few words: `reading slices`, `quantising`. */
  stage: string;
  done: number;
  /** Absent if unknown. */
  total?: number;
  unit?: string;
}

/** Receives the progress of long work. */
export type OnProgress = (progress: Progress) => void;

/** Options common to all long work. */
export interface Work {
  signal?: AbortSignal;
  onProgress?: OnProgress;
}
