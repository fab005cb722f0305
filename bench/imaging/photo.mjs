/**
 * `photo-views`: 500 chest radiographs (JPEG) to model-ready images: decoded, zero-padded to a square, resized to 896 x 896 RGB,
 * against Pillow. The peer runs with one thread and with two, and its better figure counts.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ours, peer, ratiosOfRounds, roundsOf } from "./child.mjs";

const count = 500;
const rounds = roundsOf(3);

/** @param {{ data?: string, log?: (line: string) => void }} options `data`: the folder that holds `cxr-pneumonia`. */
export async function rows({ data, log = () => {} } = {}) {
  const folder = data === undefined ? undefined : join(data, "cxr-pneumonia");
  const files = folder === undefined ? [] : await jpegs(folder);
  if (files.length < count) {
    log(`photo-views was skipped: it needs ${count} JPEG files below ${folder ?? "the data folder (--data)"}`);
    return [];
  }
  const mine = [];
  const theirs = [[], []];
  for (let round = 0; round < rounds; round++) {
    mine.push(await ours("photo-views.mjs", folder, String(count)));
    for (const [i, threads] of ["1", "2"].entries()) {
      const other = await peer("photo_views.py", log, folder, String(count), threads);
      if (other === undefined) return [{ id: "photo-views", ours: median(mine), unit: "s" }];
      theirs[i].push(other);
    }
  }
  const [better] = theirs.sort((a, b) => median(a) - median(b));
  return [
    {
      id: "photo-views",
      ours: median(mine),
      peer: median(better),
      peerName: better[0].name,
      unit: "s",
      ratio: median(better) / median(mine),
      // Pillow decodes and resizes on all its threads; here only decoding leaves the calling thread.
      note: `${count} images; ${ratiosOfRounds(mine, better)}; processor ${median(mine, "cpuSeconds").toFixed(2)} against ${median(better, "cpuSeconds").toFixed(2)} s; peak ${Math.round(mine[0].peakMiB)} against ${Math.round(better[0].peakMiB)} MiB; largest mean difference of the checked images ${difference(mine[0], better[0])} grey levels`,
    },
  ];
}

const median = (runs, of = "seconds") => runs.map((run) => run[of]).sort((a, b) => a - b)[runs.length >> 1];

/** Both sides report the mean of every 50th image, which reveals a different recipe. */
function difference(mine, theirs) {
  return Math.max(...mine.means.map((mean, i) => Math.abs(mean - theirs.means[i]))).toFixed(3);
}

/** The files in the order both sides use: by path. */
async function jpegs(folder) {
  const entries = await readdir(folder, { recursive: true }).catch(() => []);
  return entries.filter((name) => /\.jpe?g$/i.test(name));
}
