/** The patient of a part, for checks within this process. */
import type { Origin, Part } from "./types.ts";

type Attributes = NonNullable<Origin["dicom"]>["attributes"];

/**
 * Attributes removed by de-identification, by the remaining origin. Never part of a result: the origin itself no longer
 * contains them.
 */
const removed = new WeakMap<Origin, Attributes>();

/**
 * Keeps the removed header attributes as long as the part is used, so that patients are still distinguished and ages
 * still checked.
 */
export function rememberIdentity(origin: Origin, attributes: Attributes): void {
  removed.set(origin, attributes);
}

export interface Identity {
  readonly attributes: Attributes;
  /** After de-identification, values must not be shown. */
  readonly deidentified: boolean;
}

/** A part's header before de-identification. */
export function identityOf({ origin }: Part): Identity {
  const original = removed.get(origin);
  return { attributes: original ?? origin.dicom?.attributes ?? {}, deidentified: original !== undefined };
}
