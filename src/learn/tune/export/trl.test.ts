/** An exported run: the same tokens, targets and pixels as a run here. The program is checked by `tools/reference/learn/trl-export.py`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBase } from "../base.ts";
import { readTuneConfig } from "../config.ts";
import { TrainingImages } from "../images.ts";
import { exportTrl } from "./trl.ts";

const folder = mkdtempSync(join(tmpdir(), "learn-trl-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  for (const [i, level] of [20, 230].entries())
    await sharp({ create: { width: 40, height: 24, channels: 3, background: { r: level, g: 9, b: level } } })
      .png()
      .toFile(join(folder, `${i}.png`));
  const line = (i: number, answer: string) => ({
    messages: [
      {
        role: "user",
        content: [
          { type: "image", image: `${i}.png` },
          { type: "text", text: "Dark or bright?" },
        ],
      },
      { role: "assistant", content: answer },
    ],
  });
  const lines = [line(0, "Final Answer: dark"), line(1, "Final Answer: bright"), line(0, "Final Answer: dark")];
  writeFileSync(join(folder, "train.jsonl"), lines.map((one) => JSON.stringify(one)).join("\n"));
});

const configOf = (more: string) =>
  readTuneConfig(
    `base: nano\nout: run\ndata: { train: train.jsonl }\nbatch: { rows: 2 }\nschedule: { epochs: 2, warmup: 0.5 }\n${more}`,
    join(folder, "x.yaml"),
  );
const lora = configOf("learner: { kind: lora, rank: 4, targets: [q_proj, fc1] }");

test("tokens, targets and pixels are those of a run here", async () => {
  const to = join(folder, "export");
  const exported = await exportTrl(lora, to, { version: "test" });
  expect(exported).toMatchObject({ folder: to, examples: 3, images: 2, validationExamples: 0 });
  const run = JSON.parse(readFileSync(join(to, "run.json"), "utf8"));
  expect(run).toMatchObject({
    base: "nano",
    pad_token_id: 0,
    schedule: { steps: null, warmup: 2 },
    image: { size: 128 },
  });
  // Six layers of the decoder, and two modules of each of the six of the tower.
  expect(run.lora.modules).toHaveLength(18);
  expect(run.lora.modules).toContain("model.language_model.layers.5.self_attn.q_proj");
  const base = await openBase("nano");
  const images = new TrainingImages(128);
  const rows = readFileSync(join(to, "data/train.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((row) => JSON.parse(row));
  for (const [i, { images: names, input_ids: ids, learned, messages }] of rows.entries()) {
    const said = base.builder.tokenizer.decode(ids.slice(...learned[0]));
    expect(said).toBe(messages[1].content[0].text);
    expect(ids.slice(learned[0][1] - 1)).toEqual([base.builder.tokenizer.requireId("<end_of_turn>")]);
    expect(ids.filter((id: number) => id === run.image.token_id)).toHaveLength(16);
    const { data, info } = await sharp(join(to, names[0])).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([128, 128, 3]);
    const seen = await images.read(join(folder, `${i % 2}.png`));
    expect(data.equals(Buffer.from(seen.data))).toBe(true);
  }
  await base.checkpoint.close();
  expect(readdirSync(to).sort()).toEqual(["README.md", "data", "images", "requirements.txt", "run.json", "train.py"]);
  expect(Object.keys(run.sha256)).toHaveLength(3);
  expect(JSON.stringify(run)).not.toContain(folder);
  await expect(exportTrl(lora, to, { version: "test" })).rejects.toMatchObject({ code: "file/exists" });
});

test("what the program does not train is refused, and nothing is left of a failed export", async () => {
  const refused = (more: string) => exportTrl(configOf(more), join(folder, "no"), { version: "test" });
  await expect(refused("learner: { kind: full }")).rejects.toMatchObject({ code: "learn/export", found: "full" });
  await expect(refused("learner: { kind: lora }\noptimizer: { averageDecay: 0.9 }")).rejects.toMatchObject({
    where: "optimizer.averageDecay",
  });
  const lost = { ...lora, data: { ...lora.data, train: [{ path: join(folder, "none.jsonl"), weight: 1 }] } };
  await expect(exportTrl(lost, join(folder, "no"), { version: "test" })).rejects.toThrow("none.jsonl");
  expect(readdirSync(folder).filter((name) => name.startsWith("no"))).toEqual([]);
});
