/** What a person made of a model's draft: takes the place of the answer in an export, beside which model drafted it from what. */
import type { Statements } from "../task/statements.ts";

export interface Reviewed {
  /** What is after the review: rejected sentences are not in it. */
  readonly statements: Statements;
  /** Whether a model wrote a draft; false for a report of a person alone. */
  readonly drafted: boolean;
  /** Absent while it is a draft. */
  readonly signed?: { readonly name: string; readonly at: Date; readonly sha256: string };
  /** Whether addenda were signed after it. */
  readonly appended?: boolean;
  /** In words: how many sentences were accepted, edited, rejected, added; the image quality; addenda. */
  readonly remarks: readonly string[];
}
