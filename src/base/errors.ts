/**
 * The one error type of Polyclinic. It carries what a program needs to act (a stable code, whether a retry can help) and what a
 * person needs to fix the input (where, what was expected, what was found, what to do).
 */

/** Recognises errors across duplicate installs of the package, where `instanceof` would fail. */
const marker = Symbol.for("polyclinic.error");

export interface ErrorDetails {
  /** The file, tag, field, tensor or option at fault. */
  where?: string;
  expected?: string;
  found?: string;
  /** One sentence: what the user can do about it. */
  hint?: string;
  /** True when the same call can succeed later (time-outs, rate limits). */
  retryable?: boolean;
  cause?: unknown;
}

/** The error class of the whole package. `PolyclinicError.is` recognises it across duplicate installs. */
export class PolyclinicError extends Error {
  readonly [marker] = true;
  override readonly name = "PolyclinicError";
  readonly where?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
  readonly retryable: boolean;

  /**
   * @param code stable, lower-case, `area/what`: `dicom/truncated`, `checkpoint/missing-tensor`.
   * @param summary one clause without a full stop.
   */
  constructor(
    readonly code: string,
    readonly summary: string,
    details: ErrorDetails = {},
  ) {
    super(sentence(summary, details), details.cause === undefined ? undefined : { cause: details.cause });
    this.where = details.where;
    this.expected = details.expected;
    this.found = details.found;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
  }

  static is(error: unknown): error is PolyclinicError {
    return typeof error === "object" && error !== null && marker in error;
  }
}

function sentence(summary: string, { where, expected, found, hint }: ErrorDetails): string {
  const facts = [expected !== undefined && `expected ${expected}`, found !== undefined && `found ${found}`].filter(
    Boolean,
  );
  return (
    (where === undefined ? "" : `${where}: `) +
    summary +
    (facts.length > 0 ? ` (${facts.join(", ")})` : "") +
    (hint === undefined ? "" : `. ${hint}`)
  );
}

/** Throws the `abort/aborted` error when the signal has fired; call it at every chunk, token or file of long work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new PolyclinicError("abort/aborted", "stopped on request", { cause: signal.reason });
}
