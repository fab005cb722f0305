/** Questions in the terminal, each answered with a line of standard input. */
import { createInterface } from "node:readline";
import { PolyclinicError } from "../../base/errors.ts";

export interface LinesTyped {
  /** The next line, without surrounding spaces; undefined when it is empty or the input has ended. */
  ask(prompt: string): Promise<string | undefined>;
  close(): void;
}

/** Lines that arrive before they are asked for, as from a pipe, are kept. Ctrl-C at a question interrupts the command. */
export function linesTyped({
  input = process.stdin,
  output,
  signal,
}: {
  input?: NodeJS.ReadableStream;
  output: NodeJS.WritableStream;
  signal: AbortSignal;
}): LinesTyped {
  const terminal = createInterface({ input, output });
  const lines = terminal[Symbol.asyncIterator]();
  const close = () => terminal.close();
  signal.addEventListener("abort", close, { once: true });
  // In a terminal readline takes Ctrl-C for itself.
  terminal.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  let ended = false;
  terminal.once("close", () => {
    ended = true;
  });
  return {
    async ask(prompt) {
      if (ended) output.write(prompt);
      else {
        terminal.setPrompt(prompt);
        terminal.prompt();
      }
      const { value, done } = await lines.next();
      if (signal.aborted || done) output.write("\n");
      if (signal.aborted) throw new PolyclinicError("abort/aborted", "stopped on request");
      return done ? undefined : value.trim() || undefined;
    },
    close() {
      signal.removeEventListener("abort", close);
      close();
    },
  };
}
