/**
 * Opens mutated files one after the other in a process of its own, so that the parent sees crashes and hangs:
 * `node --import tsx test/fuzz/child.ts folder from to`. Reports over the channel to its parent.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PolyclinicError } from "../../src/base/errors.ts";
import { openStudy, viewOf } from "../../src/study/index.ts";
import { mutate } from "./mutate.ts";
import { seeds } from "./seeds.ts";
import { breakStructure } from "./structure/index.ts";

export type Report =
  | { readonly kind: "start"; readonly file: number; readonly name: string; readonly how: string }
  | {
      readonly kind: "done";
      readonly file: number;
      readonly outcome: string;
      readonly seconds: number;
      readonly grownMiB: number;
    }
  | { readonly kind: "end" };

const [folder, from, to] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const limits = { imageSize: 64, tokensPerImage: 20, contextTokens: 4096 };
const send = (report: Report) => process.send!(report);

async function open(path: string): Promise<string> {
  try {
    const study = await openStudy(path, { mixedPatients: true });
    try {
      await viewOf(study, limits, { mpp: 1, maxPatches: 4, maxSlices: 6 });
    } finally {
      await study.close();
    }
    return "read";
  } catch (error) {
    if (PolyclinicError.is(error)) return error.code;
    return `not a PolyclinicError: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

let highest = 0;
const bases = await seeds();
mkdirSync(folder, { recursive: true });
// The first whole files load the decoders, so that their time and memory are not charged to a broken one.
for (const base of bases) {
  writeFileSync(join(folder, "whole"), base.bytes);
  await open(join(folder, "whole"));
}
for (let file = from; file < to; file++) {
  const base = bases[file % bases.length];
  // Every other round through the seeds knows the format it breaks.
  const knowing = Math.floor(file / bases.length) % 2 === 1 ? breakStructure(base.bytes, file) : undefined;
  const { bytes, how } = knowing ?? mutate(base.bytes, file);
  const path = join(folder, `${file}`);
  writeFileSync(path, bytes);
  const before = process.memoryUsage.rss();
  const start = process.cpuUsage();
  send({ kind: "start", file, name: base.name, how });
  const outcome = await open(path);
  const grownMiB = Math.max(process.memoryUsage.rss(), peakSince(before)) / 2 ** 20 - before / 2 ** 20;
  const { user, system } = process.cpuUsage(start);
  send({ kind: "done", file, outcome, seconds: (user + system) / 1e6, grownMiB });
  rmSync(path);
}
send({ kind: "end" });
process.disconnect();
process.exit(0);

/** The process's peak, when it was reached since `before` was taken; bytes. */
function peakSince(before: number): number {
  const peak = process.resourceUsage().maxRSS * 1024;
  const isNew = peak > highest;
  highest = Math.max(highest, peak);
  return isNew ? peak : before;
}
