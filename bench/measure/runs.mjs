/** Runs at size: recorded calls scored again, a large log opened and reported, and the runner's own time against a server that answers after 100 ms. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const worker = fileURLToPath(new URL("run-worker.mjs", import.meta.url));

/** Each figure in a separate process, so that its memory is measured alone. */
function child(...args) {
  return new Promise((resolve, reject) => {
    const started = spawn(process.execPath, [worker, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    started.stdout.on("data", (chunk) => {
      text += chunk;
    });
    started.on("close", (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`${args[0]} ended with ${code}`)),
    );
  });
}

export async function runRows({ only, log }) {
  const processor = `${cpus()[0]?.model ?? "unknown"}, load ${loadavg()[0].toFixed(1)}`;
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-bench-runs-"));
  const found = [];
  const add = (id, ours, unit, note) => found.push({ id, ours, unit, note: `${note}; ${processor}` });
  const isSelected = (id) => only === undefined || only === id;
  try {
    if (isSelected("score again")) {
      log("56,000 recorded calls scored again");
      await child("make", join(folder, "votes"), "56000", "8");
      const { cpu, wall } = await child("score", join(folder, "votes"));
      add(
        "score again",
        cpu,
        "s",
        `processor time, 56,000 calls of 7,000 items, wall ${wall.toFixed(1)} s, no model opened`,
      );
    }
    if (isSelected("large log")) {
      log("a log of 100,000 calls");
      await child("make", join(folder, "log"), "100000", "1");
      const { opened, cpu, wall, resident } = await child("report", join(folder, "log"));
      add("large log, opened", opened, "ms", "100,000 calls");
      add("large log, reported", cpu, "s", `processor time, 100,000 calls, wall ${wall.toFixed(1)} s`);
      add("large log, memory", resident, "MB", "peak resident memory of the process");
    }
    if (isSelected("runner")) {
      log("6,400 items at 64 at once");
      const { above, each } = await child("runner", join(folder, "runner"), "6400", "64", "100");
      add(
        "runner, above the least",
        above,
        "%",
        "wall time minus that of the same requests with fetch alone, 6,400 items, 64 at once, 100 ms each",
      );
      add("runner, an item", each, "ms", "processor time of the runner, the server in another process");
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return found;
}
