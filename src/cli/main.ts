#!/usr/bin/env node
/** `polyclinic`: the process around one command line. */
import { runCommandLine } from "./command-line.ts";
import { listenForInterrupts } from "./shared/terminal.ts";

listenForInterrupts();
await runCommandLine(process.argv.slice(2));
