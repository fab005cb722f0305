import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { logProbability, Sampler, type SamplingOptions } from "./sampling.ts";

const plain: SamplingOptions = {
  temperature: 1,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  seed: 1,
  forbidden: [],
};
const logits = (...values: number[]) => Float32Array.from(values);

/** How often each id is drawn in `n` draws. */
function frequencies(options: Partial<SamplingOptions>, values: number[], n = 4000): number[] {
  const sampler = new Sampler({ ...plain, ...options });
  const counts = values.map(() => 0);
  for (let i = 0; i < n; i++) counts[sampler.next(Float32Array.from(values), [])]++;
  return counts.map((c) => c / n);
}

test("greedy takes the largest logit, the lowest id on a tie", () => {
  expect(new Sampler({ ...plain, temperature: 0 }).next(logits(1, 3, 3, 2), [])).toBe(1);
});

test("draws follow the softmax at the temperature", () => {
  const values = [0, 1, 2];
  const expected = values.map((v) => Math.exp(v / 0.7));
  const total = expected.reduce((a, b) => a + b);
  frequencies({ temperature: 0.7 }, values).forEach((f, i) => {
    expect(f).toBeCloseTo(expected[i] / total, 1);
  });
});

test("top-k, top-p and min-p keep only the likeliest", () => {
  const values = [Math.log(0.5), Math.log(0.3), Math.log(0.15), Math.log(0.05)];
  expect(frequencies({ topK: 2 }, values).map((f) => f > 0)).toEqual([true, true, false, false]);
  // 0.5 does not reach 0.6, 0.8 does.
  expect(frequencies({ topP: 0.6 }, values).map((f) => f > 0)).toEqual([true, true, false, false]);
  expect(frequencies({ topP: 0.01 }, values)).toEqual([1, 0, 0, 0]);
  expect(frequencies({ minP: 0.25 }, values).map((f) => f > 0)).toEqual([true, true, true, false]);
});

test("the distribution is that of transformers' processors, ties at the k-th place kept (tools/reference/sampling_goldens.py)", () => {
  const { cases } = JSON.parse(readFileSync(new URL("../goldens/sampling.json", import.meta.url), "utf8")) as {
    cases: (Omit<SamplingOptions, "seed" | "forbidden"> & {
      logits: number[];
      context: number[];
      probabilities: number[];
    })[];
  };
  expect(cases.length).toBeGreaterThanOrEqual(80);
  for (const { logits: given, context, probabilities, ...options } of cases) {
    const found = new Sampler({ ...plain, ...options }).distribution(Float32Array.from(given), context);
    for (const [id, expected] of probabilities.entries())
      expect(found[id], JSON.stringify({ given, context, options })).toBeCloseTo(expected, 5);
  }
});

test("the repetition penalty weakens what was said, whatever its sign", () => {
  const greedy = new Sampler({ ...plain, temperature: 0, repetitionPenalty: 2 });
  expect(greedy.next(logits(3, 2), [0])).toBe(1);
  expect(greedy.next(logits(-2, -3), [0])).toBe(1);
});

test("forbidden and disallowed ids are never drawn", () => {
  fc.assert(
    fc.property(
      fc.array(fc.float({ noNaN: true, min: -20, max: 20 }), { minLength: 4, maxLength: 12 }),
      fc.nat(),
      (values, seed) => {
        const id = new Sampler({ ...plain, seed, forbidden: [0] }).next(
          Float32Array.from(values),
          [],
          Uint32Array.of(~2),
        );
        expect(id).toBeGreaterThan(1);
      },
    ),
  );
  const none = new Sampler({ ...plain, forbidden: [0, 1] });
  expect(() => none.next(logits(1, 2), [])).toThrow(/no token is allowed next/);
});

test("the same seed gives the same draws", () => {
  const draw = (seed: number) => {
    const sampler = new Sampler({ ...plain, seed });
    return Array.from({ length: 20 }, () => sampler.next(logits(0, 0, 0, 0, 0, 0), []));
  };
  expect(draw(5)).toEqual(draw(5));
  expect(draw(5)).not.toEqual(draw(6));
});

test("log-probabilities sum to one", () => {
  const values = [3, -1, 0.5, 100];
  const sum = values.reduce((s, _, id) => s + Math.exp(logProbability(logits(...values), id)), 0);
  expect(sum).toBeCloseTo(1, 12);
});

test("logits that are not numbers are an error, not an answer", () => {
  expect(() => new Sampler(plain).next(logits(0, Number.NaN), [])).toThrow(/logits\[1\].*not a number/);
  expect(() => logProbability(logits(Number.POSITIVE_INFINITY, 0), 1)).toThrow(/found Infinity/);
});

test("settings out of range are refused by name", () => {
  expect(() => new Sampler({ ...plain, topP: 0 })).toThrow(/topP/);
  expect(() => new Sampler({ ...plain, temperature: Number.NaN })).toThrow(/temperature/);
});
