/**
 * The train, validation and test splits. Decided by rules on names and bytes alone, before any training, by patient if
 * patients are known and by block of neighbours otherwise. `models/nano/splits.json` holds the result for the public
 * data; `checkSplits` rejects a data folder whose result differs.
 *
 * - `cxr-pneumonia`: the official test folder is test. Validation is a tenth of the patients of the official train
 * folder. Patient numbers count separately within bacteria and virus (no pair of number and type occurs in both
 * official folders); for the split, equal numbers form one group.
 * - `cxr-lung-boxes`: whole patients: 12 of them test, 5 validation.
 * - `ct-lung-slices`: patients are unknown, and consecutive numbers are adjacent slices of a scan. Byte-identical
 * duplicates are dropped (the one with the lower number), then each class is divided into 8 runs of neighbours: runs 3
 * and 7 test, run 5 validation.
 * - `histology-lung`: by hash of the name. Each upstream image exists in about 20 augmented copies, so this split is
 * contaminated.
 * - `mri-hippocampus`: images that have a label, by hash of the name: a fifth test, a tenth validation.
 * - `cells-bccd`: the official lists.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";

export type Split = "train" | "val" | "test";

export const nanoSets = ["cxr", "lungs", "ct", "histology", "hippocampus", "cells"] as const;
export type NanoSet = (typeof nanoSets)[number];

export interface NanoFile {
  readonly set: NanoSet;
  /** Relative to the data folder, with forward slashes. */
  readonly path: string;
  readonly split: Split;
  /** Class name of the set (`normal`, `bacterial`, `malignant`, ...); empty where the target is a box or a volume. */
  readonly label: string;
  /** Patient, block or file whose members must stay in one split. */
  readonly group: string;
}

/** A lung-box entry of `boxes.json`. */
export interface LungEntry {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly patient: string;
  readonly boxes: readonly { readonly label: string; readonly xywh: readonly [number, number, number, number] }[];
}

/** All files of the data folder used for training or evaluation, in a fixed order. */
export async function listNanoFiles(data: string): Promise<NanoFile[]> {
  return (
    await Promise.all([chestXrays(data), lungs(data), ctSlices(data), histology(data), hippocampi(data), cells(data)])
  ).flat();
}

async function chestXrays(data: string): Promise<NanoFile[]> {
  const files: NanoFile[] = [];
  for (const folder of ["train/NORMAL", "train/PNEUMONIA", "test/NORMAL", "test/PNEUMONIA"]) {
    for (const name of await namesIn(join(data, "cxr-pneumonia", folder))) {
      const group = chestPatient(name);
      const split = folder.startsWith("test") ? "test" : hashOf(`cxr:${group}`) % 10 === 0 ? "val" : "train";
      const label = folder.endsWith("NORMAL") ? "normal" : name.includes("bacteria") ? "bacterial" : "viral";
      files.push({ set: "cxr", path: `cxr-pneumonia/${folder}/${name}`, split, label, group });
    }
  }
  return files;
}

/** `person1089_bacteria_3029.jpeg` -> `person1089`; `NORMAL2-IM-0381-0001.jpeg` -> `IM-0381`. */
export function chestPatient(name: string): string {
  return name.match(/^person\d+/)?.[0] ?? name.match(/IM-\d+/)?.[0] ?? name;
}

async function lungs(data: string): Promise<NanoFile[]> {
  const entries = JSON.parse(await readFile(join(data, "cxr-lung-boxes/boxes.json"), "utf8")) as LungEntry[];
  const patients = [...new Set(entries.map(({ patient }) => patient))].sort(byHash("lungs"));
  const splitOf = (patient: string): Split => {
    const place = patients.indexOf(patient);
    return place < 12 ? "test" : place < 17 ? "val" : "train";
  };
  return entries
    .map(({ file, patient }) => ({
      set: "lungs" as const,
      path: `cxr-lung-boxes/images/${basename(file)}`,
      split: splitOf(patient),
      label: "",
      group: patient,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

const ctRuns = 8;

async function ctSlices(data: string): Promise<NanoFile[]> {
  const files: NanoFile[] = [];
  for (const label of ["normal", "benign", "malignant"]) {
    const folder = `ct-lung-slices/${label}`;
    const names = await namesIn(join(data, folder));
    const byContent = new Map<string, string>();
    for (const name of names.sort((a, b) => numberIn(a) - numberIn(b))) {
      const hash = createHash("sha256").update(await readFile(join(data, folder, name)));
      // Setting a key again keeps its position but takes the later name: the copy among its true neighbours.
      byContent.set(hash.digest("hex"), name);
    }
    const unique = [...byContent.values()].sort((a, b) => numberIn(a) - numberIn(b));
    for (const [i, name] of unique.entries()) {
      const run = Math.floor((i * ctRuns) / unique.length) + 1;
      const split = run === 3 || run === 7 ? "test" : run === 5 ? "val" : "train";
      files.push({ set: "ct", path: `${folder}/${name}`, split, label, group: `${label} run ${run}` });
    }
  }
  return files;
}

async function histology(data: string): Promise<NanoFile[]> {
  const classes = { lung_aca: "adenocarcinoma", lung_scc: "squamous cell carcinoma", lung_n: "normal" };
  const files: NanoFile[] = [];
  for (const [folder, label] of Object.entries(classes))
    for (const name of await namesIn(join(data, "histology-lung", folder))) {
      const split = tenths(hashOf(`histology:${name}`));
      files.push({ set: "histology", path: `histology-lung/${folder}/${name}`, split, label, group: name });
    }
  return files;
}

async function hippocampi(data: string): Promise<NanoFile[]> {
  const labelled = new Set(await namesIn(join(data, "mri-hippocampus/labels")));
  const names = (await namesIn(join(data, "mri-hippocampus/images"))).filter((name) => labelled.has(name));
  return names.map((name) => ({
    set: "hippocampus" as const,
    path: `mri-hippocampus/images/${name}`,
    split: tenths(hashOf(`hippocampus:${name}`)),
    label: "",
    group: name,
  }));
}

async function cells(data: string): Promise<NanoFile[]> {
  const folder = join(data, "cells-bccd/BCCD");
  const files: NanoFile[] = [];
  for (const split of ["train", "val", "test"] as const) {
    const names = (await readFile(join(folder, "ImageSets/Main", `${split}.txt`), "utf8")).split(/\s+/).filter(Boolean);
    for (const name of names.sort())
      files.push({ set: "cells", path: `cells-bccd/BCCD/JPEGImages/${name}.jpg`, split, label: "", group: name });
  }
  return files;
}

const tenths = (hash: number): Split => {
  const tenth = hash % 10;
  return tenth < 2 ? "test" : tenth < 3 ? "val" : "train";
};

const numberIn = (name: string) => Number(name.match(/\((\d+)\)/)?.[1] ?? Number.NaN);

const byHash = (set: string) => (a: string, b: string) => hashOf(`${set}:${a}`) - hashOf(`${set}:${b}`);

/** The first four bytes of the SHA-256 of a name: platform-independent. */
function hashOf(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE(0);
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause) => {
    throw new PolyclinicError("learn/nano-data", "is missing", {
      where: folder,
      hint: "Set --data to a folder with the layout that models/nano/README.md describes.",
      cause,
    });
  });
  return names.filter((name) => !name.startsWith(".") && /\.(jpe?g|png|nii\.gz)$/i.test(name)).sort();
}

export interface SplitSummary {
  readonly count: number;
  /** SHA-256 (hex) over the sorted relative paths, one per line. */
  readonly sha256: string;
  /** Its groups, if they are few enough to be listed. */
  readonly groups?: readonly string[];
}

/**
 * The content of `splits.json`: for each set and split the number of files, a hash of their names, and the held-out
 * groups by name.
 */
export type SplitList = Readonly<Record<string, Readonly<Record<Split, SplitSummary>>>>;

export function summariseSplits(files: readonly NanoFile[]): SplitList {
  const list: Record<string, Record<Split, SplitSummary>> = {};
  for (const set of nanoSets) {
    const summary = {} as Record<Split, SplitSummary>;
    for (const split of ["train", "val", "test"] as const) {
      const own = files.filter((file) => file.set === set && file.split === split);
      const sha256 = createHash("sha256")
        .update(
          own
            .map(({ path }) => path)
            .sort()
            .join("\n"),
        )
        .digest("hex");
      // Train is the remainder, and official tests are defined by their own lists.
      const listed =
        split !== "train" && set !== "histology" && set !== "cells" && !(set === "cxr" && split === "test");
      summary[split] = {
        count: own.length,
        sha256,
        ...(listed && { groups: [...new Set(own.map(({ group }) => group))].sort() }),
      };
    }
    list[set] = summary;
  }
  return list;
}

/** @throws PolyclinicError `learn/nano-splits` when the files found do not give the committed splits. */
export function checkSplits(files: readonly NanoFile[], committed: SplitList): void {
  const found = summariseSplits(files);
  const wrong = nanoSets.flatMap((set) =>
    (["train", "val", "test"] as const)
      .filter((split) => found[set][split].sha256 !== committed[set]?.[split]?.sha256)
      .map(
        (split) =>
          `${set} ${split}: ${found[set][split].count} files instead of ${committed[set]?.[split]?.count ?? 0}, or other names`,
      ),
  );
  if (wrong.length > 0)
    throw new PolyclinicError("learn/nano-splits", "the files in the data folder differ from those in splits.json", {
      where: "splits.json",
      found: wrong.join("; "),
      hint: "Results on other files cannot be compared with the published ones. Download the data as models/nano/README.md describes.",
    });
}
