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
      "answer the jobs that wait in a server's queue; any number of workers on any machines may share one PostgreSQL and one folder of files",
    )
    .option("--data <folder>", "the server's folder, as this machine sees it", join(homedir(), ".polyclinic", "server"))
    .option("--database <url>", "the server's PostgreSQL; without it the embedded store, of a server that is stopped")
    .option("-m, --model <name>", "a model whose jobs are taken; can be given several times", collect)
    .option(
      "--lease <seconds>",
      "a worker that is silent for so long is held for dead, and its job goes to another",
      whole,
      60,
    )
    .option("--until-empty", "end when no job waits")
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
      note("Waiting for jobs. Ctrl-C ends it; what is under way is given back.");
      await new Promise<void>((resolve) => {
        if (interrupted.aborted) resolve();
        interrupted.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    print(`${done} jobs ended.`);
  } finally {
    await running.close();
  }
}
