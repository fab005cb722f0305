/** Callers of the last second: a viewer or a program makes many calls at once, each with the same token. */
import type { Database } from "../store/index.ts";
import type { Caller } from "./scopes.ts";

/**
 * Milliseconds. A revocation takes effect at once in the server that was asked ({@link forgetCallers}), and after this time in
 * the other servers of the same database.
 */
const life = 1000;

/** Larger than the callers of a second; a flood of wrong tokens is never kept. */
const most = 1000;

interface Known {
  readonly caller: Caller;
  readonly until: number;
}

const known = new WeakMap<Database, Map<string, Known>>();

/** @param find asks the database; strangers are not remembered. */
export async function callerOnce(
  database: Database,
  secret: string,
  find: () => Promise<Caller | undefined>,
): Promise<Caller | undefined> {
  const callers = known.get(database) ?? new Map<string, Known>();
  known.set(database, callers);
  const found = callers.get(secret);
  const now = performance.now();
  if (found !== undefined && now < found.until) return found.caller;
  const caller = await find();
  // Forgotten meanwhile: what was read may be out of date.
  if (known.get(database) !== callers) return caller;
  if (callers.size >= most) callers.clear();
  if (caller === undefined) callers.delete(secret);
  else callers.set(secret, { caller, until: now + life });
  return caller;
}

/** Called after a token, a session or a person has changed. */
export function forgetCallers(database: Database): void {
  known.delete(database);
}
