import { cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { canonicalName } from "./canonical-names.ts";
import { checkTensors } from "./check-tensors.ts";
import { openCheckpoint } from "./checkpoint.ts";
import { contentHash } from "./content-hash.ts";
import { type TensorToWrite, writeSafetensors } from "./safetensors/safetensors-writer.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

const nano = fileURLToPath(new URL("../../models/nano/", import.meta.url));

const config = {
  model_type: "gemma3",
  boi_token_index: 2045,
  eoi_token_index: 2046,
  image_token_index: 2047,
  mm_tokens_per_image: 4,
  eos_token_id: [1, 106],
  text_config: { model_type: "gemma3_text", vocab_size: 2048, hidden_size: 8, num_hidden_layers: 1, head_dim: 4 },
  vision_config: { hidden_size: 8, num_attention_heads: 2, image_size: 32, patch_size: 8, num_hidden_layers: 1 },
};
const names = [
  "model.language_model.embed_tokens.weight",
  "model.language_model.layers.0.self_attn.q_proj.weight",
  "model.vision_tower.vision_model.embeddings.patch_embedding.weight",
  "model.multi_modal_projector.mm_soft_emb_norm.weight",
];
const tensors: TensorToWrite[] = names.map((name, i) => ({ name, shape: [2, 2], data: new Float32Array(4).fill(i) }));

let folder: string;
let good: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-checkpoint-"));
  good = join(folder, "good");
  const json = async (name: string) => JSON.parse(await readFile(join(nano, name), "utf8"));
  await writeCheckpoint(good, {
    config,
    generationConfig: { do_sample: true, top_k: 64, top_p: 0.95, eos_token_id: [1, 106], bos_token_id: 2 },
    preprocessorConfig: {
      size: { height: 32, width: 32 },
      resample: 2,
      image_mean: [0.5, 0.5, 0.5],
      image_seq_length: 4,
    },
    tokenizer: {
      tokenizer: await json("tokenizer.json"),
      tokenizerConfig: await json("tokenizer_config.json"),
      chatTemplate: "{{ bos_token }}",
    },
    tensors,
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the good folder, changed. */
async function changed(name: string, change: (folder: string) => Promise<unknown>): Promise<string> {
  const path = join(folder, name);
  await cp(good, path, { recursive: true });
  await change(path);
  return path;
}

test("a written folder opens again with all its parts", async () => {
  const checkpoint = await openCheckpoint(good);
  expect(checkpoint.config.kind).toBe("multimodal");
  expect(checkpoint.generation).toEqual({
    stopTokenIds: [1, 106],
    bosTokenId: 2,
    padTokenId: undefined,
    temperature: 1,
    topK: 64,
    topP: 0.95,
    minP: 0,
    repetitionPenalty: 1,
    forbiddenTokenIds: [],
  });
  expect(checkpoint.preprocessor).toMatchObject({ imageSize: 32, resample: "bilinear", mean: [0.5, 0.5, 0.5] });
  expect(checkpoint.tokenizer?.chatTemplate).toBe("{{ bos_token }}");
  expect([...checkpoint.weights.names].sort()).toEqual([...names].sort());
  expect(await checkpoint.weights.read(names[2])).toEqual(new Float32Array(4).fill(2));
  expect(await checkpoint.hash()).toMatch(/^[0-9a-f]{64}$/);
  await checkpoint.close();
});

test("without generation and preprocessor files the family's values hold", async () => {
  const path = await changed("bare", async (at) => {
    await rm(join(at, "generation_config.json"));
    await rm(join(at, "preprocessor_config.json"));
  });
  const { generation, preprocessor, close } = await openCheckpoint(path);
  expect(generation).toMatchObject({ stopTokenIds: [1, 106], temperature: 0 });
  expect(preprocessor).toMatchObject({
    imageSize: 32,
    std: [0.5, 0.5, 0.5],
    rescaleFactor: 1 / 255,
    tokensPerImage: 4,
  });
  await close();
});

test("every spelling in circulation has one canonical name", () => {
  const spellings: [string, string][] = [
    ["language_model.model.layers.0.mlp.up_proj.weight", "model.language_model.layers.0.mlp.up_proj.weight"],
    ["model.language_model.layers.0.mlp.up_proj.weight", "model.language_model.layers.0.mlp.up_proj.weight"],
    ["base_model.model.model.language_model.norm.lora_A.weight", "model.language_model.norm.lora_A.weight"],
    ["base_model.model.language_model.model.norm.weight", "model.language_model.norm.weight"],
    ["language_model.lm_head.weight", "lm_head.weight"],
    ["lm_head.weight", "lm_head.weight"],
    ["vision_tower.vision_model.post_layernorm.bias", "model.vision_tower.vision_model.post_layernorm.bias"],
    ["model.vision_tower.vision_model.post_layernorm.bias", "model.vision_tower.vision_model.post_layernorm.bias"],
    ["vision_tower.post_layernorm.bias", "model.vision_tower.vision_model.post_layernorm.bias"],
    ["multi_modal_projector.mm_soft_emb_norm.weight", "model.multi_modal_projector.mm_soft_emb_norm.weight"],
  ];
  for (const [stored, canonical] of spellings) expect(canonicalName(stored, "multimodal")).toBe(canonical);
  expect(canonicalName("model.layers.0.mlp.up_proj.weight", "gemma")).toBe("model.layers.0.mlp.up_proj.weight");
  expect(canonicalName("encoder.layers.0.mlp.fc1.bias", "siglip-vision")).toBe(
    "vision_model.encoder.layers.0.mlp.fc1.bias",
  );
  expect(canonicalName("vision_model.head.probe", "siglip-vision")).toBe("vision_model.head.probe");
});

describe("shards", () => {
  const shard = (path: string) =>
    changed(path, async (at) => {
      await rm(join(at, "model.safetensors"));
      const parts = [tensors.slice(0, 2), tensors.slice(2)];
      const weightMap: Record<string, string> = {};
      for (const [i, part] of parts.entries()) {
        const file = `model-0000${i + 1}-of-00002.safetensors`;
        await writeSafetensors(join(at, file), part);
        for (const { name } of part) weightMap[name] = file;
      }
      await writeFile(
        join(at, "model.safetensors.index.json"),
        JSON.stringify({ metadata: {}, weight_map: weightMap }),
      );
    });

  test("are read as one", async () => {
    const { weights, close } = await openCheckpoint(await shard("sharded"));
    for (const [i, name] of names.entries()) expect(await weights.read(name)).toEqual(new Float32Array(4).fill(i));
    await close();
  });

  test("a missing one is named", async () => {
    const path = await shard("one-missing");
    await rm(join(path, "model-00002-of-00002.safetensors"));
    await expect(openCheckpoint(path)).rejects.toThrow(/is missing 1 of 2 shards.*no model-00002-of-00002/);
  });

  test("an index that points out of the folder is refused", async () => {
    const path = await shard("escaping");
    const index = { weight_map: { a: "../../secret.safetensors" } };
    await writeFile(join(path, "model.safetensors.index.json"), JSON.stringify(index));
    await expect(openCheckpoint(path)).rejects.toThrow(/weight_map/);
  });

  test("one tensor under two spellings is an error", async () => {
    const path = await shard("twice");
    const again: TensorToWrite = { ...tensors[0], name: "language_model.model.embed_tokens.weight" };
    await writeSafetensors(join(path, "model-00002-of-00002.safetensors"), [again], { overwrite: true });
    await expect(openCheckpoint(path)).rejects.toThrow(/embed_tokens.weight: is stored twice/);
  });
});

describe("folders that do not work say why", () => {
  const edit = (file: string, change: (json: never) => unknown) => async (at: string) => {
    const path = join(at, file);
    await writeFile(path, JSON.stringify(change(JSON.parse(await readFile(path, "utf8")) as never)));
  };
  test.each([
    ["no config", (at: string) => rm(join(at, "config.json")), /no config.json/],
    ["no tokenizer", (at: string) => rm(join(at, "tokenizer.json")), /no tokenizer.json/],
    ["no weights", (at: string) => rm(join(at, "model.safetensors")), /no weights/],
    [
      "weights of another name",
      (at: string) => rename(join(at, "model.safetensors"), join(at, "w.safetensors")),
      /w.safetensors/,
    ],
    ["config cut off", (at: string) => writeFile(join(at, "config.json"), "{"), /config.json: is not JSON/],
    [
      "vocabulary larger than the model",
      edit("config.json", (json: typeof config) => ({
        ...json,
        boi_token_index: 5,
        eoi_token_index: 6,
        image_token_index: 7,
        text_config: { ...json.text_config, vocab_size: 2000 },
      })),
      /more tokens than the embedding table has rows.*2000.*2047/,
    ],
    [
      "image tokens elsewhere",
      edit("config.json", (json: typeof config) => ({ ...json, boi_token_index: 17 })),
      /does not match config\.json.*<start_of_image> = 17.*<start_of_image> = 2045/,
    ],
    [
      "image size of another tower",
      edit("preprocessor_config.json", (json: object) => ({ ...json, size: { height: 64, width: 64 } })),
      /size.*32 x 32.*\[64,64\]/,
    ],
    [
      "soft tokens",
      edit("preprocessor_config.json", (json: object) => ({ ...json, image_seq_length: 9 })),
      /image_seq_length/,
    ],
    ["stop ids", edit("generation_config.json", (json: object) => ({ ...json, eos_token_id: "end" })), /eos_token_id/],
  ])("%s", async (name, change, message) => {
    await expect(openCheckpoint(await changed(`bad ${name}`, change))).rejects.toThrow(message);
  });

  test("no folder", async () => {
    await expect(openCheckpoint(join(folder, "nowhere"))).rejects.toThrow(/nowhere.*not a readable folder/);
  });
});

test("all tensors that are missing, extra or misshapen stand in one error", async () => {
  const { weights, close } = await openCheckpoint(good);
  const inLayer = names.filter((name) => name.includes(".layers."));
  const expected = new Map<string, number[]>(names.map((name) => [name, [2, 2]]));
  expected.set("model.language_model.norm.weight", [2]);
  expected.set(names[0], [2, 3]);
  expected.delete(inLayer.find((name) => name !== names[0])!);
  const message =
    /1 missing: model.language_model.norm.weight \[2\]; 1 misshapen: .* is \[2,2\] instead of \[2,3\]; 1 extra: .*layers/;
  expect(() => checkTensors(weights, expected, good)).toThrow(message);
  const all = new Map(names.map((name) => [name, [2, 2]]));
  expect(() => checkTensors(weights, all, good)).not.toThrow();
  // What stands outside the layers changes nothing; transformers reports it and goes on.
  all.delete(names.find((name) => !name.includes(".layers."))!);
  expect(() => checkTensors(weights, all, good)).not.toThrow();
  await close();
});

describe("content hash", () => {
  test("follows the content, not the place, and remembers what it has read", async () => {
    const at = join(folder, "hashed");
    await mkdir(at);
    await writeFile(join(at, "a"), "one");
    await writeFile(join(at, "b"), "two");
    const cacheFile = join(folder, "cache", "hashes.json");
    const stages: number[] = [];
    const first = await contentHash(at, ["a", "b"], { cacheFile, onProgress: ({ done }) => stages.push(done) });
    expect(stages).toEqual([3, 6]);
    expect(await contentHash(at, ["b", "a"], { cacheFile, onProgress: () => expect.unreachable() })).toBe(first);
    const moved = join(folder, "moved");
    await cp(at, moved, { recursive: true });
    expect(await contentHash(moved, ["a", "b"])).toBe(first);
    await writeFile(join(at, "b"), "TWO");
    await utimes(join(at, "b"), 1, 1);
    expect(await contentHash(at, ["a", "b"], { cacheFile })).not.toBe(first);
  });

  test("stops when asked", async () => {
    await expect(contentHash(good, ["model.safetensors"], { signal: AbortSignal.abort() })).rejects.toThrow(/stopped/);
  });
});

test("a checkpoint is written whole or not at all", async () => {
  await expect(writeCheckpoint(good, { config, tensors })).rejects.toThrow(/already exists/);
  const failing: TensorToWrite = { name: "x", shape: [1], data: () => Promise.reject(new Error("disk")) };
  const path = join(folder, "half");
  await expect(writeCheckpoint(path, { config, tensors: [failing] })).rejects.toThrow(/cannot be written/);
  await expect(readFile(join(path, "config.json"))).rejects.toThrow(/ENOENT/);
});
