import { expect, test } from "vitest";
import { processorSeconds } from "../../../test/support/processor-time.ts";
import { ModulePattern } from "./module-pattern.ts";

const module = "model.language_model.layers.12.self_attn.q_proj";

/** What Python's `re.match(rf"(.*\.)?({key})$", module)` says, written down from running it. */
test.each([
  ["q_proj", true],
  ["proj", false],
  ["self_attn.q_proj", true],
  ["self_attn_q_proj", false],
  ["selfxattn.q_proj", false],
  ["self.attn.q.proj", true],
  ["layers.1.self_attn.q_proj", false],
  ["layers.12.self_attn.q_proj", true],
  [module, true],
  [`x.${module}`, false],
  [".*layers\\.1[0-3]\\.self_attn\\.[qk]_proj", true],
  [".*layers\\.[0-9]\\.self_attn\\.q_proj", false],
  ["layers\\.(0|12)\\..*", true],
  ["^model\\.language_model\\..*q_proj", true],
  ["^language_model\\..*q_proj", false],
  ["(q|v)_proj$", true],
  ["(?:k|v)_proj", false],
  ["\\w+_proj", true],
  ["\\d+\\.self_attn\\.q_proj", true],
  ["layers\\.\\d{2}\\.self_attn\\.q_proj", true],
  ["layers\\.\\d{3,}\\.self_attn\\.q_proj", false],
  ["layers\\.\\d{1,2}?\\.self_attn\\.q_proj", true],
  ["[^k]_proj", true],
  ["[a-p]_proj", false],
  ["q_?proj", true],
  ["", false],
])("%s", (key, expected) => {
  expect(new ModulePattern(key, "here").matches(module)).toBe(expected);
});

test("what is no pattern is refused by name", () => {
  for (const key of [
    "*",
    "(q",
    "q)",
    "[q",
    "a**",
    "\\",
    "(?=q)",
    "(?P<n>q)",
    "\\1",
    "a{3,1}",
    "[z-a]",
    "x".repeat(1001),
    "(".repeat(60),
  ]) {
    const make = () => new ModulePattern(key, "adapter_config.json rank_pattern");
    expect(make, key).toThrow(
      expect.objectContaining({ code: "checkpoint/adapter", where: "adapter_config.json rank_pattern" }),
    );
  }
});

test("a hostile key takes no longer than another", () => {
  const name = `model.${"layers.1.".repeat(200)}q_proj`;
  for (const key of [
    "(.*.*.*.*.*.*)*x",
    "(a+)+$",
    "((\\w+\\.)*)*!",
    "(.|.|.|.)*x",
    "((a{0,50}){0,50}){0,3}!",
    ".*.*.*.*.*.*.*.*.*.*!",
  ]) {
    const began = processorSeconds();
    try {
      expect(new ModulePattern(key, "here").matches(name)).toBe(false);
    } catch (error) {
      expect(error).toMatchObject({ code: "checkpoint/adapter" });
    }
    expect(processorSeconds() - began).toBeLessThan(2);
  }
});
