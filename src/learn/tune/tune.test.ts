/** Tuning the embedded model on a handful of images made here. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CheckpointWeights } from "../../checkpoint/index.ts";
import { baseFolder, openBase, readTensors, saveModel } from "./base.ts";
import { readTuneConfig, type TunePlan, tune } from "./index.ts";
import { labelledConfig } from "./labelled.ts";
import { describePlan, memoryOf, refuseTooLarge } from "./plan.ts";

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
  expect(describePlan(plans[0])).toContain("labels     dark, bright");
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

test("an invalid configuration names every field at fault", () => {
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
    /line 2: has the answer "Final Answer: bright"/,
  );
});

test("text alone trains every tensor but those that only pictures reach, which stay as they are", async () => {
  const line = (word: string, answer: string) =>
    JSON.stringify({
      messages: [
        { role: "user", content: [{ type: "text", text: `Is ${word} an organ?` }] },
        { role: "assistant", content: `Final Answer: ${answer}` },
      ],
    });
  writeFileSync(join(folder, "text.jsonl"), [line("the liver", "yes"), line("a table", "no")].join("\n"));
  writeFileSync(join(folder, "text-held.jsonl"), line("the spleen", "yes"));
  const config = readTuneConfig(
    `
base: nano
out: text-only
data: { train: text.jsonl, validation: text-held.jsonl }
learner: { kind: full }
schedule: { steps: 21, learningRate: 1.0e-4, warmup: 0, shape: constant }
batch: { rows: 1, tokens: 48 }
validate: { times: 1 }
threads: 1
`,
    join(folder, "x.yaml"),
  );
  const plans: TunePlan[] = [];
  const { before, after, saved } = await tune(config, { codeVersion: "test", onPlan: (plan) => plans.push(plan) });
  expect(plans[0].learner).toMatch(/^full, without the vision tower/);
  expect(after!.loss).toBeLessThan(before!.loss);
  const base = await openBase("nano");
  const tuned = await openBase(saved);
  for (const name of base.checkpoint.weights.names.filter((one) => /vision_tower|projector/.test(one)).slice(0, 5))
    expect(await tuned.checkpoint.weights.read(name), name).toEqual(await base.checkpoint.weights.read(name));
  await base.checkpoint.close();
  await tuned.checkpoint.close();
});

test("a saved model keeps the other forms of its tokenizer, which the converters of other engines read", async () => {
  const source = join(folder, "with-sentencepiece");
  cpSync(baseFolder("nano"), source, { recursive: true });
  const other = { "tokenizer.model": "pieces", "special_tokens_map.json": "{}" };
  for (const [name, text] of Object.entries(other)) writeFileSync(join(source, name), text);
  const base = await openBase(source);
  const saved = await saveModel(join(folder, "saved"), base.checkpoint, await readTensors(base));
  await base.checkpoint.close();
  for (const [name, text] of Object.entries(other)) expect(readFileSync(join(saved, name), "utf8")).toBe(text);
  expect(readdirSync(saved)).not.toContain("README.md");
});

test("labelled folders become conversations, a split and a configuration; copies and patients stay on one side", async () => {
  const source = join(folder, "labelled");
  const picture = (level: number) =>
    sharp({ create: { width: 8, height: 8, channels: 3, background: { r: level, g: level, b: level } } })
      .png()
      .toBuffer();
  for (const label of ["dark", "very-bright"]) {
    mkdirSync(join(source, label), { recursive: true });
    for (let i = 0; i < 8; i++)
      // Every image twice.
      writeFileSync(join(source, label, `${i}.png`), await picture((label === "dark" ? 10 : 200) + (i >> 1)));
  }
  const examples = (path: string) =>
    readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).messages);
  const path = await labelledConfig(source, { out: join(folder, "from-labels") });
  const config = readTuneConfig(readFileSync(path, "utf8"), path);
  expect(config).toMatchObject({
    base: "nano",
    out: join(folder, "from-labels"),
    data: { labels: ["dark", "very bright"] },
  });
  // A folder of studies among which some are folders is not a set of labels.
  writeFileSync(join(source, "loose.png"), await picture(50));
  await expect(labelledConfig(source, { out: join(folder, "loose") })).rejects.toThrow(
    /outside the folders of the labels.*loose\.png/s,
  );
  rmSync(join(source, "loose.png"));
  const [train, held] = [config.data.train[0].path, config.data.validation!].map(examples);
  expect([train.length, held.length]).toEqual([12, 4]);
  const levels = (all: typeof train) =>
    new Set(
      all.map(([{ content }]) =>
        readFileSync(content.find(({ image }: { image?: string }) => image).image).toString("hex"),
      ),
    );
  expect([...levels(train)].filter((one) => levels(held).has(one))).toEqual([]);
  expect(new Set([...train, ...held].map(([, { content }]) => content[0].text))).toEqual(
    new Set(["Final Answer: dark", "Final Answer: very bright"]),
  );

  const rows = Array.from(
    { length: 8 },
    (_, i) => `labelled/${i % 2 ? "dark" : "very-bright"}/${i}.png;${i % 2 ? "dark" : "bright"};p${i >> 1}`,
  );
  writeFileSync(join(folder, "table.csv"), `image;label;patient\n${rows.join("\n")}\n`);
  const table = await labelledConfig(join(folder, "table.csv"), {
    out: join(folder, "from-table"),
    question: "How bright?",
  });
  const of = readTuneConfig(readFileSync(table, "utf8"), table).data;
  const patients = (file: string) =>
    new Set(
      examples(file).map(([{ content }]) => Number(/(\d)\.png/.exec(content[0].image ?? content[1].image)![1]) >> 1),
    );
  expect([...patients(of.train[0].path)].filter((one) => patients(of.validation!).has(one))).toEqual([]);
  await expect(labelledConfig(join(source, "dark"), { out: join(folder, "none") })).rejects.toMatchObject({
    code: "learn/labelled",
  });
  writeFileSync(join(folder, "short.csv"), "image,label\na.png\n");
  await expect(labelledConfig(join(folder, "short.csv"), { out: join(folder, "none") })).rejects.toThrow(/line 2/);
});
