/** The terminal: what goes to stdout and stderr, without control characters that came with it, and Ctrl-C. */
import { printable } from "../../base/printable.ts";
import { clearProgress } from "../../base/progress-bar.ts";
import { exitCodes } from "./exit-codes.ts";

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
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // A closed pipe (`| head`) is not a failure.
    if (error.code === "EPIPE") process.exit(0);
    const full = error.code === "ENOSPC" ? " The disk is full: free some space." : "";
    note(`Error: standard output: cannot be written (${error.code ?? error.message}).${full}`);
    process.exit(exitCodes.output);
  });
  // There is nowhere left to say it.
  process.stderr.on("error", () => undefined);
}

/** True when stdout is a terminal. */
export const onTerminal = (): boolean => process.stdout.isTTY === true;

export function print(text: string): void {
  printPiece(text.endsWith("\n") ? text : `${text}\n`);
}

/** Part of a line. */
export function printPiece(text: string): void {
  process.stdout.write(printable(text));
}

/** Prints a note to stderr. */
export function note(text: string): void {
  clearProgress();
  process.stderr.write(
    `${text
      .split(ownStyles)
      .map((piece) => (ownStyles.test(piece) && styles() ? piece : printable(piece)))
      .join("")}\n`,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes that `styled` writes.
const ownStyles = /(\x1b\[(?:1|2|22)m)/;
const styles = () => process.stderr.isTTY === true && process.env.NO_COLOR === undefined;

export const dim = (text: string): string => styled(text, 2);
export const strong = (text: string): string => styled(text, 1);

/** Bold (1) or dim (2), unless stderr is not a terminal or NO_COLOR is set. */
function styled(text: string, style: 1 | 2): string {
  return styles() ? `\x1b[${style}m${text}\x1b[22m` : text;
}
