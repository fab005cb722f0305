/**
 * The browser's version of `prepare.ts`: the prepared model is made in memory each time it is opened. nano takes a
 * quarter of a second.
 */
import { PolyclinicError } from "../../../base/errors.ts";
import { mountedFile, readdir, readFile, unmountFile } from "../../../base/host/files.web.ts";
import { defaultRuntime } from "../../runtime/default.web.ts";
import type { Manifest } from "./manifest.ts";
import { largestInt8Weight } from "./saturation.ts";
import type { PrepareOptions, PrepareSource } from "./source.ts";
import { memoryStore, type PreparedStore } from "./store.ts";
import { weightFileName } from "./weight-file.ts";
import { layOutPrepared } from "./write-prepared.ts";

/** WebAssembly addresses 4 GiB, and weights exist twice while they are passed to it. */
const maxBytes = 1_500_000_000;

/** @throws PolyclinicError `model/too-large` before anything is converted. */
export async function prepareModel(source: PrepareSource, options: PrepareOptions): Promise<PreparedStore> {
  const { runtime = defaultRuntime, precision } = options;
  const { kernels } = runtime.capabilities;
  const largest = precision === "f32" || kernels === "gpu" ? 127 : await largestInt8Weight(runtime);
  const layout = await layOutPrepared(source, { ...options, kernels }, largest);
  if (layout.bytes > maxBytes)
    throw new PolyclinicError("model/too-large", "is larger than a browser tab can hold", {
      where: source.where,
      expected: `at most ${(maxBytes / 1e9).toFixed(1)} GB of weights in ${precision}`,
      found: `${(layout.bytes / 1e9).toFixed(1)} GB`,
      hint: "Run it with the package in Node.js, or connect to a server that runs it.",
    });
  const folder = "/prepared";
  await layout.write(folder);
  const graphs: Record<string, Uint8Array> = {};
  for (const file of await readdir(folder))
    if (file.endsWith(".onnx")) graphs[file.slice(0, -5)] = mountedFile(`${folder}/${file}`)!;
  const manifest = JSON.parse(await readFile(`${folder}/manifest.json`, "utf8")) as Manifest;
  const bytes = mountedFile(`${folder}/${weightFileName}`)!;
  for (const file of await readdir(folder)) unmountFile(`${folder}/${file}`);
  return memoryStore(manifest, graphs, { name: weightFileName, bytes }, source.where);
}
