/** Whose a part is, for checks inside this process. */
import type { Origin, Part } from "./types.ts";

type Attributes = NonNullable<Origin["dicom"]>["attributes"];

/** What de-identification removed, by the origin it left. Never in a result: the origin itself no longer has it. */
const removed = new WeakMap<Origin, Attributes>();

/** Keeps what was removed from a header for as long as the part is used, so that two patients are told apart and ages are checked all the same. */
export function keepIdentity(origin: Origin, attributes: Attributes): void {
  removed.set(origin, attributes);
}

export interface Identity {
  readonly attributes: Attributes;
  /** Whether values may be said: not after de-identification. */
  readonly deidentified: boolean;
}

/** A part's header as it was read. */
export function identityOf({ origin }: Part): Identity {
  const kept = removed.get(origin);
  return { attributes: kept ?? origin.dicom?.attributes ?? {}, deidentified: kept !== undefined };
}
