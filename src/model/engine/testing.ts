/** Shared by the tests of this module: the tiny models of `goldens/` and their images. See tools/reference/nn_goldens.py. */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CheckpointWeights, readConfig, SafetensorsFile } from "../../checkpoint/index.ts";
import type { Image } from "../../imaging/types.ts";
import type { PixelScaling } from "../../nn/index.ts";
import { nodeRuntime } from "../runtime/node/node-runtime.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { PromptTokens } from "./decode/prompt-tokens.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import type { Precision } from "./prepare/inference-weights.ts";
import { prepareModel } from "./prepare/prepare.ts";
import type { PreparedFolder } from "./prepare/prepared-folder.ts";

export const goldenFolder = (model: string) => fileURLToPath(new URL(`./goldens/${model}`, import.meta.url));

export const goldenConfig = (model: string) =>
  readConfig(JSON.parse(readFileSync(join(goldenFolder(model), "config.json"), "utf8")), goldenFolder(model));

export const goldenJson = (model: string) => JSON.parse(readFileSync(join(goldenFolder(model), "cases.json"), "utf8"));

export async function readGoldens(
  model: string,
): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> {
  const file = await SafetensorsFile.open(join(goldenFolder(model), "goldens.safetensors"));
  const goldens = new Map();
  for (const [name, entry] of file.header.tensors) {
    const size = entry.shape.reduce((a, b) => a * b, 1);
    goldens.set(name, { shape: entry.shape, data: await file.readFloats(entry, 0, size) });
  }
  await file.close();
  return goldens;
}

/** Image `index` of the goldens: the formula of `image_bytes` in the script. */
export function goldenImage(index: number, side = 16): Image {
  const data = Uint8Array.from(
    { length: side * side * 3 },
    (_, n) => Math.imul(n + 7919 * (index + 1), 2654435761) >>> 24,
  );
  return { kind: "image", width: side, height: side, channels: 3, data };
}

/** A prompt of a golden case: the tiny model's images take four tokens of id 351. */
export function goldenPrompt({ ids, images = [] }: { ids: number[]; images?: number[] }): PromptTokens {
  const starts = ids.flatMap((id, i) => (id === 351 && (i === 0 || ids[i - 1] !== 351) ? [i] : []));
  return {
    ids: Int32Array.from(ids),
    images: images.map((index, i) => {
      return { start: starts[i], length: 4, image: goldenImage(index), hash: `golden ${index}` };
    }),
  };
}

export const goldenScaling: PixelScaling = {
  imageSize: 16,
  mean: [0.5, 0.5, 0.5],
  std: [0.5, 0.5, 0.5],
  rescaleFactor: 1 / 255,
};

export interface OpenedModel {
  readonly weights: CheckpointWeights;
  readonly prepared: PreparedFolder;
  readonly engine: Engine;
}

/** A temporary cache folder, removed by `close`, and models opened in it. */
export async function temporaryCache() {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-"));
  const opened: OpenedModel[] = [];
  return {
    folder,
    async open(
      model: string,
      precision: Precision = "f32",
      options: EngineOptions & { debug?: boolean; runtime?: Runtime } = {},
    ): Promise<OpenedModel> {
      const where = goldenFolder(model);
      const config = readConfig(JSON.parse(readFileSync(join(where, "config.json"), "utf8")), where);
      const weights = await CheckpointWeights.open([join(where, "model.safetensors")], config.kind);
      const source = { config, weights, where, hash: model };
      const prepared = await prepareModel(source, {
        precision,
        cacheFolder: folder,
        debug: options.debug,
        runtime: options.runtime,
      });
      const engine = await Engine.open(options.runtime ?? nodeRuntime, prepared, config, goldenScaling, {
        threads: 1,
        ...options,
      });
      opened.push({ weights, prepared, engine });
      return opened[opened.length - 1];
    },
    async close() {
      for (const { engine, weights } of opened) {
        await engine.close();
        await weights.close();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} values against ${b.length}`);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i] - b[i]));
  return most;
}
