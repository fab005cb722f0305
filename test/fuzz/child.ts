/**
 * Reads broken files one after the other in a process of its own, so that the parent sees crashes and hangs. It runs compiled code (`bundle.ts`):
 * `node child.mjs folder from to step skipped`. The number of the file being read stands in `folder/current` before it is read, where the parent finds
 * it whatever becomes of this process; results go over the channel many at a time.
 */
import { mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { PolyclinicError } from "../../src/base/errors.ts";
import { openStudy, viewOf } from "../../src/study/index.ts";
import { type Broken, brokenFile } from "./broken.ts";
import { mebibytesEach, type Report, secondsEach } from "./report.ts";
import type { Seed } from "./seed.ts";
import { seeds } from "./seeds.ts";

const [folder, from, to, step, skipped] = [process.argv[2], ...process.argv.slice(3).map(Number)];
const limits = { imageSize: 64, tokensPerImage: 20, contextTokens: 4096 };

async function openAsStudy(path: string): Promise<void> {
  const study = await openStudy(path, { mixedPatients: true });
  try {
    await viewOf(study, limits, { mpp: 1, maxPatches: 4, maxSlices: 6 });
  } finally {
    await study.close();
  }
}

process.on("disconnect", () => process.exit(1));
const decoder = new TextDecoder();

/** @param path where its file lies */
async function read({ parse, open }: Seed, bytes: Uint8Array, path: string): Promise<string> {
  try {
    if (parse !== undefined) await parse(decoder.decode(bytes));
    else await (open ?? openAsStudy)(path);
    return "read";
  } catch (error) {
    if (PolyclinicError.is(error)) return error.code;
    return `not a PolyclinicError: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

const bases = await seeds();
const paths = bases.map(({ file, beside = {} }, i) => {
  const home = join(folder, `${i}`);
  for (const [name, bytes] of Object.entries(beside)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), bytes);
  }
  mkdirSync(dirname(join(home, file ?? "x")), { recursive: true });
  return file === undefined ? undefined : join(home, file);
});
// The whole files load the decoders, so that their time and memory are not charged to a broken one.
// A process that is given one seed reads only that one.
for (const [i, base] of bases.entries()) {
  if (step === bases.length && i !== from % step) continue;
  const path = paths[i] ?? join(folder, "whole");
  if (base.parse === undefined) writeFileSync(path, base.bytes);
  const outcome = await read(base, base.bytes, path);
  if (process.env.FUZZ_WHOLE !== undefined) process.stderr.write(`${i} ${base.name}: ${outcome}\n`);
}

/** Breaking a file looks at what it is, as opening it does: both may fail. */
async function outcomeOf(file: number, path: string): Promise<string> {
  let broken: Broken;
  try {
    broken = brokenFile(bases, file);
  } catch (error) {
    return `not a PolyclinicError, while it was broken: ${(error as Error).stack}`;
  }
  if (broken.seed.parse === undefined) writeFileSync(path, broken.bytes);
  return read(broken.seed, broken.bytes, path);
}

const status = openSync(join(folder, "current"), "w");
const current = new Float64Array(1);
let outcomes: Record<string, number> = {};
let faults: { file: number; fault: string }[] = [];
let reported = performance.now();
let spent = 0;
const report = (next: number) => {
  process.send!({ kind: "progress", next, seconds: spent, outcomes, faults } satisfies Report);
  [outcomes, faults, reported, spent] = [{}, [], performance.now(), 0];
};
report(from);

let { maxRSS: highest } = process.resourceUsage();
for (let file = from; file < to; file += step) {
  current[0] = file;
  writeSync(status, current, 0, 8, 0);
  if (file === skipped) continue;
  const before = process.resourceUsage();
  const seed = bases[file % bases.length];
  const path = paths[file % bases.length] ?? join(folder, `file-${file}`);
  const outcome = await outcomeOf(file, path);
  const after = process.resourceUsage();
  const seconds = (after.userCPUTime + after.systemCPUTime - before.userCPUTime - before.systemCPUTime) / 1e6;
  // KiB. The peak of the whole process: what earlier files left behind is small beside the limit.
  const grown = (after.maxRSS - highest) / 1024;
  highest = after.maxRSS;
  spent += seconds;
  const code = outcome.startsWith("not a ") ? "fault" : outcome;
  outcomes[code] = (outcomes[code] ?? 0) + 1;
  if (code === "fault") faults.push({ file, fault: outcome });
  if (seconds > secondsEach) faults.push({ file, fault: `computed for ${seconds.toFixed(1)} s` });
  if (grown > mebibytesEach) faults.push({ file, fault: `memory grew by ${Math.round(grown)} MiB` });
  if (seed.parse === undefined && seed.file === undefined) rmSync(path, { force: true });
  if (faults.length > 0 || performance.now() - reported > 2000) report(file + step);
}
const end = from + Math.ceil((to - from) / step) * step;
process.send!({ kind: "progress", next: end, seconds: spent, outcomes, faults } satisfies Report, () =>
  process.exit(0),
);
