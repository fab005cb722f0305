/** A laboratory report as a record: its results can then be asked, and what a model says of them checked. */
import { clockToday } from "../dates.ts";
import { finishRecord } from "../finish.ts";
import type { HealthRecord } from "../record.ts";
import type { LabDocument } from "./read-document.ts";

/**
 * One report of one patient, who is not named: what a page prints beside its results is not read. Print that was not taken for a result is
 * among what was dropped.
 *
 * @param today ISO date, against which future dates are recognised. Default: the clock's.
 */
export function labRecord({ facts, unread, warnings, review, rows }: LabDocument, today = clockToday()): HealthRecord {
  const marked = review.length;
  return finishRecord(
    "lab-report",
    { id: "" },
    {
      facts: facts.map((fact) => ({ ...fact })),
      texts: [],
      dropped: unread.map(({ page, text }) => ({ what: `page ${page}: ${text}`, reason: "not read as a result" })),
    },
    [],
    today,
    [
      ...warnings,
      ...(marked > 0 ? [`${marked} of ${rows.length} results on the page may be misread: look at them before use`] : []),
    ],
  );
}
