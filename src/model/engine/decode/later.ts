/** What is opened when it is first needed, and can be closed until it is needed again: a text answer needs no vision tower, a short one no prefill graph. */
export interface Later<T> {
  open(): Promise<T>;
  /** Nothing where nobody opened it. */
  close(): Promise<void>;
}

export function later<T>(make: () => Promise<T>, end: (opened: T) => Promise<void>): Later<T> {
  let opened: Promise<T> | undefined;
  return {
    open: () => (opened ??= make()),
    async close() {
      const own = opened;
      opened = undefined;
      if (own !== undefined) await end(await own);
    },
  };
}
