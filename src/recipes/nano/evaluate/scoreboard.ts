/**
 * The embedded model's scoreboard: every measure at every precision, on held-out splits whose file lists are verified
 * first.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Work } from "../../../base/progress.ts";
import { affineSpacing } from "../../../imaging/geometry/index.ts";
import { readNifti } from "../../../imaging/nifti/index.ts";
import { type LoadOptions, loadModel } from "../../../model/index.ts";
import { checkSplits, type LungEntry, listNanoFiles, type NanoFile, type SplitList } from "../train/splits.ts";
import { chestRows } from "./chest.ts";
import { ctRows, histologyRows, kindRows } from "./closed.ts";
import { ctThirdsRows } from "./ct-thirds.ts";
import { hippocampusRows } from "./hippocampus.ts";
import { lungRows } from "./lungs.ts";
import { pairRows } from "./pairs.ts";
import type { Row } from "./row.ts";
import { scopeRows } from "./scope/rows.ts";
import type { NanoTrial } from "./trial.ts";

export interface ScoreboardOptions extends Work {
  readonly data: string;
  readonly splits: SplitList;
  /** A checkpoint folder, or `nano`. */
  readonly model: string;
  readonly precisions: readonly NonNullable<LoadOptions["precision"]>[];
  /** Folder of the recorded runs; recorded answers are reused. */
  readonly runs: string;
  /** A folder of photographs of everyday objects, for the scope rows. */
  readonly photographs?: string;
  /** Which rows to compute: answers, refusals (which images are accepted), both, or only `ct-thirds`. */
  readonly rows: "answers" | "refusals" | "both" | "ct-thirds";
  readonly limit?: number;
  readonly cacheFolder?: string;
}

export async function nanoScoreboard({
  data,
  splits,
  model: name,
  precisions,
  ...options
}: ScoreboardOptions): Promise<Row[]> {
  const files = await listNanoFiles(data);
  checkSplits(files, splits);
  const entries = JSON.parse(await readFile(join(data, "cxr-lung-boxes/boxes.json"), "utf8")) as LungEntry[];
  if (options.rows === "ct-thirds") return ctThirdsRows(data, files, options);
  const rows: Row[] = [];
  const trials: NanoTrial[] = [];
  try {
    for (const precision of precisions) {
      const model = await loadModel(name, { precision, cacheFolder: options.cacheFolder, signal: options.signal });
      trials.push({ ...options, data, files, model, precision });
    }
    if (options.rows !== "answers") rows.push(...(await scopeRows(trials, options.photographs)));
    if (options.rows === "refusals") return rows;
    for (const trial of trials)
      rows.push(
        ...(await chestRows(trial)),
        ...(await lungRows(trial, entries)),
        ...(await ctRows(trial)),
        ...(await hippocampusRows(trial, (file) => hippocampusVolumes(data, file))),
        ...(await histologyRows(trial)),
        ...(await kindRows(trial)),
        ...(await pairRows(trial)),
      );
    rows.push(...(await ctThirdsRows(data, files, options)));
    return rows;
  } finally {
    for (const { model } of trials) await model.close();
  }
}

/** The mask's volumes, and the side and spacing of the slices in millimetres. */
async function hippocampusVolumes(data: string, { path }: NanoFile) {
  const labels = await readFile(join(data, path.replace("/images/", "/labels/")));
  const { volume } = await readNifti(labels, { name: path });
  const [dx, dy, dz] = affineSpacing(volume.affine);
  const [, height, width] = volume.shape;
  let [anterior, posterior] = [0, 0];
  for (const value of volume.data) {
    if (Math.round(value) === 1) anterior++;
    else if (Math.round(value) === 2) posterior++;
  }
  const voxel = dx * dy * dz;
  return {
    anterior: anterior * voxel,
    posterior: posterior * voxel,
    sideMm: Math.max(width * dx, height * dy),
    spacingMm: dz,
  };
}
