/** Calls that come one by one, sent together: while one group is under way, the next gathers. */

/** Settled in the order of the group. */
export class Gathered<Item, Done> {
  private readonly waiting: { item: Item; resolve: (done: Done) => void; reject: (error: unknown) => void }[] = [];
  private sending = false;

  /**
   * @param send takes at most `most` items; returns one value for each, in their order.
   * @param wait milliseconds in which a first item waits for others. Default: those of the same turn of the event loop.
   */
  constructor(
    private readonly send: (items: readonly Item[]) => Promise<readonly Done[]>,
    private readonly most: number,
    private readonly wait = 0,
  ) {}

  /** @throws what `send` throws, for every item of the group. */
  add(item: Item): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      void this.drain();
    });
  }

  private async drain(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    await (this.wait > 0 ? new Promise((resolve) => setTimeout(resolve, this.wait)) : undefined);
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, this.most);
      try {
        const done = await this.send(group.map(({ item }) => item));
        for (const [i, { resolve }] of group.entries()) resolve(done[i]);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.sending = false;
  }
}
