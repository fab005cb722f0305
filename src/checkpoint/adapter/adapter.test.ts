import { readFileSync } from "node:fs";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfig } from "../config/config.ts";
import { MemoryWeights } from "../testing.ts";
import { CheckpointWeights } from "../weights.ts";
import { type Adapter, applyAdapter, openAdapter } from "./adapter.ts";
import { writeAdapter } from "./write-adapter.ts";

/** Computed with PEFT by tools/reference/learn/lora_goldens.py: rank pattern, alpha pattern and rank stabilisation all in use. */
const goldens = fileURLToPath(new URL("../goldens/lora", import.meta.url));

let folder: string;
let base: CheckpointWeights;
let adapter: Adapter;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-adapter-"));
  base = await CheckpointWeights.open([join(goldens, "base", "model.safetensors")], "gemma");
  adapter = await openAdapter(join(goldens, "adapter"), "gemma");
});
afterAll(async () => {
  await base.close();
  await adapter.close();
  await rm(folder, { recursive: true });
});

const architecture = readConfig(JSON.parse(readFileSync(join(goldens, "base", "config.json"), "utf8")));
const q = "model.layers.1.self_attn.q_proj.weight";

test("merged weights are PEFT's", async () => {
  const merged = await CheckpointWeights.open([join(goldens, "merged.safetensors")], "gemma");
  const adapted = applyAdapter(base, architecture, adapter).weights;
  let moved = 0;
  for (const name of merged.names) {
    const [ours, peft, before] = [await adapted.read(name), await merged.read(name), await base.read(name)];
    const difference = Math.max(...ours.map((x, i) => Math.abs(x - peft[i])));
    expect(difference, name).toBeLessThan(1e-6);
    if (Math.max(...ours.map((x, i) => Math.abs(x - before[i]))) > 0.01) moved++;
  }
  expect(moved).toBe(6);
  await merged.close();
});

test("rows and raw bytes of an adapted weight agree with the whole", async () => {
  const adapted = applyAdapter(base, architecture, adapter).weights;
  const whole = await adapted.read(q);
  expect(await adapted.readRows(q, 3, 5)).toEqual(whole.slice(3 * 16, 8 * 16));
  expect(new Float32Array((await adapted.readRaw(q)).buffer)).toEqual(whole);
  expect(adapted.dtype(q)).toBe("F32");
  expect(await adapted.read("model.norm.weight")).toEqual(await base.read("model.norm.weight"));
});

test("an adapter written here is read back, and replaces nothing that is there", async () => {
  const a = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
  const b = Float32Array.from({ length: 32 }, (_, i) => Math.cos(i));
  const config = {
    rank: 2,
    alpha: 4,
    rankStabilised: false,
    targetModules: ["q_proj"],
    rankPattern: {},
    alphaPattern: {},
    baseModel: "tiny",
  };
  const path = join(folder, "written");
  await writeAdapter(path, { config, factors: [{ weight: q, a, b }] });
  const written = await openAdapter(path, "gemma");
  expect(written.config).toEqual(config);
  const [before, after] = [await base.read(q), await applyAdapter(base, architecture, written).weights.read(q)];
  const expected = before.map((w, i) => {
    const [row, column] = [Math.floor(i / 16), i % 16];
    return w + 2 * (b[row * 2] * a[column] + b[row * 2 + 1] * a[16 + column]);
  });
  expect(Math.max(...after.map((w, i) => Math.abs(w - expected[i])))).toBeLessThan(1e-6);
  await written.close();
  await expect(writeAdapter(path, { config, factors: [] })).rejects.toThrow(/already exists/);
});

test("an adapter of another base is one error that says what does not fit", () => {
  const other = new MemoryWeights(new Map([[q, { shape: [16, 8], data: new Float32Array(128) }]]));
  const message =
    /the adapter does not fit this base model.*there is no model.layers.0.mlp.*q_proj.weight is \[16,8\], the adapter's \[16,3\] x \[3,16\]/;
  expect(() => applyAdapter(other, architecture, adapter)).toThrow(message);
});

test("kinds of adapter that are not implemented are refused by name", async () => {
  const path = join(folder, "dora");
  await cp(join(goldens, "adapter"), path, { recursive: true });
  const file = join(path, "adapter_config.json");
  const json = JSON.parse(await readFile(file, "utf8"));
  for (const change of [
    { use_qalora: true },
    { bias: "some" },
    { peft_type: "IA3" },
    { peft_type: "ADALORA" },
    { r: "eight" },
    { init_lora_weights: "corda" },
    { init_lora_weights: "loftq" },
    { init_lora_weights: "invented" },
    { trainable_token_indices: [3] },
    { target_parameters: ["experts"] },
    { rank_pattern: { q_proj: "4" } },
    { lora_alpha: null },
  ]) {
    await writeFile(file, JSON.stringify({ ...json, ...change }));
    await expect(openAdapter(path, "gemma")).rejects.toMatchObject({
      code: "checkpoint/adapter",
      where: expect.stringContaining(Object.keys(change)[0]),
    });
  }
  await rm(file);
  await expect(openAdapter(path, "gemma")).rejects.toThrow(/no adapter_config.json/);
});
