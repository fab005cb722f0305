/** What a child process tells its parent, and the limits of one file. */

/** Of processor time, all threads together: a busy machine is no fault of the file. */
export const secondsEach = 10;
export const mebibytesEach = 1536;

export interface Report {
  readonly kind: "progress";
  /** All files before this one are done, since the last report or the first file. */
  readonly next: number;
  /** Of processor time, for these files. */
  readonly seconds: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly faults: readonly { readonly file: number; readonly fault: string }[];
}
