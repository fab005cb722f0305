/** `polyclinic worker`. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { embeddedName } from "../../base/embedded-model.ts";
import { interrupted, note, print } from "../shared/terminal.ts";
import { collect, whole } from "../shared/values.ts";

interface Options {
  data: string;
  database?: string;
  model?: string[];
  lease: number;
  untilEmpty?: boolean;
}

export function registerWorker(program: Command): void {
  program
    .command("worker")
    .description(
      "process the jobs in a server's queue; any number of workers on any machines may share one PostgreSQL database and one folder of files",
    )
    .option(
      "--data <folder>",
      "path of the server's data folder on this machine",
      join(homedir(), ".polyclinic", "server"),
    )
    .option("--database <url>", "the server's PostgreSQL database; without it the embedded store of a stopped server")
    .option("-m, --model <name>", "process only jobs for this model; can be repeated", collect)
    .option(
      "--lease <seconds>",
      "a worker without a heartbeat for this time is considered dead, and its job goes to another worker",
      whole,
      60,
    )
    .option("--until-empty", "exit when the queue is empty")
    .addHelpText("after", "\nExample:\n  $ polyclinic worker --data my-studies --until-empty")
    .action(run);
}

async function run({ data, database, model = [embeddedName], lease, untilEmpty }: Options): Promise<void> {
  const { openWorker } = await import("../../server/jobs/open-worker.ts");
  let done = 0;
  const running = await openWorker({
    data,
    models: model,
    lease,
    ...(database !== undefined && { databaseUrl: database }),
    onFailure: (error) => note(`Unexpected failure: ${(error as Error).message}`),
    onDone: () => {
      done++;
    },
  });
  interrupted.addEventListener("abort", () => void running.close(), { once: true });
  try {
    if (untilEmpty) await running.worker.untilEmpty();
    else {
      running.worker.start();
      note("Waiting for jobs. Press Ctrl-C to stop; unfinished jobs return to the queue.");
      await new Promise<void>((resolve) => {
        if (interrupted.aborted) resolve();
        interrupted.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    print(`${done} jobs finished.`);
  } finally {
    await running.close();
  }
}
