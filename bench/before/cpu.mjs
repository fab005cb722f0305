/** Loaded before a program: writes the processor seconds of its process, all threads, to CPU_FILE when it ends; a program may write its own. */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";

const file = process.env.CPU_FILE;
if (isMainThread) {
  rmSync(file, { force: true });
  process.on("exit", () => {
    if (existsSync(file)) return;
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(file, JSON.stringify((userCPUTime + systemCPUTime) / 1e6));
  });
}
