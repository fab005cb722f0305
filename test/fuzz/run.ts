/**
 * `npm run fuzz -- COUNT [--state FILE] [--least N] [--processes N]`: reads that many broken files, at least N of every seed and the rest by processor
 * time (`schedule.ts`), and says what became of them; faults are printed as they are found. With a state file a run that was stopped goes on, files
 * that are done are not read again, and the faults of before are tried again first: those that are gone leave the list.
 *
 * `npm run fuzz -- --bundle NAME`: writes the fuzzer as plain JavaScript to `.cache/NAME` and ends; `node .cache/NAME/run.mjs COUNT --state FILE` then
 * starts in a fraction of the processor time, for a long run at low priority.
 *
 * `npm run fuzz -- COUNT FIRST`: the files of these numbers, one after the other.
 *
 * Ends with 1 when a file crashed, hung, took too much time or memory, or ended in an error without a name.
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brokenFile } from "./broken.ts";
import { bundleChild } from "./bundle.ts";
import { fuzz, type Progress } from "./drive.ts";
import { nextTurn } from "./schedule.ts";
import { seeds } from "./seeds.ts";
import { add, type FoundFault, hashOfSeeds, readState, writeState } from "./state.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    bundle: { type: "string" },
    state: { type: "string" },
    least: { type: "string" },
    processes: { type: "string", default: `${availableParallelism()}` },
  },
});
if (values.bundle !== undefined) {
  if (!/^[\w-]+$/.test(values.bundle)) {
    process.stderr.write("NAME must be of letters, digits, _ and -, as in: npm run fuzz -- --bundle fuzz\n");
    process.exit(2);
  }
  const { path } = await bundleChild(values.bundle);
  process.stdout.write(`${path.replace(/child\.mjs$/, "run.mjs")}\n`);
  process.exit(0);
}
const [count, first] = positionals.map(Number);
const bases = await seeds();
const step = bases.length;
const processes = Number(values.processes);
const least = values.least === undefined ? Math.floor(Math.min(2000, count / step / 2)) : Number(values.least);
if (
  ![count, processes].every((n) => Number.isSafeInteger(n) && n > 0) ||
  ![first ?? 0, least].every((n) => Number.isSafeInteger(n) && n >= 0) ||
  (first !== undefined && values.state !== undefined)
) {
  process.stderr.write(
    "COUNT and N must be whole numbers, as in: npm run fuzz -- 100000 --state fuzz.json\nor, for files by their numbers and without a state: npm run fuzz -- 100 211300\n",
  );
  process.exit(2);
}

const state = readState(values.state, hashOfSeeds(bases), step);
const filesTried = () => state.tried.reduce((sum, { files }) => sum + files, 0);
const before = filesTried();
process.stderr.write(`${step} seeds; ${Math.min(before, count)} of ${count} files done before\n`);

const start = performance.now();
let [written, printed] = [start, start];
let writing = Promise.resolve();
const save = () => {
  const { state: path } = values;
  if (path !== undefined) writing = writing.then(() => writeState(path, structuredClone(state)));
  written = performance.now();
  return writing;
};
const show = ({ file, name, how, fault }: FoundFault) =>
  process.stdout.write(`\nfile ${file}, ${name} broken by ${how}:\n${fault}\n`);

function described(file: number): { name: string; how: string } {
  const { name } = bases[file % step];
  try {
    return { name, how: brokenFile(bases, file).how };
  } catch {
    return { name, how: "a change that cannot be made again" };
  }
}

const foundIn = ({ faults }: Progress): FoundFault[] => {
  const found = faults.map(({ file, fault }) => ({ file, ...described(file), fault }));
  found.forEach(show);
  return found;
};

function onProgress(progress: Progress): void {
  const found = foundIn(progress);
  add(state, progress, step, found);
  const now = performance.now();
  if (found.length > 0 || now - written > 5000) void save();
  if (now - printed < 10_000) return;
  printed = now;
  const done = filesTried();
  process.stderr.write(
    `${done} of ${count} files, ${((done - before) / ((now - start) / 1000)).toFixed(0)} a second, ${state.faults.length} faults\n`,
  );
}

/** Those that are still there. */
async function tryAgain(child: string, faults: readonly FoundFault[]): Promise<FoundFault[]> {
  const there: FoundFault[] = [];
  for (const file of new Set(faults.map((fault) => fault.file)))
    await fuzz(child, { from: file, to: file + 1, step }, (progress) => there.push(...foundIn(progress)));
  return there;
}

const busy = new Set<number>();
let given = before;
async function work(child: string): Promise<void> {
  for (;;) {
    const turn = nextTurn(state.tried, { busy, left: count - given, least });
    if (turn === undefined) return;
    const { seed, files } = turn;
    busy.add(seed);
    given += files;
    const from = seed + state.tried[seed].files * step;
    await fuzz(child, { from, to: from + files * step, step }, onProgress);
    busy.delete(seed);
  }
}

const isBundled = import.meta.url.endsWith("/run.mjs");
const { path: child, remove } = isBundled
  ? { path: fileURLToPath(new URL("child.mjs", import.meta.url)), remove: async () => {} }
  : await bundleChild();
// Stopped: what is known is kept, and the children end with their channel.
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    await save();
    await remove();
    process.exit(130);
  });
let inOrder = 0;
try {
  if (first === undefined) {
    state.faults = await tryAgain(child, state.faults);
    await save();
    await Promise.all(Array.from({ length: processes }, () => work(child)));
  } else
    await fuzz(child, { from: first, to: first + count, step: 1 }, (progress) => {
      inOrder += progress.next - progress.from;
      state.faults.push(...foundIn(progress));
      for (const [code, n] of Object.entries(progress.outcomes)) state.outcomes[code] = (state.outcomes[code] ?? 0) + n;
    });
} finally {
  await save();
  await remove();
}

if (first === undefined) {
  process.stdout.write("\n   files   processor s  seed\n");
  for (const [seed, { files, seconds }] of state.tried.entries())
    process.stdout.write(`${String(files).padStart(8)}  ${seconds.toFixed(1).padStart(12)}  ${bases[seed].name}\n`);
}
const lines = Object.entries(state.outcomes).sort((a, b) => b[1] - a[1]);
process.stdout.write(
  `\n${lines.map(([code, n]) => `${String(n).padStart(8)}  ${code}`).join("\n")}\n\n${first === undefined ? filesTried() : inOrder} files, ${state.faults.length} faults\n`,
);
process.exit(state.faults.length > 0 ? 1 : 0);
