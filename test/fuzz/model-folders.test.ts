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
import { processorSeconds } from "../support/processor-time.ts";
import { openModelFolder } from "./readers/models.ts";
import { mutateJson, mutateSafetensors } from "./structure/json.ts";

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

async function open(): Promise<string> {
  try {
    await openModelFolder(folder);
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
