/**
 * A prompt much longer than the window, against transformers (tools/reference/long_context.py). `POLYCLINIC_LONG_CONTEXT=1` goes on to 131,072 tokens, the
 * family's whole context, which takes minutes.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CheckpointWeights, readConfig } from "../../../checkpoint/index.ts";
import { nodeRuntime } from "../../runtime/node/node-runtime.ts";
import { Engine } from "../engine.ts";
import { prepareModel } from "../prepare/prepare.ts";
import { goldenFolder, largestDifference, temporaryCache } from "../testing.ts";

interface Golden {
  readonly base: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Of the last three tokens, by the length of the prompt. */
  readonly logits: Readonly<Record<number, readonly (readonly number[])[]>>;
}
const golden: Golden = JSON.parse(readFileSync(new URL("../goldens/long-context.json", import.meta.url), "utf8"));
const lengths = process.env.POLYCLINIC_LONG_CONTEXT === "1" ? [4096, 131_072] : [4096];

/** Lehmer's generator, as in the script. */
function idsOf(count: number, vocabulary: number): Int32Array {
  let x = 1;
  return Int32Array.from({ length: count }, () => {
    x = (x * 48_271) % 2_147_483_647;
    return 4 + (x % (vocabulary - 4));
  });
}

test.each(lengths)(
  "%i tokens: transformers' logits, and a window's memory in local layers",
  { timeout: 1_200_000 },
  async (length) => {
    const where = goldenFolder(golden.base);
    const config = readConfig(
      { ...JSON.parse(readFileSync(join(where, "config.json"), "utf8")), ...golden.fields },
      where,
    );
    if (config.kind !== "gemma") throw new Error(config.kind);
    const cache = await temporaryCache();
    const weights = await CheckpointWeights.open([join(where, "model.safetensors")], config.kind);
    const prepared = await prepareModel(
      { config, weights, where, hash: "long context" },
      { precision: "f32", cacheFolder: cache.folder },
    );
    const engine = await Engine.open(nodeRuntime, prepared, config, undefined, { threads: 1 });
    const kv = engine.newCache();
    const rows = await engine.prefill(kv, { ids: idsOf(length, config.text.vocabSize), images: [] }, { logitsFor: 3 });
    const difference = largestDifference(
      rows.flatMap((row) => [...row]),
      Float32Array.from(golden.logits[length].flat()),
    );
    expect(difference).toBeLessThan(2e-4);
    // A window of 64 tokens, the computed one among them, and what can be rolled back.
    expect(kv.capacity.local).toBe(95);
    expect(kv.capacity.global).toBeLessThan(length + 512);
    const perToken = 2 * 4 * config.text.kvHeads * config.text.headDim;
    expect(kv.bytes).toBe(perToken * (kv.capacity.global + 2 * 95));
    await engine.close();
    await weights.close();
    await cache.close();
  },
);
