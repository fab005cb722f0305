/**
 * Runs one command line, from its arguments to an exit code. Only the module of the named command is loaded, for fast
 * startup.
 */
import { inspect } from "node:util";
import { Command, CommanderError } from "commander";
import { PolyclinicError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import { commands } from "./commands.ts";
import { exitCodeOf, exitCodes } from "./shared/exit-codes.ts";
import { interrupted, note, printPiece } from "./shared/terminal.ts";

const footer = `
Research software, not a medical device: not for clinical use.

Exit codes: 0 answered; 2 wrong usage; 3 files cannot be used; 4 model cannot be used; 5 answer could not be parsed;
6 some studies of a batch failed (when all did: the code of the first failure); 7 output cannot be written; 8 refused, outside what the
model was trained on; 9 a strategy gives no answer (its replies disagree, or the budget did not allow one); 130 interrupted; 1 internal error.

Examples with the samples of the package (in your project, first: cp -r node_modules/polyclinic/samples .):
  $ polyclinic ask samples/chest-xray.jpg "Is there pneumonia?"
  $ polyclinic ask samples/chart.json "What was the last haemoglobin, and is it falling?"
  $ polyclinic labs samples/lab-report.pdf --csv lab-report.csv`;

/** Runs one command line (the arguments after the program's name); the result is the process's exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<void> {
  const debug = argv.includes("--debug");
  const given = argv.filter((argument) => argument !== "--debug");
  const program = new Command("polyclinic")
    .description(
      "Medical images in, checked answers out: MedGemma-class models on DICOM, NIfTI, slides, photographs, PDFs, health records and text.",
    )
    .version(version, "-V, --version")
    .option("--debug", "print the stack trace of an error")
    .addHelpText("after", footer)
    .showHelpAfterError("(add --help for usage)")
    .configureOutput({ writeOut: printPiece, writeErr: (text) => note(text.trimEnd()) })
    .exitOverride();
  try {
    checkLength(given);
    await register(program, given);
    await program.parseAsync(given, { from: "user" });
  } catch (error) {
    process.exitCode = report(error, debug);
  }
}

/** ONNX Runtime 1.30 crashes in a process whose command line has about 28,000 characters. */
const maxCommandLineLength = 16_000;

function checkLength(given: readonly string[]): void {
  const characters = given.join(" ").length;
  if (characters <= maxCommandLineLength) return;
  throw new PolyclinicError("usage/too-long", "the command line is too long", {
    expected: `at most ${maxCommandLineLength} characters`,
    found: String(characters),
    hint: "Put a long question into a file and pass -q @question.txt. Name a folder instead of its files.",
  });
}

async function register(program: Command, given: readonly string[]): Promise<void> {
  const named = given.find((argument) => !argument.startsWith("-"));
  const commandName = named === "help" ? given[given.indexOf("help") + 1] : named;
  const all = await commands(commandName);
  const entry = commandName === undefined ? undefined : all[commandName];
  if (entry === undefined)
    for (const [name, { summary }] of Object.entries(all)) program.command(name).description(summary);
  else await entry.register(program);
  // Subcommands do not inherit these settings.
  for (const command of program.commands) command.exitOverride().showHelpAfterError("(add --help for usage)");
}

/** Prints an error as a message and a hint; the stack only on request. @returns the exit code. */
function report(error: unknown, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (debug) note(inspect(error));
  if (PolyclinicError.is(error)) {
    if (!debug) note(error.code === "abort/aborted" || interrupted.aborted ? "Stopped." : `Error: ${error.message}`);
    return interrupted.aborted ? exitCodes.interrupted : exitCodeOf(error.code);
  }
  if (interrupted.aborted) return exitCodes.interrupted;
  if (!debug)
    note(
      `Unexpected failure: ${(error as Error | undefined)?.message ?? String(error)}. Run the command again with --debug to see the stack trace.`,
    );
  return exitCodes.internal;
}
