/** An error with the HTTP status it is answered with, and the status of every other error of the house. */
import { type ErrorDetails, PolyclinicError } from "../base/errors.ts";

export class HttpError extends PolyclinicError {
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number;

  constructor(
    readonly status: number,
    code: string,
    summary: string,
    { retryAfter, ...details }: ErrorDetails & { retryAfter?: number } = {},
  ) {
    super(code, summary, details);
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}

/** By the area of the code: what the caller sent (400), what a model or another server failed at (502), the rest is ours (500). */
const statuses: readonly (readonly [RegExp, number])[] = [
  [/^abort\//, 499],
  [/^(?:model|remote|task)\/context$/, 413],
  [/^server\/too-large$/, 413],
  [/^(?:remote|model)\/option$/, 400],
  [/^remote\/(?:timeout|unavailable|rate-limit)/, 503],
  [/^remote\//, 502],
  [/^server\/(?:database|data-in-use|migration)$/, 500],
  [/^server\//, 400],
  [/^model\/(?:not-found|no-images)/, 400],
  [
    /^(?:task|text|usage|strategy|provider|study|dicom|nifti|slide|photo|page|image|archive|bytes|records|molecules|genomes|signals)\//,
    400,
  ],
];

export function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status;
  if (!PolyclinicError.is(error)) return 500;
  return statuses.find(([form]) => form.test(error.code))?.[1] ?? 500;
}
