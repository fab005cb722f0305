import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { CheckpointWeights, readConfig } from "../../checkpoint/index.ts";
import { quantiseBlocks, roundBlocks } from "../../model/engine/prepare/quantise.ts";
import { languageObjective } from "../language/objective.ts";
import { packedFeeds } from "../language/pack.ts";
import { TrainingStep } from "../step.ts";
import { copyOf, type Tensors } from "../tensors.ts";
import { QuantisedTensors } from "./quantised.ts";

const folder = fileURLToPath(new URL("../../model/engine/goldens/gemma3-text", import.meta.url));

test("rounded weights are those that the packed numbers and scales give, whatever the width", () => {
  const random = new Random(3);
  for (const width of [64, 96, 33, 130]) {
    const rows = Float32Array.from({ length: 5 * width }, () => random.next() - 0.5);
    const out = new Float32Array(rows.length);
    roundBlocks(rows, width, 64, out);
    const { packed, scales } = quantiseBlocks(rows, width, 64);
    const blocks = Math.ceil(width / 64);
    const unpacked = [...packed].flatMap((byte) => [byte & 15, byte >> 4]);
    for (let r = 0; r < 5; r++)
      for (let c = 0; c < width; c++) {
        const block = r * blocks + Math.floor(c / 64);
        expect(out[r * width + c]).toBe(Math.fround((unpacked[block * 64 + (c % 64)] - 8) * scales[block]));
      }
    // At most half a step of the largest weight.
    expect(Math.max(...out.map((value, i) => Math.abs(value - rows[i])))).toBeLessThan(0.06);
  }
});

test("loss and gradients are those of the rounded weights; a tied table gets both of its gradients", async () => {
  const config = readConfig(JSON.parse(readFileSync(`${folder}/config.json`, "utf8")), "config.json");
  if (config.kind !== "gemma") throw new Error("not a text model");
  const weights = await CheckpointWeights.open([`${folder}/model.safetensors`], config.kind);
  const tensors: Tensors = new Map();
  for (const name of weights.names) tensors.set(name, { shape: weights.shape(name), data: await weights.read(name) });
  await weights.close();
  const tied = { ...config, text: { ...config.text, tieEmbeddings: true } };
  const ids = Int32Array.from({ length: 12 }, (_, i) => 10 + 7 * i);
  const sequence = { ids, lossMask: ids.map((_, i) => Number(i > 3)), imageStarts: [] };
  const shape = { rows: 1, tokens: 12, answers: 8 };
  const { feeds } = packedFeeds(
    [{ sequence: { ...sequence, lossMask: Uint8Array.from(sequence.lossMask) }, place: { row: 0, start: 0 } }],
    shape,
    config.text,
    0,
  );
  for (const each of [config, tied]) {
    const rounded = new QuantisedTensors(tensors, () => true);
    const own = await TrainingStep.compile({
      name: "rounded",
      define: (graph, plain) => languageObjective(graph, rounded.weights(plain), each, shape),
      tensors: rounded.tensors,
      trainable: () => true,
      threads: 1,
    });
    rounded.round();
    const found = await own.run(feeds);
    const table = "model.embed_tokens.weight";
    const parts = [table, `int4 ${table}`].flatMap((name) => found.gradients.get(name)?.data.slice() ?? []);
    expect(parts).toHaveLength(each === config ? 1 : 2);
    const gradients = rounded.gradients(found.gradients);
    const sum = parts.reduce((a, b) => a.map((value, i) => value + b[i]));
    expect(gradients.get(table)!.data).toEqual(sum);

    // The reference: the same copies in place of the weights, which for a tied table is only right where it is a matrix product.
    const linear = [...rounded.tensors.keys()].filter((name) => name.startsWith("int4 ")).map((name) => name.slice(5));
    expect(linear.length).toBe(7 * 3 + 1);
    const copies = copyOf(tensors);
    for (const name of linear) copies.get(name)!.data.set(rounded.tensors.get(`int4 ${name}`)!.data);
    const untied = each === config;
    const reference = await TrainingStep.compile({
      name: "reference",
      define: (graph, plain) => languageObjective(graph, plain, each, shape),
      tensors: untied ? copies : tensors,
      trainable: () => true,
      threads: 1,
    });
    const expected = await reference.run(feeds);
    expect([...gradients.keys()].sort()).toEqual([...expected.gradients.keys()].sort());
    if (untied) {
      expect(found.loss).toBeCloseTo(expected.loss, 5);
      for (const [name, { data }] of expected.gradients)
        for (const [i, value] of data.entries())
          expect(Math.abs(gradients.get(name)!.data[i] - value)).toBeLessThan(1e-5);
    } else expect(found.loss).not.toBeCloseTo(expected.loss, 5);
    await own.close();
    await reference.close();
  }
});
