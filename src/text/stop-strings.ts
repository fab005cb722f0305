/** Ends a stream of text at the first of several strings, holding back any possible beginning of one. */
export class StopStrings {
  private held = "";
  private readonly stops: readonly string[];

  constructor(stops: readonly string[]) {
    this.stops = stops.filter((stop) => stop !== "");
  }

  /**
   * The text that can be shown now, and whether a stop string was completed; the stop string and everything after it
   * are dropped.
   */
  push(text: string): { text: string; stopped: boolean } {
    const seen = this.held + text;
    const at = this.stops.map((stop) => seen.indexOf(stop)).filter((i) => i >= 0);
    if (at.length > 0) {
      this.held = "";
      return { text: seen.slice(0, Math.min(...at)), stopped: true };
    }
    const keep = Math.max(0, ...this.stops.map((stop) => overlap(seen, stop)));
    this.held = seen.slice(seen.length - keep);
    return { text: seen.slice(0, seen.length - keep), stopped: false };
  }

  /** Returns the text still held back at the end of the stream. */
  flush(): string {
    const text = this.held;
    this.held = "";
    return text;
  }
}

/** Length of the longest suffix of `text` that is a prefix of `stop`. */
function overlap(text: string, stop: string): number {
  for (let n = Math.min(text.length, stop.length - 1); n > 0; n--) if (text.endsWith(stop.slice(0, n))) return n;
  return 0;
}
