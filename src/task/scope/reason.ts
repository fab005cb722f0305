/** Reasons for refusing a request, and what the model can answer instead. */

export interface Reason {
  /**
   * `task`, `words`, `labels`, `free` (an answer without the learned choices), `several` (a question with several parts): the request;
   * `modality`, `body-part`, `species`, `view`, `age`: the image's header; `picture`: its pixels; `text`: the subject of a text; `size`, `count`,
   * `animation`, `part`: its form; `patients`, `order`: prior and current are of two people, or exchanged;
   * `extrapolation`: no training molecule resembles the molecule.
   */
  readonly code:
    | "task"
    | "words"
    | "labels"
    | "free"
    | "several"
    | "modality"
    | "body-part"
    | "species"
    | "quality-control"
    | "view"
    | "age"
    | "picture"
    | "text"
    | "size"
    | "count"
    | "animation"
    | "part"
    | "patients"
    | "order"
    | "extrapolation";
  /** One sentence. */
  readonly message: string;
}

/** Part of a result in place of an answer, or in addition to an answer that was forced. */
export interface Refusal {
  readonly reasons: readonly Reason[];
  /** What the model can answer, one clause each. */
  readonly answers: readonly string[];
  /** The nearest supported request, as a command line: `ask "Is there pneumonia in this image?"`. */
  readonly nearest?: string;
}

/** First caution of an answer that was forced although it should have been refused. */
export const brandOf = ({ reasons }: Refusal): string =>
  `OUT OF SCOPE, answered on explicit request, the answer is meaningless: ${reasons.map(({ message }) => message).join(" ")}`;

/** The whole refusal as text. */
export function refusalText(model: string, { reasons, answers, nearest }: Refusal): string {
  const why = reasons.map(({ message }) => message).join("\n");
  if (answers.length === 0) return `Not answered. ${why}`;
  const what = answers.map((answer) => `- ${answer}`).join("\n");
  const near = nearest === undefined ? "" : `\nNearest supported request: ${nearest}`;
  return `Not answered. ${why}\n${model} can answer:\n${what}${near}`;
}

/** A result as now written; earlier versions called a reason's `message` `says`. Anything else is returned unchanged. */
export function withReasonMessages<T>(result: T): T {
  const { refusal } = (result ?? {}) as { refusal?: { reasons?: unknown } };
  if (!Array.isArray(refusal?.reasons)) return result;
  const reasons = refusal.reasons.map((reason: { says?: unknown; message?: unknown } | null) => {
    if (reason?.says === undefined || reason.message !== undefined) return reason;
    const { says, ...rest } = reason;
    return { ...rest, message: says };
  });
  return { ...result, refusal: { ...refusal, reasons } };
}
