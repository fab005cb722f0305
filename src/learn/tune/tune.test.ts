/** Tuning the embedded model on a handful of pictures made here. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CheckpointWeights } from "../../checkpoint/index.ts";
import { openBase } from "./base.ts";
import { readTuneConfig, type TunePlan, tune } from "./index.ts";
import { memoryOf, refuseTooLarge } from "./plan.ts";

const folder = mkdtempSync(join(tmpdir(), "learn-tune-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Dark and bright squares: something a few steps can learn. */
beforeAll(async () => {
  // Other levels in each file: what is held out was never trained on.
  const levels = { train: [20, 230, 30, 220, 10, 240], validation: [25, 225, 15], test: [35, 210, 5, 250] };
  for (const [name, own] of Object.entries(levels)) await writeSquares(name, own);
});

async function writeSquares(name: string, levels: readonly number[]): Promise<void> {
  const lines: string[] = [];
  for (const [i, level] of levels.entries()) {
    const path = join(folder, `${name}-${i}.png`);
    await sharp({ create: { width: 40, height: 40, channels: 3, background: { r: level, g: level, b: level } } })
      .png()
      .toFile(path);
    const content = [
      { type: "image", image: `${name}-${i}.png` },
      { type: "text", text: "Dark or bright?" },
    ];
    const answer = `Final Answer: ${level < 128 ? "dark" : "bright"}`;
    lines.push(
      JSON.stringify({
        messages: [
          { role: "user", content },
          { role: "assistant", content: answer },
        ],
      }),
    );
  }
  writeFileSync(join(folder, `${name}.jsonl`), lines.join("\n"));
}

const yaml = (learner: string, out: string) => `
base: nano
out: ${out}
data: { train: train.jsonl, validation: validation.jsonl, test: test.jsonl, labels: [dark, bright] }
learner: ${learner}
schedule: { steps: 6, learningRate: 0.01, warmup: 0, shape: constant }
optimizer: { averageDecay: 0.5 }
batch: { rows: 2, tokens: 160 }
validate: { times: 1 }
threads: 1
`;

test("LoRA on the embedded model: planned first, better on what it learned, saved as an adapter", async () => {
  const config = readTuneConfig(
    yaml("{ kind: lora, rank: 4, dropout: 0, targets: [q_proj, down_proj] }", "lora"),
    join(folder, "x.yaml"),
  );
  const plans: TunePlan[] = [];
  const { before, after, test, saved } = await tune(config, {
    codeVersion: "test",
    onPlan: (plan) => plans.push(plan),
  });
  expect(plans).toHaveLength(1);
  expect(plans[0]).toMatchObject({ trainExamples: 6, steps: 6, learner: "lora" });
  expect(plans[0].parametersTrained).toBeLessThan(plans[0].parametersTotal / 10);
  expect(after!.loss).toBeLessThan(before!.loss / 2);
  expect([before!.examples, test!.before.examples]).toEqual([3, 4]);
  expect(test!.after.loss).toBeLessThan(test!.before.loss / 2);
  expect(test!.after.loss).not.toBe(after!.loss);
  expect(after!.interval![0]).toBeLessThan(after!.accuracy!);
  const adapter = await CheckpointWeights.open([join(saved, "adapter_model.safetensors")], "multimodal");
  expect(adapter.names.every((name) => /(q_proj|down_proj)\.lora_[AB]\.weight$/.test(name))).toBe(true);
  await adapter.close();
  await expect(tune(config, { codeVersion: "test" })).rejects.toMatchObject({ code: "learn/finished", where: saved });
});

test("a configuration that cannot be followed names every field at fault", () => {
  const text = "base: nano\nout: x\ndata: { train: a.jsonl }\nlearner: { kind: lora, rank: -1 }\nschedul: {}\n";
  expect(() => readTuneConfig(text, "tune.yaml")).toThrow(/learner\.rank.*schedul/);
});

test("a plan beyond the memory is refused with what to change", () => {
  expect(() => refuseTooLarge({ memoryBytes: 40e9, memoryAvailable: 20e9 })).toThrow(
    /at most 18\.00 GB.*found 40\.00 GB/,
  );
  expect(() => refuseTooLarge({ memoryBytes: 10e9, memoryAvailable: 20e9 })).not.toThrow();
});

test("recomputation is planned with less memory, the more layers the less", async () => {
  const { config, checkpoint } = await openBase("nano");
  await checkpoint.close();
  const shape = { rows: 4, tokens: 448, answers: 64 };
  const [kept, again] = [false, true].map((gradientCheckpointing) =>
    memoryOf(1e6, 1e6, config, shape, 4, gradientCheckpointing),
  );
  expect(again).toBeLessThan(kept / 2);
});

test("a label outside the declared set stops before anything is trained", async () => {
  const text = yaml("{ kind: lora }", "never").replace("[dark, bright]", "[dark, light]");
  await expect(tune(readTuneConfig(text, join(folder, "x.yaml")), { codeVersion: "test" })).rejects.toThrow(
    /line 2: answers "Final Answer: bright"/,
  );
});
