/** A resource that is opened when first needed and may be closed until needed again: a text answer needs no vision tower, a short prompt no prefill graph. */
export interface Lazy<T> {
  open(): Promise<T>;
  /** Does nothing if it is not open. */
  close(): Promise<void>;
}

export function lazy<T extends { close(): Promise<void> }>(make: () => Promise<T>): Lazy<T> {
  let opened: Promise<T> | undefined;
  return {
    open() {
      opened ??= make().catch((error: unknown) => {
        // A failure is not cached: the next call tries again.
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      const own = opened;
      opened = undefined;
      if (own !== undefined) await (await own).close();
    },
  };
}
