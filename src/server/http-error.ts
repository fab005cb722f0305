/** Errors with an HTTP status, and the mapping from other error codes to a status. */
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

/** Status by the area of the error code: client errors (400), failures of a model or another server (502), internal errors (500). */
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
