/** The terminal: what goes to stdout and stderr, and Ctrl-C. */
import { clearProgress } from "../../base/progress-bar.ts";

const interruption = new AbortController();

/** Fires on the first Ctrl-C: work stops at its next step and leaves no partial files. A second Ctrl-C kills the process. */
export const interrupted: AbortSignal = interruption.signal;

export function listenForInterrupts(): void {
  const stop = (code: number) => {
    if (interruption.signal.aborted) process.exit(code);
    interruption.abort();
  };
  process.on("SIGINT", () => stop(130));
  process.on("SIGTERM", () => stop(143));
  // A closed pipe (`| head`) is not a failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}

/** True when stdout is a terminal. */
export const onTerminal = (): boolean => process.stdout.isTTY === true;

export function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Prints a note to stderr. */
export function note(text: string): void {
  clearProgress();
  process.stderr.write(`${text}\n`);
}

export const dim = (text: string): string => styled(text, 2);
export const strong = (text: string): string => styled(text, 1);

/** Bold (1) or dim (2), unless stderr is not a terminal or NO_COLOR is set. */
function styled(text: string, style: 1 | 2): string {
  return process.stderr.isTTY && process.env.NO_COLOR === undefined ? `\x1b[${style}m${text}\x1b[22m` : text;
}
