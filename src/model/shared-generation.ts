/** An answer that can be iterated or awaited; the first of these starts it, and every listener receives every piece. */
import type { Generation, GenerationResult, TextDelta } from "./contract.ts";

/**
 * @param produce runs once: yields pieces and returns the result.
 */
export function sharedGeneration(produce: () => AsyncGenerator<TextDelta, GenerationResult>): Generation {
  const pieces: TextDelta[] = [];
  let wake: (() => void)[] = [];
  let running: Promise<GenerationResult> | undefined;
  let over = false;

  const announce = () => {
    const sleepers = wake;
    wake = [];
    for (const resume of sleepers) resume();
  };
  const drive = async () => {
    try {
      const source = produce();
      for (;;) {
        const step = await source.next();
        if (step.done) return step.value;
        pieces.push(step.value);
        announce();
      }
    } finally {
      over = true;
      announce();
    }
  };
  const start = () => {
    if (running === undefined) {
      running = drive();
      // A listener that only iterates sees the failure there; it is not unhandled because nobody awaits `result`.
      running.catch(() => {});
    }
    return running;
  };
  return {
    get result() {
      return start();
    },
    async *[Symbol.asyncIterator]() {
      const result = start();
      for (let next = 0; ; ) {
        if (next < pieces.length) yield pieces[next++];
        else if (over) break;
        else await new Promise<void>((resume) => wake.push(resume));
      }
      await result;
    },
  };
}
