/**
 * Gradients of whole models against PyTorch: tiny Gemma 2 and Gemma 3 multimodal on the golden checkpoints. Computed by
 * `tools/reference/nn_gradients.py`; run it again to remake the values.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CheckpointWeights, readConfig } from "../checkpoint/index.ts";
import { Graph, gatherElements, gradients, logSoftmax, neg, reduceMean, type Value } from "../graph/index.ts";
import { type Feed, openGraph } from "../graph/testing.ts";
import {
  imageInputs,
  multimodalForward,
  parameterWeights,
  sequenceInputs,
  textForward,
  writeAttentionBias,
} from "./index.ts";

const goldens = fileURLToPath(new URL("../model/engine/goldens", import.meta.url));
const expected = fileURLToPath(new URL("./goldens", import.meta.url));

/** The image formula of `tools/reference/nn_goldens.py`, as pixels [3, 16, 16] in [-1, 1]. */
function writePixels(out: Float32Array, at: number, index: number): void {
  for (let n = 0; n < 768; n++) {
    const byte = Number(((BigInt(n + 7919 * (index + 1)) * 2654435761n) % 2n ** 32n) >> 24n);
    const [pixel, channel] = [Math.floor(n / 3), n % 3];
    out[at + channel * 256 + pixel] = byte / 127.5 - 1;
  }
}

const ints = (values: number[], dims: number[]): Feed => ({ data: BigInt64Array.from(values, BigInt), dims });

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

  const g = new Graph("step");
  const parameters = new Map<string, Value>();
  const build = { graph: g, weights: parameterWeights(g, parameters) };
  const sequence = sequenceInputs(g);
  const targets = g.input("targets", "int64", ["rows", 1]);
  const logits =
    config.kind === "gemma"
      ? textForward(build, sequence, config.text)
      : multimodalForward(build, sequence, imageInputs(g, config.vision.imageSize), config);
  const loss = neg(reduceMean(gatherElements(logSoftmax(logits), targets, 1), [0, 1]));
  g.output("loss", loss);
  const list = [...parameters];
  for (const [i, d] of gradients(
    loss,
    list.map(([, v]) => v),
  ).entries())
    g.output(`d ${list[i][0]}`, d);

  const { ids } = sample;
  const n = ids.length;
  const softId = config.kind === "multimodal" ? config.imageTokenId : -1;
  const soft = ids.map((id) => id === softId);
  let image = -1;
  const imageOf = soft.map((s, i) => (s ? (soft[i - 1] ? image : ++image) : -1));
  const places = { positions: ids.map((_, i) => i), images: imageOf };
  const bias = (window: number | undefined): Feed => {
    const data = new Float32Array(n * n);
    writeAttentionBias(data, 0, places, places, window);
    return { data, dims: [1, 1, 1, n, n] };
  };
  const rows = ids.map((_, i) => i).filter((i) => i >= 1 && i < n - 1 && !soft[i]);
  let softRow = 0;
  const feeds: Record<string, Feed> = {
    ids: ints(ids, [1, n]),
    positions: ints(places.positions, [1, n]),
    bias_local: bias(config.text.slidingWindow),
    bias_global: bias(undefined),
    rows: ints(rows, [rows.length]),
    targets: ints(
      rows.map((i) => ids[i + 1]),
      [rows.length, 1],
    ),
    row_of_token: ints(
      soft.map((s) => (s ? softRow++ : 0)),
      [1, n],
    ),
    is_soft_token: { data: Uint8Array.from(soft, Number), dims: [1, n], type: "bool" },
  };
  if (sample.images) {
    const data = new Float32Array(sample.images.length * 768);
    for (const [i, index] of sample.images.entries()) writePixels(data, i * 768, index);
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
