/**
 * A checkpoint prepared for the runtime: graphs, and their weights in one file in the chosen precision. Written once (`write-prepared.ts`)
 * to the user's cache under the hash of its sources, so that later loads only map the file. The code that writes it is
 * loaded only when needed.
 */
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PolyclinicError } from "../../../base/errors.ts";
import { makeFolder } from "../../../base/files.ts";
import { removeAbandoned, removeFolder, writeFolder } from "../../../base/folder.ts";
import { defaultRuntime } from "../../runtime/default.ts";
import { formatVersion } from "./manifest.ts";
import { openPreparedFolder, type PreparedFolder } from "./prepared-folder.ts";
import type { PrepareOptions, PrepareSource } from "./source.ts";

/** The prepared model of a checkpoint; created if it is missing or damaged. */
export async function prepareModel(source: PrepareSource, options: PrepareOptions): Promise<PreparedFolder> {
  const { runtime = defaultRuntime, precision, cacheFolder, debug } = options;
  const { kernels } = runtime.capabilities;
  // A device's 8-bit weights are multiplied as floats: nothing saturates.
  const gpu = kernels === "gpu";
  const largestInt8 =
    precision === "f32" || gpu ? 127 : await (await import("./saturation.ts")).largestInt8Weight(runtime);
  const parts = [source.hash.slice(0, 32), precision, gpu && "gpu", largestInt8 < 127 && "7bit", debug && "debug"];
  const folder = join(cacheFolder, "models", `${parts.filter(Boolean).join("-")}-v${formatVersion}`);
  const ready = await openPreparedFolder(folder);
  if (ready !== undefined) return ready;
  const { layOutPrepared } = await import("./write-prepared.ts");
  const layout = await layOutPrepared(source, { ...options, kernels }, largestInt8);
  await inCache(folder, layout.bytes, async () => {
    // Remove a damaged folder first.
    await removeFolder(folder, async (aside) => (await openPreparedFolder(aside)) !== undefined);
    await writeFolder(folder, layout.write, { existing: "keep" });
  });
  const made = await openPreparedFolder(folder);
  if (made === undefined)
    throw new PolyclinicError("model/cache-folder", "the prepared model was written but cannot be read back", {
      where: folder,
    });
  return made;
}

/** Runs a function that writes to the cache: checks free space first, and names the cache folder in errors. */
async function inCache(folder: string, bytes: number, write: () => Promise<void>): Promise<void> {
  const parent = dirname(folder);
  const failed = (cause: unknown, code: string | undefined) =>
    new PolyclinicError(
      code === "ENOSPC" ? "model/disk-full" : "model/cache-folder",
      code === "ENOSPC"
        ? "the disk became full while the model was being prepared"
        : `cannot hold the prepared model (${code})`,
      {
        where: parent,
        expected: "a writable folder",
        hint: "Set POLYCLINIC_CACHE (or the cacheFolder option) to a writable folder with enough space. Partial files were removed.",
        cause,
      },
    );
  try {
    await makeFolder(parent);
    await removeAbandoned(parent);
    const { bavail, bsize } = await statfs(parent);
    if (bavail * bsize < bytes) {
      throw new PolyclinicError("model/disk-full", "has too little space for the prepared model", {
        where: parent,
        expected: `${gigabytes(bytes)} free`,
        found: `${gigabytes(bavail * bsize)} free`,
        hint: "Free some space, or set POLYCLINIC_CACHE to a folder on another disk. Nothing was written.",
      });
    }
    await write();
  } catch (error) {
    if (PolyclinicError.is(error)) {
      if (error.code !== "file/write") throw error;
      throw failed(error, (error.cause as NodeJS.ErrnoException | undefined)?.code);
    }
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw failed(error, code);
  }
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(bytes < 1e8 ? 4 : 2)} GB`;
