/**
 * A command line run in the test's own process: the same code from arguments to exit code and output, without the second that a new process
 * takes to load. What concerns the process itself (signals, a full standard output, a kill) is tested on the compiled program.
 */
import { runCommandLine } from "../../src/cli/command-line.ts";

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One at a time: folder, environment and output streams are the process's. All are put back. */
export async function runHere(
  args: readonly string[],
  { cwd, env }: { cwd: string; env: Readonly<Record<string, string>> },
): Promise<Ended> {
  const before = {
    cwd: process.cwd(),
    env: process.env,
    code: process.exitCode,
    out: process.stdout.write,
    err: process.stderr.write,
  };
  let [out, err] = ["", ""];
  process.chdir(cwd);
  process.env = { ...process.env, ...env };
  process.exitCode = undefined;
  process.stdout.write = collect((text) => (out += text));
  process.stderr.write = collect((text) => (err += text));
  try {
    await runCommandLine(args);
    return { code: Number(process.exitCode ?? 0), out, err };
  } finally {
    process.stdout.write = before.out;
    process.stderr.write = before.err;
    process.exitCode = before.code;
    process.env = before.env;
    process.chdir(before.cwd);
  }
}

function collect(take: (text: string) => void): typeof process.stdout.write {
  return (piece: string | Uint8Array, ...rest: unknown[]) => {
    take(typeof piece === "string" ? piece : Buffer.from(piece).toString("utf8"));
    const done = rest.at(-1);
    if (typeof done === "function") queueMicrotask(done as () => void);
    return true;
  };
}
