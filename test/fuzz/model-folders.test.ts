/**
 * Damaged model folders: every file of a small checkpoint, and of an adapter, changed in its structure (values of other types and sizes, keys
 * gone, headers that lie). Each opens, or is refused by name, in bounded time. FUZZ_MODELS sets how many.
 */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PolyclinicError } from "../../src/base/errors.ts";
import { Random } from "../../src/base/random.ts";
import { applyAdapter, checkTensors, openAdapter, openCheckpoint } from "../../src/checkpoint/index.ts";
import { expectedTensors } from "../../src/nn/index.ts";
import { PromptBuilder } from "../../src/text/index.ts";
import { processorSeconds } from "../support/processor-time.ts";

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));
const model = source("model/engine/goldens/gemma3-multimodal");
const adapter = source("checkpoint/goldens/kinds/alpha-pattern-regex");
const count = Number(process.env.FUZZ_MODELS ?? 240);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-fuzz-models-"));
  await cp(model, join(folder, "model"), { recursive: true });
  await cp(adapter, join(folder, "adapter"), { recursive: true });
});
afterAll(() => rm(folder, { recursive: true }));

const odd: readonly unknown[] = [
  null,
  true,
  false,
  -1,
  0,
  1.5,
  1e9,
  1e15,
  1e308,
  "",
  "x",
  "constructor",
  "(.*.*.*.*)*x",
  [],
  [null],
  [[[]]],
  {},
  { a: 1 },
  { "*": 4 },
  "x".repeat(5000),
];

/** Changes one place of a JSON value, at any depth. */
function mutateJson(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random.below(4) === 0) return odd[random.below(odd.length)];
  const keys = Object.keys(value);
  if (keys.length === 0) return odd[random.below(odd.length)];
  const key = keys[random.below(keys.length)];
  const copy: Record<string, unknown> = Array.isArray(value) ? ([...value] as never) : { ...value };
  const how = random.below(8);
  if (how === 0) delete copy[key];
  else if (how === 1) copy[`${key}_${random.below(9)}`] = odd[random.below(odd.length)];
  else copy[key] = mutateJson((value as Record<string, unknown>)[key], random);
  return copy;
}

/** A safetensors file whose header was changed and whose length field still fits, or does not. */
function mutateSafetensors(bytes: Uint8Array, random: Random): Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const text = new TextEncoder().encode(JSON.stringify(mutateJson(header, random)));
  const out = new Uint8Array(8 + text.length + bytes.length - 8 - length);
  const declared = random.below(10) === 0 ? 2 ** random.below(52) : text.length;
  new DataView(out.buffer).setBigUint64(0, BigInt(declared), true);
  out.set(text, 8);
  out.set(bytes.subarray(8 + length), 8 + text.length);
  return random.below(8) === 0 ? out.subarray(0, random.below(out.length)) : out;
}

async function open(): Promise<string> {
  try {
    const checkpoint = await openCheckpoint(join(folder, "model"));
    try {
      checkTensors(checkpoint.weights, expectedTensors(checkpoint.config), folder);
      const tokensPerImage = checkpoint.config.kind === "multimodal" ? checkpoint.config.tokensPerImage : undefined;
      if (checkpoint.tokenizer !== undefined && tokensPerImage !== undefined && tokensPerImage < 10_000)
        new PromptBuilder({ ...checkpoint.tokenizer, tokensPerImage }).build([
          { role: "user", content: [{ type: "image" }, { type: "text", text: "What is <b> this?" }] },
        ]);
      const opened = await openAdapter(join(folder, "adapter"), checkpoint.config.kind);
      try {
        applyAdapter(checkpoint.weights, checkpoint.config, opened);
      } finally {
        await opened.close();
      }
    } finally {
      await checkpoint.close();
    }
    return "opened";
  } catch (error) {
    if (PolyclinicError.is(error)) return error.code;
    return `not a PolyclinicError: ${error instanceof Error ? error.stack : String(error)}`;
  }
}

const files = [
  "model/config.json",
  "model/generation_config.json",
  "model/preprocessor_config.json",
  "model/tokenizer.json",
  "model/tokenizer_config.json",
  "model/model.safetensors",
  "adapter/adapter_config.json",
  "adapter/adapter_model.safetensors",
];

test("damaged model folders open, or are refused by name", { timeout: 600_000 }, async () => {
  expect(await open()).toBe("opened");
  const outcomes = new Map<string, number>();
  const wrong: string[] = [];
  for (let i = 0; i < count; i++) {
    const random = new Random(i);
    const file = files[i % files.length];
    const path = join(folder, file);
    const whole = await readFile(path);
    const damaged = file.endsWith(".json")
      ? JSON.stringify(mutateJson(JSON.parse(whole.toString("utf8")), random))
      : mutateSafetensors(whole, random);
    await writeFile(path, damaged);
    const began = processorSeconds();
    const outcome = await open();
    const seconds = processorSeconds() - began;
    await writeFile(path, whole);
    if (!/^[a-z]+(?:\/[a-z-]+)?$/.test(outcome) || seconds > 10)
      wrong.push(`${i} ${file} ${seconds.toFixed(1)} s ${outcome.slice(0, 400)}`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  expect(wrong).toEqual([]);
  expect(outcomes.size).toBeGreaterThan(4);
});
