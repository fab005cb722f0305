/**
 * Gradients of whole models against PyTorch: tiny Gemma 2 and Gemma 3 multimodal on the golden checkpoints. Computed by
 * `tools/reference/nn_gradients.py`; run it again to remake the values.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CheckpointWeights, readConfig } from "../../checkpoint/index.ts";
import { Graph, gradients, type Value } from "../../graph/index.ts";
import { type Feed, openGraph } from "../../graph/testing.ts";
import { parameterWeights } from "../../nn/index.ts";
import { languageObjective } from "./objective.ts";
import { packedFeeds } from "./pack.ts";

const goldens = fileURLToPath(new URL("../../model/engine/goldens", import.meta.url));
const expected = fileURLToPath(new URL("./goldens", import.meta.url));

/** The image formula of `tools/reference/nn_goldens.py`, as pixels [3, 16, 16] in [-1, 1]. */
function drawGolden(out: Float32Array, at: number, index: number): void {
  for (let n = 0; n < 768; n++) {
    const byte = Number(((BigInt(n + 7919 * (index + 1)) * 2654435761n) % 2n ** 32n) >> 24n);
    const [pixel, channel] = [Math.floor(n / 3), n % 3];
    out[at + channel * 256 + pixel] = byte / 127.5 - 1;
  }
}

test.each([
  ["gemma2", "several-windows"],
  ["gemma3-multimodal", "text-between"],
])("%s: every gradient equals PyTorch's to a ten-thousandth", async (folder, caseName) => {
  const config = readConfig(JSON.parse(readFileSync(`${goldens}/${folder}/config.json`, "utf8")), "config.json");
  if (config.kind !== "gemma" && config.kind !== "multimodal") throw new Error("not a decoder");
  const sample: { ids: number[]; images?: number[] } = JSON.parse(
    readFileSync(`${goldens}/${folder}/cases.json`, "utf8"),
  )[caseName];
  const weights = await CheckpointWeights.open([`${goldens}/${folder}/model.safetensors`], config.kind);
  const reference = await CheckpointWeights.open([`${expected}/${folder}-gradients.safetensors`], config.kind);

  const { ids } = sample;
  const n = ids.length;
  const softId = config.kind === "multimodal" ? config.imageTokenId : -1;
  const soft = ids.map((id) => id === softId);
  // Every token but the first, the image's and what follows an image's is learned.
  const lossMask = Uint8Array.from(ids, (_, i) => Number(i >= 2 && !soft[i - 1]));
  const imageStarts = ids.flatMap((_, i) => (soft[i] && !soft[i - 1] ? [i] : []));
  const sequence = { ids: Int32Array.from(ids), lossMask, imageStarts };
  const shape = { rows: 1, tokens: n, answers: lossMask.reduce((x, y) => x + y, 0) };
  const tokensPerImage = config.kind === "multimodal" ? config.tokensPerImage : 0;

  const g = new Graph("step");
  const parameters = new Map<string, Value>();
  const { loss } = languageObjective(g, parameterWeights(g, parameters), config, shape);
  g.output("loss", loss);
  const list = [...parameters];
  for (const [i, d] of gradients(
    loss,
    list.map(([, v]) => v),
  ).entries())
    g.output(`d ${list[i][0]}`, d);

  const packed = packedFeeds([{ sequence, place: { row: 0, start: 0 } }], shape, config.text, tokensPerImage);
  const feeds: Record<string, Feed> = {};
  for (const { name } of g.inputs) {
    const feed = packed.feeds[name];
    if (feed !== undefined) feeds[name] = { ...feed, ...(feed.data instanceof Uint8Array && { type: "bool" }) };
  }
  if (sample.images) {
    const data = new Float32Array(sample.images.length * 768);
    for (const [i, index] of sample.images.entries()) drawGolden(data, i * 768, index);
    feeds.pixels = { data, dims: [sample.images.length, 3, 16, 16] };
  }
  for (const [name, value] of list)
    feeds[value.name] = { data: await weights.read(name), dims: value.shape as number[] };

  const opened = await openGraph(g);
  const out = await opened.run(feeds);
  expect(out.loss.data[0]).toBeCloseTo((await reference.read("lm_head.weight"))[0], 4);
  expect(list.length).toBe(weights.names.length);
  const theirs = new Map<string, Float32Array>();
  for (const [name] of list) theirs.set(name, await reference.read(name));
  // A bias on keys shifts all scores of a query alike and so has no gradient at all: what either side computes for it is rounding.
  const floor = 1e-3 * Math.hypot(...[...theirs.values()].map((t) => Math.hypot(...t)));
  for (const [name, t] of theirs) {
    const ours = out[`d ${name}`].data as Float32Array;
    expect(ours.length, name).toBe(t.length);
    expect(Math.hypot(...ours.map((x, i) => x - t[i])) / Math.max(floor, Math.hypot(...t)), name).toBeLessThan(1e-4);
  }
  await opened.close();
});
