/** The command line as a user runs it, and the samples for it. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export const sample = (name) => fileURLToPath(new URL(`../../samples/${name}`, import.meta.url));

/** Number of repetitions of short measurements; the median counts. */
export const turns = Number(process.env.POLYCLINIC_BENCH_TURNS ?? 5);

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
/** The command line streams only to terminals: this makes it treat its pipe as one. */
const asTerminal = ["--import", "data:text/javascript,process.stdout.isTTY=true"];

/** @returns stdout, and milliseconds from the start of the process to its first output and to its end. */
export function run(args, { terminal = false } = {}) {
  const began = performance.now();
  const child = spawn(process.execPath, [...(terminal ? asTerminal : []), main, ...args]);
  const out = [];
  let err = "";
  let firstMs;
  child.stdout.on("data", (piece) => {
    firstMs ??= performance.now() - began;
    out.push(piece);
  });
  child.stderr.on("data", (piece) => (err += piece));
  return new Promise((resolve, reject) =>
    child.on("close", (code) => {
      const endMs = performance.now() - began;
      if (code === 0 || code === 5 || code === 6) resolve({ out: Buffer.concat(out), err, firstMs, endMs });
      else reject(new Error(`polyclinic ${args.join(" ")} ended with ${code}: ${err.trim()}`));
    }),
  );
}

export function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
