/** Why a request is not answered: what was asked for, and what the model can answer instead. */

export interface Reason {
  /**
   * `task`, `words`, `labels`, `several` (a question with several parts): what is asked; `modality`, `body-part`, `view`, `age`: what the header
   * says of the image; `picture`: what its pixels show; `text`: what a text is about; `size`, `count`, `animation`, `part`: its form.
   */
  readonly code:
    | "task"
    | "words"
    | "labels"
    | "several"
    | "modality"
    | "body-part"
    | "view"
    | "age"
    | "picture"
    | "text"
    | "size"
    | "count"
    | "animation"
    | "part";
  /** One sentence. */
  readonly says: string;
}

/** What is in a result instead of an answer, or beside an answer that was given anyway. */
export interface Refusal {
  readonly reasons: readonly Reason[];
  /** What the model can answer, one clause each. */
  readonly answers: readonly string[];
  /** The nearest request that would be answered, as a person would type it: `ask "Is there pneumonia in this image?"`. */
  readonly nearest?: string;
}

/** Written first with an answer that was demanded although it should have been refused. */
export const brandOf = ({ reasons }: Refusal): string =>
  `OUT OF SCOPE, answered on demand, without any meaning: ${reasons.map(({ says }) => says).join(" ")}`;

/** The whole refusal in words. */
export function refusalText(model: string, { reasons, answers, nearest }: Refusal): string {
  const why = reasons.map(({ says }) => says).join("\n");
  const what = answers.map((says) => `- ${says}`).join("\n");
  const near = nearest === undefined ? "" : `\nNearest request that it answers: ${nearest}`;
  return `Not answered. ${why}\n${model} can answer:\n${what}${near}`;
}
