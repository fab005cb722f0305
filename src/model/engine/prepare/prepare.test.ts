import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PolyclinicError } from "../../../base/errors.ts";
import { CheckpointWeights, readConfig } from "../../../checkpoint/index.ts";
import { MemoryWeights } from "../../../checkpoint/testing.ts";
import { nodeRuntime } from "../../runtime/node/node-runtime.ts";
import { Engine } from "../engine.ts";
import { loadModel } from "../load-model.ts";
import { goldenFolder, goldenPrompt, goldenScaling } from "../testing.ts";
import { defaultCacheFolder } from "./cache-folder.ts";
import { prepareModel } from "./prepare.ts";
import type { PrepareSource } from "./source.ts";

const where = goldenFolder("gemma3-multimodal");
let cacheFolder: string;
let source: PrepareSource;
let weights: CheckpointWeights;

beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "polyclinic-"));
  const config = readConfig(JSON.parse(await readFile(join(where, "config.json"), "utf8")), where);
  weights = await CheckpointWeights.open([join(where, "model.safetensors")], config.kind);
  source = { config, weights, where, hash: "tiny" };
}, 60_000);
afterEach(async () => {
  await weights.close();
  await rm(cacheFolder, { recursive: true, force: true });
});

test("a model is prepared once, and once for each precision", async () => {
  const first = await prepareModel(source, { precision: "f32", cacheFolder });
  const { mtimeMs } = await stat(join(first.folder, "weights.bin"));
  const again = await prepareModel(source, { precision: "f32", cacheFolder });
  expect(again.folder).toBe(first.folder);
  expect((await stat(join(again.folder, "weights.bin"))).mtimeMs).toBe(mtimeMs);
  const other = await prepareModel(source, { precision: "int4", cacheFolder });
  expect(other.folder).not.toBe(first.folder);
});

test("progress is told in bytes up to the whole", async () => {
  const seen: number[] = [];
  let total = 0;
  await prepareModel(source, {
    precision: "int8",
    cacheFolder,
    onProgress: (p) => {
      seen.push(p.done);
      total = p.total!;
    },
  });
  expect(seen.length).toBeGreaterThan(10);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(total);
});

test("stopped half-way, nothing is left, and the next attempt succeeds", async () => {
  const stop = new AbortController();
  const options = { precision: "int8", cacheFolder, signal: stop.signal } as const;
  const half = prepareModel(source, { ...options, onProgress: ({ done, total }) => done > total! / 2 && stop.abort() });
  await expect(half).rejects.toMatchObject({ code: "abort/aborted" });
  expect(await readdir(join(cacheFolder, "models"))).toEqual([]);
  await prepareModel(source, { precision: "int8", cacheFolder });
});

test("what a killed process left is never taken for a model, and is removed", async () => {
  const models = join(cacheFolder, "models");
  const abandoned = join(models, "tiny-f32-v1.4194305-0123abcd.tmp");
  await mkdir(abandoned, { recursive: true });
  await writeFile(join(abandoned, "weights.bin"), "half");
  const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
  for (const path of [join(abandoned, "weights.bin"), abandoned]) await utimes(path, yesterday, yesterday);
  const { folder } = await prepareModel(source, { precision: "f32", cacheFolder });
  expect((await readdir(models)).map((name) => join(models, name))).toEqual([folder]);
});

test("a cache folder that cannot be written is named, with what to do", async () => {
  const file = join(cacheFolder, "file");
  await writeFile(file, "");
  await expect(prepareModel(source, { precision: "f32", cacheFolder: file })).rejects.toMatchObject({
    code: "model/cache-folder",
    where: join(file, "models"),
    hint: expect.stringContaining("POLYCLINIC_CACHE"),
  });
});

test("a damaged manifest is made again, whatever is wrong with it", async () => {
  const first = await prepareModel(source, { precision: "f32", cacheFolder });
  const whole = await readFile(join(first.folder, "manifest.json"), "utf8");
  const foreign = JSON.stringify({
    ...JSON.parse(whole),
    embedding: { rows: { location: "/etc/passwd", offset: 0, length: 9 } },
  });
  for (const damaged of ["", "{", "null", "[]", '{"format":5}', whole.replace('"format": 5', '"format": 4'), foreign]) {
    await writeFile(join(first.folder, "manifest.json"), damaged);
    const again = await prepareModel(source, { precision: "f32", cacheFolder });
    expect(again.manifest).toEqual(JSON.parse(whole));
    expect(await readdir(join(cacheFolder, "models"))).toEqual([basename(first.folder)]);
  }
});

test("a cache that cannot be written is named, with the variable that moves it", async () => {
  await writeFile(join(cacheFolder, "models"), "a file in the way");
  await expect(prepareModel(source, { precision: "f32", cacheFolder })).rejects.toMatchObject({
    code: "model/cache-folder",
    where: join(cacheFolder, "models"),
    hint: expect.stringContaining("POLYCLINIC_CACHE"),
  });
});

test("damaged prepared files are an error that says what to remove", async () => {
  const prepared = await prepareModel(source, { precision: "f32", cacheFolder });
  await writeFile(join(prepared.folder, "decoder.onnx"), "not a graph");
  const opening = Engine.open(nodeRuntime, prepared, source.config, goldenScaling);
  await expect(opening).rejects.toMatchObject({ code: "model/open", where: join(prepared.folder, "decoder.onnx") });
});

test("weights that are not numbers end in an error; debug names the layer", async () => {
  const tensors = new Map();
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  tensors.get("model.language_model.layers.2.mlp.up_proj.weight").data[5] = Number.NaN;
  const broken = { ...source, weights: new MemoryWeights(tensors), hash: "broken" };
  for (const debug of [false, true]) {
    const engine = await Engine.open(
      nodeRuntime,
      await prepareModel(broken, { precision: "f32", cacheFolder, debug }),
      source.config,
      goldenScaling,
    );
    const answer = engine.prefill(engine.newCache(), goldenPrompt({ ids: [2, 300] }));
    if (debug)
      await expect(answer).rejects.toMatchObject({
        code: "model/non-finite",
        where: expect.stringContaining("layers.2.mlp"),
      });
    else expect((await answer)[0].some(Number.isNaN)).toBe(true);
    await engine.close();
  }
});

test("a whole folder loads by path, at every precision", async () => {
  for (const precision of ["f32", "int8", "int4"] as const) {
    const model = await loadModel(where, { precision, cacheFolder });
    expect(model.identity).toMatchObject({ name: "gemma3-multimodal", precision, engine: "onnx" });
    expect(model.identity.hash).toMatch(/^[0-9a-f]{64}$/);
    const { text } = await model.generate([{ role: "user", content: [{ type: "text", text: "hello" }] }], {
      maxTokens: 3,
    }).result;
    expect(typeof text).toBe("string");
    await model.close();
  }
  await expect(loadModel(join(cacheFolder, "nowhere"))).rejects.toSatisfy(PolyclinicError.is);
});

test("the cache folder follows the environment", () => {
  expect(defaultCacheFolder({ POLYCLINIC_CACHE: "/a" })).toBe("/a");
  expect(defaultCacheFolder({ XDG_CACHE_HOME: "/b" })).toBe(join("/b", "polyclinic"));
});
