/** What rounding costs, measured on the random tiny models: far harsher than trained ones, whose weights and logits are not noise. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "./engine.ts";
import type { Precision } from "./inference-weights.ts";
import { argmax } from "./sampling.ts";
import { goldenJson, goldenPrompt, largestDifference, temporaryCache } from "./testing.ts";

/** KL(p || q) in nats of the softmaxes of two rows of logits. */
function divergence(p: Float32Array, q: Float32Array): number {
  const logSumExp = (x: Float32Array) => {
    const most = Math.max(...x);
    return most + Math.log(x.reduce((s, v) => s + Math.exp(v - most), 0));
  };
  const [lp, lq] = [logSumExp(p), logSumExp(q)];
  return p.reduce((sum, v, i) => sum + Math.exp(v - lp) * (v - lp - (q[i] - lq)), 0);
}

/**
 * Largest mean divergence and least share of equal greedy tokens that still pass. Measured on x86 with AVX2 (7-bit weights at int8): int8
 * 1.5e-3 to 2.4e-3 nats and 83 to 95 %, int4 0.08 to 0.12 nats and 32 to 73 %.
 */
const bounds: Record<Exclude<Precision, "f32">, { divergence: number; agreement: number }> = {
  int8: { divergence: 0.005, agreement: 0.75 },
  int4: { divergence: 0.2, agreement: 0.25 },
};

describe.each(["gemma1", "gemma2", "gemma3-text", "gemma3-multimodal"])("%s", (model) => {
  let cache: Awaited<ReturnType<typeof temporaryCache>>;
  const rows = new Map<Precision, Float32Array[]>();
  beforeAll(async () => {
    cache = await temporaryCache();
    for (const precision of ["f32", "int8", "int4"] as const) {
      const { engine } = await cache.open(model, precision);
      rows.set(precision, await allRows(engine));
    }
  }, 60_000);
  afterAll(() => cache.close());

  async function allRows(engine: Engine): Promise<Float32Array[]> {
    const all: Float32Array[] = [];
    for (const golden of Object.values(goldenJson(model)) as { ids: number[]; images?: number[] }[]) {
      all.push(...(await engine.prefill(engine.newCache(), goldenPrompt(golden), { wanted: "all" })));
    }
    return all;
  }

  test.each(["int8", "int4"] as const)("%s stays near f32", (precision) => {
    const exact = rows.get("f32")!;
    const rounded = rows.get(precision)!;
    const mean = exact.reduce((sum, row, i) => sum + divergence(row, rounded[i]), 0) / exact.length;
    const agreement = exact.filter((row, i) => argmax(row) === argmax(rounded[i])).length / exact.length;
    expect(mean).toBeLessThan(bounds[precision].divergence);
    expect(agreement).toBeGreaterThan(bounds[precision].agreement);
  });

  test("the prefill form of 4-bit weights computes what their decode form does", async () => {
    const prompt = goldenPrompt({ ids: Array.from({ length: 300 }, (_, i) => (i === 0 ? 2 : 270 + ((i * 37) % 80))) });
    const { engine } = await cache.open(model, "int4");
    // Chunks of 300 tokens take the one form, chunks of 50 the other.
    const wide = await engine.prefill(engine.newCache(), prompt, { wanted: "all", chunkTokens: 300 });
    const narrow = await engine.prefill(engine.newCache(), prompt, { wanted: "all", chunkTokens: 50 });
    expect(largestDifference(wide[299], narrow[299])).toBeGreaterThan(0);
    const mean = wide.reduce((sum, row, i) => sum + divergence(narrow[i], row), 0) / wide.length;
    expect(mean).toBeLessThan(bounds.int8.divergence);
  });
});
