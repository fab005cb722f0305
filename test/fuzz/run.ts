/**
 * `tsx test/fuzz/run.ts COUNT [FIRST]`: opens that many broken files, from number FIRST on, in as many processes as there are cores, and says what
 * became of them. Ends with 1 when one of them crashed, hung, took too much time or memory, or ended in an error without a name.
 */
import { availableParallelism } from "node:os";
import { type Fault, fuzz } from "./drive.ts";

const [count, first = 0] = process.argv.slice(2).map(Number);
if (!(Number.isSafeInteger(count) && count > 0 && Number.isSafeInteger(first) && first >= 0)) {
  process.stderr.write("COUNT and FIRST must be whole numbers, as in: npm run fuzz -- 100000 0\n");
  process.exit(2);
}

const processes = Math.min(availableParallelism(), Math.ceil(count / 100));
const share = Math.ceil(count / processes);
const done = new Array<number>(processes).fill(0);
const start = performance.now();
const report = () => {
  const total = done.reduce((a, b) => a + b, 0);
  const minutes = (performance.now() - start) / 60_000;
  process.stderr.write(`${total} of ${count} files, ${Math.round(total / minutes)} a minute\n`);
};
const runs = await Promise.all(
  done.map((_, i) => {
    const from = first + i * share;
    return fuzz(from, Math.min(first + count, from + share), (files) => {
      done[i] = files;
      report();
    });
  }),
);

const outcomes = new Map<string, number>();
const faults: Fault[] = runs.flatMap((run) => run.faults);
for (const run of runs) for (const [code, n] of run.outcomes) outcomes.set(code, (outcomes.get(code) ?? 0) + n);
const lines = [...outcomes].sort((a, b) => b[1] - a[1]).map(([code, n]) => `${String(n).padStart(8)}  ${code}`);
process.stdout.write(`${lines.join("\n")}\n\n${faults.length} faults\n`);
for (const { file, name, how, fault } of faults)
  process.stdout.write(`\nfile ${file}, ${name} broken by ${how}:\n${fault}\n`);
process.exit(faults.length > 0 ? 1 : 0);
