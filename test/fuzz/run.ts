/**
 * `npm run fuzz -- COUNT [FIRST] [--state FILE] [--processes N]`: reads that many broken files, from number FIRST on, in as many processes as there
 * are cores, and says what became of them; faults are printed as they are found. With a state file a run that was stopped goes on, files that are
 * done are not read again, and a second run may try other numbers. Ends with 1 when a file crashed, hung, took too much time or memory, or ended in
 * an error without a name.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { brokenFile } from "./broken.ts";
import { bundleChild } from "./bundle.ts";
import { fuzz } from "./drive.ts";
import { seeds } from "./seeds.ts";
import { add, type FoundFault, hashOfSeeds, missing, readState, writeState } from "./state.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { state: { type: "string" }, processes: { type: "string", default: `${availableParallelism()}` } },
});
const [count, first = 0] = positionals.map(Number);
const processes = Number(values.processes);
if (
  ![count, processes].every((n) => Number.isSafeInteger(n) && n > 0) ||
  !(Number.isSafeInteger(first) && first >= 0)
) {
  process.stderr.write("COUNT, FIRST and N must be whole numbers, as in: npm run fuzz -- 100000 0 --state fuzz.json\n");
  process.exit(2);
}

/** Of one process at a time; small at the end of a run, so that no core waits long. */
const shareOf = Math.max(50, Math.min(5000, Math.ceil(count / processes / 4)));
const bases = await seeds();
const state = readState(values.state, hashOfSeeds(bases));
const waiting = missing(state.done, [first, first + count], shareOf);
const total = waiting.reduce((sum, [from, to]) => sum + to - from, 0);
process.stderr.write(`${bases.length} seeds; ${count - total} of ${count} files done before\n`);

const start = performance.now();
let done = 0;
let writing = Promise.resolve();
let [written, printed] = [start, start];
const save = () => {
  const { state: path } = values;
  if (path !== undefined) writing = writing.then(() => writeState(path, structuredClone(state)));
  written = performance.now();
  return writing;
};
const show = ({ file, name, how, fault }: FoundFault) =>
  process.stdout.write(`\nfile ${file}, ${name} broken by ${how}:\n${fault}\n`);

function described(file: number): { name: string; how: string } {
  const { name } = bases[file % bases.length];
  try {
    return { name, how: brokenFile(bases, file).how };
  } catch {
    return { name, how: "a change that cannot be made again" };
  }
}

const { path: child, remove } = await bundleChild();
const work = async () => {
  for (let range = waiting.shift(); range !== undefined; range = waiting.shift())
    await fuzz(child, range, (progress) => {
      const found = progress.faults.map(({ file, fault }) => ({ file, ...described(file), fault }));
      found.forEach(show);
      add(state, progress, found);
      done += progress.next - progress.from;
      const now = performance.now();
      if (found.length > 0 || now - written > 5000) void save();
      if (now - printed < 10_000) return;
      printed = now;
      const each = done / ((now - start) / 1000);
      process.stderr.write(
        `${done} of ${total} files, ${each.toFixed(0)} a second, ${((total - done) / each / 60).toFixed(0)} minutes left, ${state.faults.length} faults\n`,
      );
    });
};
// Stopped: what is known is kept, and the children end with their channel.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await save();
    await remove();
    process.exit(130);
  });
try {
  await Promise.all(Array.from({ length: processes }, work));
} finally {
  await save();
  await remove();
}

const tried = state.done.reduce((sum, [from, to]) => sum + to - from, 0);
const lines = Object.entries(state.outcomes).sort((a, b) => b[1] - a[1]);
process.stdout.write(
  `\n${lines.map(([code, n]) => `${String(n).padStart(8)}  ${code}`).join("\n")}\n\n${tried} files, ${state.faults.length} faults\n`,
);
process.exit(state.faults.length > 0 ? 1 : 0);
