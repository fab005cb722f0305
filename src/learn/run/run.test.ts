import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import { defaultAdamW } from "../optimizer/index.ts";
import type { Tensors } from "../tensors.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { type Run, readLog, type StepOutcome, train } from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "learn-run-"));
afterAll(() => rmSync(root, { recursive: true }));

/** A quadratic with noise: the weights walk towards 1, the frozen tensor stays; the noise is the position in the data. */
function quadratic(name: string, changes: Partial<Run> = {}, gradientOf?: (step: number) => Partial<StepOutcome>): Run {
  const tensors: Tensors = new Map([
    ["w", { shape: [2, 3], data: Float32Array.of(0, 0.5, -1, 2, 3, -2) }],
    ["frozen", { shape: [2], data: Float32Array.of(1, 2) }],
  ]);
  let random = new Random(5);
  return {
    folder: join(root, name),
    config: { size: 6, schedule: { steps: 30 } },
    dataHashes: { data: "abc" },
    codeVersion: "test",
    tensors,
    trainable: (tensor) => tensor === "w",
    schedule: { learningRate: 0.05, steps: 30, warmup: 3, shape: "cosine" },
    optimizer: defaultAdamW,
    clipNorm: 10,
    averageDecay: 0.9,
    takeStep: async (step) => {
      const w = tensors.get("w")!.data;
      const gradient = w.map((value) => value - 1 + 0.1 * random.normal());
      const loss = w.reduce((sum, value) => sum + (value - 1) ** 2, 0);
      const gradients: Tensors = new Map([["w", { shape: [2, 3], data: gradient }]]);
      return { loss, gradients, tokens: 1, images: 0, batch: `draw ${step}`, ...gradientOf?.(step) };
    },
    position: {
      get: () => random.state,
      set: (state) => {
        random = Random.fromState(state as number[]);
      },
    },
    validation: {
      measure: async () => ({ distance: Math.hypot(...[...tensors.get("w")!.data].map((value) => value - 1)) }),
      metric: "distance",
      better: "lower",
      every: 10,
    },
    checkpointEvery: 5,
    ...changes,
  };
}

test("a run stopped anywhere and resumed ends in the same bits, with every step in the log once", async () => {
  const whole = await train(quadratic("whole"));
  const stop = new AbortController();
  const stopping = quadratic("stopped", { signal: stop.signal }, (step) => {
    if (step === 12) stop.abort();
    return {};
  });
  await expect(train(stopping)).rejects.toMatchObject({ code: "abort/aborted" });
  const resumed = await train(quadratic("stopped"));
  expect(resumed.tensors).toEqual(whole.tensors);
  expect(resumed.best).toEqual(whole.best);
  const steps = (await readLog(join(root, "stopped"))).filter((r) => "loss" in r).map(({ step }) => step);
  expect(steps).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
});

test("a run killed between checkpoints takes the steps since the last one again, to the same bits", async () => {
  const killed = quadratic("killed", {}, (step) => {
    if (step === 13) throw new Error("killed");
    return {};
  });
  await expect(train(killed)).rejects.toThrow("killed");
  expect((await train(quadratic("killed"))).tensors).toEqual((await train(quadratic("again"))).tensors);
  expect(readFileSync(join(root, "killed", "curve.svg"), "utf8")).toContain("<polyline");
});

test("a save that fails half-way, as on a full disk, leaves the checkpoint before", async () => {
  const folder = join(root, "full");
  mkdirSync(folder);
  const state = { step: 5, position: 7, best: null, alive: [] };
  const tensors = () => ({ weights: new Map([["w", { shape: [3], data: Float32Array.of(1, 2, 3) }]]) });
  await saveCheckpoint(folder, state, tensors());
  const full = () => Promise.reject(new Error("ENOSPC: no space left on device"));
  const failing = { weights: new Map([...tensors().weights, ["v", { shape: [3], data: full as never }]]) };
  await expect(saveCheckpoint(folder, { ...state, step: 10 }, failing)).rejects.toThrow(/checkpoint\.safetensors/);
  const found = { weights: new Map([["w", { shape: [3], data: new Float32Array(3) }]]) };
  expect(await loadCheckpoint(folder, found)).toEqual(state);
  expect(found).toEqual(tensors());
  expect(readdirSync(folder)).toEqual(["checkpoint.safetensors"]);
});

test("resuming with another config or other data is refused, with the difference", async () => {
  await train(quadratic("changed"));
  const other = { config: { size: 6, schedule: { steps: 40 } }, dataHashes: { data: "abd" } };
  await expect(train(quadratic("changed", other))).rejects.toThrow(
    /config\.schedule\.steps: 30 -> 40; data\.data: "abc" -> "abd"/,
  );
});

test("the first loss that is not a number stops the run, naming step, batch and the last good checkpoint", async () => {
  const broken = quadratic("diverged", {}, (step) => (step === 17 ? { loss: Number.NaN } : {}));
  await expect(train(broken)).rejects.toThrow(/step 18 .*batch draw 17.*Last good checkpoint: step 15/);
});

test("a tensor that never has a gradient is an error that names it", async () => {
  const zero = () => ({ gradients: new Map([["w", { shape: [2, 3], data: new Float32Array(6) }]]) });
  await expect(train(quadratic("zero", {}, zero))).rejects.toMatchObject({ code: "learn/zero-gradient", found: "w" });
});

test("a run too short for every tensor to have had a gradient is sound", async () => {
  const zero = () => ({ gradients: new Map([["w", { shape: [2, 3], data: new Float32Array(6) }]]) });
  const schedule = { learningRate: 0.05, steps: 1, warmup: 0, shape: "constant" } as const;
  expect((await train(quadratic("one-step", { schedule }, zero))).steps).toBe(1);
});

test("two runs into one folder at once: the second is refused by name", async () => {
  const ends = await Promise.allSettled([train(quadratic("both")), train(quadratic("both"))]);
  expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(ends.find((end) => end.status === "rejected")?.reason).toMatchObject({ code: "learn/in-use" });
});

test("a frozen tensor that moved is found at the end", async () => {
  const run = quadratic("moved");
  const { takeStep } = run;
  const meddling: Run = {
    ...run,
    takeStep: async (step) => {
      run.tensors.get("frozen")!.data[0] += 1;
      return takeStep(step);
    },
  };
  await expect(train(meddling)).rejects.toThrow(/frozen changed but is frozen/);
});
