/** Runs one measured program in a separate process on two cores, and reads the JSON line it prints. */
import { execFile, execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Two cores for everyone: on larger machines processes are pinned if `taskset` exists. */
const twoCores = (() => {
  if (availableParallelism() <= 2) return [];
  try {
    execFileSync("taskset", ["-c", "0,1", "true"], { stdio: "ignore" });
    return ["taskset", "-c", "0,1"];
  } catch {
    return [];
  }
})();

/** The Python that has the peers' libraries: `POLYCLINIC_PYTHON`, or the one on the path. */
const python = process.env.POLYCLINIC_PYTHON ?? "python3";

/** Runs `command args` and returns the object on the last line of its output. */
export function measure(command, args) {
  const [program, ...rest] = [...twoCores, command, ...args];
  return new Promise((resolve, reject) => {
    execFile(program, rest, { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(stderr.trim().split("\n").at(-1) || error.message, { cause: error }));
      else resolve(JSON.parse(stdout.trim().split("\n").at(-1)));
    });
  });
}

/** Rounds in which the sides alternate: POLYCLINIC_BENCH_TURNS, or the usual number. */
export const roundsOf = (usual) => Number(process.env.POLYCLINIC_BENCH_TURNS ?? usual);

/**
 * The peer's time divided by ours, of wall time and of processor time: median of the rounds, minimum and maximum. Other
 * programs on the machine affect processor time less.
 */
export function ratiosOfRounds(mine, theirs) {
  const of = (key) => {
    const ratios = mine.map((one, i) => theirs[i][key] / one[key]).sort((a, b) => a - b);
    return `${ratios[ratios.length >> 1].toFixed(2)} (${ratios[0].toFixed(2)} to ${ratios.at(-1).toFixed(2)})`;
  };
  return `ratio in ${mine.length} rounds ${of("seconds")}, of processor time ${of("cpuSeconds")}`;
}

/** One of our own programs of this folder. */
export const ours = (script, ...args) =>
  measure(process.execPath, [new URL(script, import.meta.url).pathname, ...args]);

/** A peer of `bench/peers`; undefined, with a log line, if Python or its library is missing. */
export async function peer(script, log, ...args) {
  try {
    return await measure(python, [new URL(`../peers/${script}`, import.meta.url).pathname, ...args]);
  } catch (error) {
    log(`${script} was skipped: ${error.message}`);
    return undefined;
  }
}
