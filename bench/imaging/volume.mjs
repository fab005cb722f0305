/**
 * `volume-views`: a head of 384 MR slices, already a float volume in memory, to 85 model-ready images (own minimum to maximum, zero-padded,
 * 896 x 896 RGB), against numpy + Pillow. The peer runs with one thread and with two, and its better figure counts. Both sides are given
 * the same floats and must give the same bytes.
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ours, peer, ratiosOfRounds, roundsOf } from "./child.mjs";

const rounds = roundsOf(5);

/** @param {{ data?: string, log?: (line: string) => void }} options `data`: the folder that holds `mri-t1-dicom.zip`. */
export async function rows({ data, log = () => {} } = {}) {
  const archive = data === undefined ? undefined : join(data, "mri-t1-dicom.zip");
  if (archive === undefined || !existsSync(archive)) {
    log(`volume-views was skipped: it needs ${archive ?? "mri-t1-dicom.zip in the data folder (--data)"}`);
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-volume-"));
  try {
    const raw = join(folder, "volume.f32");
    const { shape } = await ours("volume-to-raw.mjs", archive, raw);
    const size = shape.join(",");
    const mine = [];
    const theirs = [[], []];
    for (let round = 0; round < rounds; round++) {
      mine.push(await ours("volume-views.mjs", raw, size));
      for (const [i, threads] of ["1", "2"].entries()) {
        const other = await peer("volume_views.py", log, raw, size, threads);
        if (other === undefined) return [{ id: "volume-views", ours: median(mine), unit: "s" }];
        if (other.checksum !== mine[0].checksum) throw new Error("the two sides produced different images");
        theirs[i].push(other);
      }
    }
    const [better] = theirs.sort((a, b) => median(a) - median(b));
    const peaks = `peak ${Math.round(mine[0].peakMiB)} against ${Math.round(better[0].peakMiB)} MiB, the volume included`;
    return [
      {
        id: "volume-views",
        ours: median(mine),
        peer: median(better),
        peerName: better[0].name,
        unit: "s",
        ratio: median(better) / median(mine),
        note: `equal bytes; ${ratiosOfRounds(mine, better)}; ${peaks}`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const median = (runs) => runs.map((run) => run.seconds).sort((a, b) => a - b)[runs.length >> 1];
