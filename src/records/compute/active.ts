/** Whether something is current: by its status, otherwise by its dates; undetermined cases are reported. */
import { isBefore } from "../dates.ts";
import type { Fact } from "../fact.ts";
import { nameOf } from "./words.ts";

const yes = new Set([
  "active",
  "recurrence",
  "relapse",
  "in-progress",
  "on-hold",
  "intended",
  "accepted",
  "proposed",
  "arrived",
]);
const no = new Set([
  "resolved",
  "inactive",
  "remission",
  "completed",
  "stopped",
  "cancelled",
  "ended",
  "finished",
  "aborted",
  "revoked",
  "not-taken",
  "superseded",
]);

export function isActive(fact: Fact, today: string): { active: boolean; caution?: string } {
  const status = fact.status?.toLowerCase();
  const ended = fact.end !== undefined && isBefore(fact.end, today);
  if (status !== undefined && yes.has(status)) {
    // An active status with an end date in the past is contradictory: the end date wins.
    return ended
      ? { active: false, caution: `${nameOf(fact)} has the status ${status} but ended ${fact.end}` }
      : { active: true };
  }
  // A C-CDA medication that is "completed" may still be taken: its end date decides.
  if (status !== undefined && no.has(status) && !(status === "completed" && fact.end !== undefined && !ended))
    return { active: false };
  if (ended) return { active: false };
  if (fact.end !== undefined) return { active: true };
  return { active: true, caution: `${nameOf(fact)} has neither a status nor an end date: it is assumed to continue` };
}
