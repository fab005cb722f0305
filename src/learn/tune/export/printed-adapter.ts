/** The adapter that a Ray job printed into its log: read, verified, and checked to have moved. */
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { applyAdapter, openAdapter, openCheckpoint, SafetensorsFile } from "../../../checkpoint/index.ts";
import { baseFolder } from "../base.ts";

/** What an exported program prints around each file of the adapter (`train-script.ts`). */
const printed = /^POLYCLINIC-ADAPTER ([\w.]+) ([0-9a-f]{64}) (\d+) (\d+) ([A-Za-z0-9+/=]*)$/;
export const isPrinted = (line: string) => line.startsWith("POLYCLINIC-ADAPTER ");

/**
 * Writes the adapter that a job printed into its log.
 *
 * @param folder must not exist, or be empty; it appears whole, with files whose hashes were verified.
 * @throws PolyclinicError `ray/adapter` where the log has none or a damaged one; `file/exists`.
 */
export async function importPrintedAdapter(logs: string, folder: string): Promise<ImportedAdapter> {
  const files = new Map<string, { sha256: string; pieces: string[]; count: number }>();
  for (const line of logs.split("\n")) {
    const [, name, sha256, piece, count, text] = printed.exec(line.trimEnd()) ?? [];
    if (name === undefined) continue;
    const file = files.get(name) ?? { sha256, pieces: [], count: Number(count) };
    file.pieces[Number(piece)] = text;
    files.set(name, file);
  }
  const contents = new Map<string, Uint8Array>();
  for (const [name, { sha256, pieces, count }] of files) {
    const bytes = Buffer.from(pieces.join(""), "base64");
    if (pieces.length !== count || createHash("sha256").update(bytes).digest("hex") !== sha256)
      throw damaged(`${name}: ${Object.keys(pieces).length} of ${count} pieces`);
    contents.set(name, bytes);
  }
  for (const name of ["adapter_config.json", "adapter_model.safetensors"])
    if (!contents.has(name)) throw damaged(`no ${name}`);
  const target = resolve(folder);
  if ((await readdir(target).catch(() => [])).length > 0)
    throw new PolyclinicError("file/exists", "the folder is not empty", { where: folder, hint: "Name a new folder." });
  await mkdir(dirname(target), { recursive: true });
  const aside = await mkdtemp(`${target}.partial-`);
  try {
    for (const [name, bytes] of contents) await writeFile(join(aside, basename(name)), bytes);
    const imported = await checkMoved(aside);
    await rm(target, { recursive: true, force: true });
    await rename(aside, target);
    return { ...imported, folder: target };
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const damaged = (found: string) =>
  new PolyclinicError("ray/adapter", "the job's log has no complete adapter", {
    where: "the job's log",
    expected: "adapter_config.json and adapter_model.safetensors, whole",
    found,
    hint: "Follow the job again with --job: the log is read anew. A large adapter is not printed: name --storage.",
  });

export interface ImportedAdapter {
  readonly folder: string;
  /** Adapted modules, and how many of them training has changed: a fresh adapter changes nothing. */
  readonly modules: number;
  readonly moved: number;
  /** Largest absolute value of any `lora_B`. */
  readonly largest: number;
}

/** Applies an adapter to the base that it was trained from. @throws PolyclinicError `checkpoint/*` where it does not fit. */
export async function fitsBase(base: string, folder: string): Promise<void> {
  await using checkpoint = await openCheckpoint(baseFolder(base));
  await using adapter = await openAdapter(folder, checkpoint.config.kind);
  applyAdapter(checkpoint.weights, checkpoint.config, adapter);
}

/** @throws PolyclinicError `learn/unmoved` for an adapter that training has not changed, or that is not finite. */
export async function checkMoved(folder: string): Promise<ImportedAdapter> {
  const file = await SafetensorsFile.open(join(folder, "adapter_model.safetensors"));
  let [modules, moved, largest] = [0, 0, 0];
  try {
    for (const [name, entry] of file.header.tensors) {
      if (!name.includes(".lora_B.")) continue;
      modules++;
      const values = await file.readFloats(
        entry,
        0,
        entry.shape.reduce((product, size) => product * size, 1),
      );
      const most = values.reduce(
        (most, value) => (Number.isNaN(most) || Math.abs(value) <= most ? most : Math.abs(value)),
        0,
      );
      if (most > 0) moved++;
      largest = Number.isNaN(most) || Number.isNaN(largest) ? Number.NaN : Math.max(largest, most);
    }
  } finally {
    await file.close();
  }
  if (moved === 0 || !Number.isFinite(largest))
    throw new PolyclinicError("learn/unmoved", "training has not changed the adapter", {
      where: folder,
      expected: "finite values of lora_B other than zero",
      found: modules === 0 ? "no lora_B" : `largest value ${largest}`,
      hint: "Look at the job's log: the learning rate may be zero, or no step was made.",
    });
  return { folder, modules, moved, largest };
}
