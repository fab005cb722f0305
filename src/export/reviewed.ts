/**
 * The result of a person's review of a model's draft. It replaces the answer in an export, which still states the model
 * and its input.
 */
import type { Measure } from "../study/display/measures.ts";
import type { Statements } from "../task/statements.ts";

/** A report after review by a person, as the exports of a signed report need it. */
export interface Reviewed {
  /** Statements after the review, without rejected sentences. */
  readonly statements: Statements;
  /** Whether a model wrote a draft; false for a report written by a person alone. */
  readonly drafted: boolean;
  /** Absent while it is a draft. */
  readonly signed?: { readonly name: string; readonly at: Date; readonly sha256: string };
  /** Whether addenda were signed after it. */
  readonly appended?: boolean;
  /** What people measured and outlined on the images. */
  readonly marks?: readonly Measure[];
  /** As text: how many sentences were accepted, edited, rejected, added; the image quality; addenda. */
  readonly remarks: readonly string[];
}
