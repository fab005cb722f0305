/** What is opened when it is first needed: a text answer needs no vision tower, a short one no prefill graph. */
export interface Later<T> {
  open(): Promise<T>;
  /** Undefined when nobody opened it. */
  readonly opened: Promise<T> | undefined;
}

export function later<T>(make: () => Promise<T>): Later<T> {
  let opened: Promise<T> | undefined;
  return {
    open: () => (opened ??= make()),
    get opened() {
      return opened;
    },
  };
}
