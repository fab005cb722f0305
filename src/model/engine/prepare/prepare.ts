/**
 * A checkpoint as the runtime opens it: graphs, and their weights in one file in the wanted precision. Made once (`write-prepared.ts`), kept in
 * the user's cache under what it was made from, so that the next load maps the file and is done; what makes it is loaded only then.
 */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Work } from "../../../base/progress.ts";
import type { ArchitectureConfig, GemmaConfig, WeightSource } from "../../../nn/index.ts";
import type { Precision } from "./inference-weights.ts";
import { formatVersion, type Manifest } from "./manifest.ts";

export interface PrepareSource {
  readonly config: ArchitectureConfig;
  readonly weights: WeightSource;
  /** The folder or file errors name. */
  readonly where: string;
  /** Of everything the weights come from, adapters included. */
  readonly hash: string;
}

export interface PrepareOptions extends Work {
  readonly precision: Precision;
  /** The folder prepared models stand in. */
  readonly cacheFolder: string;
  /** Graphs that also give every named intermediate, kept apart from the others. */
  readonly debug?: boolean;
}

export interface Prepared {
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The prepared model of a checkpoint, made now if it is not there. */
export async function prepareModel(source: PrepareSource, options: PrepareOptions): Promise<Prepared> {
  const largestInt8 = options.precision === "f32" ? 127 : await (await import("./saturation.ts")).largestInt8Weight();
  const parts = [source.hash.slice(0, 32), options.precision, largestInt8 < 127 && "7bit", options.debug && "debug"];
  const folder = join(options.cacheFolder, "models", `${parts.filter(Boolean).join("-")}-v${formatVersion}`);
  const manifestPath = join(folder, "manifest.json");
  if ((await stat(manifestPath).catch(() => undefined)) === undefined) {
    const { writePrepared } = await import("./write-prepared.ts");
    await writePrepared(source, options, folder, largestInt8);
  }
  return { folder, manifest: JSON.parse(await readFile(manifestPath, "utf8")) };
}

/** The decoder of an architecture, where it has one. */
export function decoderConfig(config: ArchitectureConfig): GemmaConfig | undefined {
  return config.kind === "gemma" || config.kind === "multimodal" ? config.text : undefined;
}
