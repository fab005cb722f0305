/** The learners beside LoRA through `tune`: distillation, contrastive learning, probes; on tiny models and images made here. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint, writeCheckpoint } from "../../checkpoint/index.ts";
import { expectedTensors } from "../../nn/index.ts";
import { freshTensors } from "../initialise.ts";
import { ImageEmbedder, readProbe, readTuneConfig, tune } from "./index.ts";

const goldens = fileURLToPath(new URL("../../model/engine/goldens", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "learn-learners-"));
afterAll(() => rmSync(folder, { recursive: true }));

const levels = [20, 230, 60, 190, 10, 240];
const nameOf = (level: number) => (level < 128 ? "dark" : "bright");

beforeAll(async () => {
  for (const [i, level] of levels.entries())
    await sharp({ create: { width: 20, height: 20, channels: 3, background: { r: level, g: level, b: 128 } } })
      .png()
      .toFile(join(folder, `${i}.png`));
  const write = (name: string, line: (level: number, i: number) => object) =>
    writeFileSync(join(folder, name), levels.map((level, i) => JSON.stringify(line(level, i))).join("\n"));
  write("chat.jsonl", (level, i) => ({
    messages: [
      {
        role: "user",
        content: [
          { type: "image", image: `${i}.png` },
          { type: "text", text: "Dark or bright?" },
        ],
      },
      { role: "assistant", content: nameOf(level) },
    ],
  }));
  write("labels.jsonl", (level, i) => ({ image: `${i}.png`, label: nameOf(level) }));
  write("pairs.jsonl", (level, i) => ({ image: `${i}.png`, text: `the lung is ${nameOf(level)}` }));

  // A student of the teacher's shape that knows nothing.
  const teacher = await openCheckpoint(join(goldens, "gemma3-multimodal"));
  const { config, rawConfig, tokenizer } = teacher;
  const shape = freshTensors(expectedTensors(config), 5);
  const tensors = [...shape].map(([name, value]) => ({ name, ...value }));
  await writeCheckpoint(join(folder, "student"), { config: rawConfig, tokenizer, tensors });
  await teacher.close();
  cpSync(join(goldens, "siglip"), join(folder, "siglip"), { recursive: true });
  cpSync(join(goldens, "gemma3-multimodal/tokenizer.json"), join(folder, "siglip/tokenizer.json"));
});

const configOf = (base: string, data: string, learner: string, out: string, more = "") =>
  readTuneConfig(
    `
base: ${base}
out: ${out}
data: { train: ${data}, validation: ${data}, test: ${data} }
learner: ${learner}
schedule: { steps: 16, learningRate: 0.01, warmup: 0, shape: constant }
batch: { rows: 6 }
optimizer: { clipNorm: 10 }
validate: { times: 1 }
threads: 1
${more}`,
    join(folder, "tune.yaml"),
  );
const losses = (out: string) =>
  readFileSync(join(folder, out, "log.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).loss as number)
    .filter((loss) => loss !== undefined);

test.each(["full", "renormalised", "counted"])("a student comes closer to its teacher: %s target", async (target) => {
  const out = `distil-${target}`;
  const learner = `{ kind: distil, teacher: ${join(goldens, "gemma3-multimodal")}, target: ${target}, k: 24 }`;
  const { plan, saved } = await tune(configOf("student", "chat.jsonl", learner, out), { codeVersion: "test" });
  expect(plan.learner).toContain(`${target} target`);
  expect(plan.parametersTrained).toBe(plan.parametersTotal);
  const [first, last] = [losses(out)[0], losses(out).at(-1)!];
  expect(last).toBeLessThan(first - 0.2);
  const student = await openCheckpoint(saved);
  expect(student.tokenizer).toBeDefined();
  await student.close();
});

test("a teacher of other tokens is refused before anything is trained", async () => {
  const learner = "{ kind: distil, teacher: nano }";
  await expect(
    tune(configOf("student", "chat.jsonl", learner, "never"), { codeVersion: "test" }),
  ).rejects.toMatchObject({ code: "learn/teacher" });
});

test.each(["siglip", "info-nce"] as const)("pictures and texts find each other: %s", async (loss) => {
  const config = configOf(
    "siglip",
    "pairs.jsonl",
    `{ kind: contrastive, loss: ${loss} }`,
    loss,
    "gradientCheckpointing: true",
  );
  const { before, after, saved, run } = await tune(config, { codeVersion: "test" });
  expect(run!.steps).toBe(16);
  expect(after!.loss).toBeLessThan(before!.loss - 0.2);
  expect(after!.accuracy).toBeGreaterThan(before!.accuracy!);
  // The loss of a step over all pairs is the measure's own.
  expect(losses(loss)[0]).toBeCloseTo(before!.loss, 4);
  const [model, base] = [await openCheckpoint(saved), await openCheckpoint(join(folder, "siglip"))];
  const bias = [await model.weights.read("logit_bias"), await base.weights.read("logit_bias")];
  if (loss === "siglip") expect(bias[0]).not.toEqual(bias[1]);
  else expect(bias[0]).toEqual(bias[1]);
  await Promise.all([model.close(), base.close()]);
});

test("a batch of more pairs than there are is refused, and a base without a text tower", async () => {
  const large = configOf("siglip", "pairs.jsonl", "{ kind: contrastive }", "never");
  await expect(tune({ ...large, batch: { ...large.batch, rows: 7 } }, { codeVersion: "test" })).rejects.toMatchObject({
    code: "learn/too-few-pairs",
  });
  const wrong = configOf("nano", "pairs.jsonl", "{ kind: contrastive }", "never");
  await expect(tune(wrong, { codeVersion: "test" })).rejects.toMatchObject({ code: "learn/tune-base" });
});

test.each(["nano", "siglip"])("a probe on %s tells what it was shown, and is read back", async (base) => {
  const out = `probe-${base}`;
  const config = configOf(base, "labels.jsonl", "{ kind: probe, c: 100 }", out);
  const { before, after, test: tested, saved } = await tune(config, { codeVersion: "test" });
  expect(before!.accuracy).toBe(0.5);
  expect(after).toMatchObject({ accuracy: 1 });
  expect(after!.loss).toBeLessThan(before!.loss / 2);
  expect(tested).toEqual({ before, after });
  const { base: own, probe } = await readProbe(saved);
  const embedder = await ImageEmbedder.open(own, 1);
  const [bright, dark] = probe.probabilities(await embedder.embed(join(folder, "1.png")));
  expect(probe.classes).toEqual(["bright", "dark"]);
  expect(bright).toBeGreaterThan(dark);
  await embedder.close();
});

test("a label outside the declared set stops a probe before anything is embedded", async () => {
  const config = configOf("nano", "labels.jsonl", "{ kind: probe }", "never");
  const data = { ...config.data, labels: ["dark", "light"] };
  await expect(tune({ ...config, data }, { codeVersion: "test" })).rejects.toThrow(/line 2: has the label "bright"/);
});
