import { expect, test } from "vitest";
import { processorSeconds } from "../../../test/support/processor-time.ts";
import { parseYaml } from "./yaml.ts";

test("a document is its value, an error has its line and column", () => {
  expect(parseYaml("a: [1, 'two']\nb: { c: null }\n")).toEqual({ a: [1, "two"], b: { c: null } });
  expect(() => parseYaml('a: 1\nb: "\\&"\n')).toThrow("Invalid escape sequence \\& at line 2, column 5");
  expect(() => parseYaml("a: 1\n---\nb: 2\n")).toThrow(/multiple documents/);
  // Aliases that would multiply to a billion.
  const laughs = [
    "a0: &a0 [x, x]",
    ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `a${n}: &a${n} [${`*a${n - 1}, `.repeat(9)}]`),
  ];
  expect(() => parseYaml(laughs.join("\n"))).toThrow(/alias/i);
});

test("depth and size are bounded, and the same bounds admit what people write", () => {
  const nested = (depth: number) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;
  expect(JSON.stringify(parseYaml(nested(90)))).toBe(nested(90));
  expect(() => parseYaml(nested(200))).toThrow("nested deeper than 100 levels at line 1, column 10");
  expect(() => parseYaml(`# ${"x".repeat(1 << 18)}`)).toThrow(/longer than/);
});

test.each([
  "[",
  "{",
  "- ",
  "? ",
  "a: ",
  '"\\&',
  '"',
  "'",
  "&a ",
  "*a ",
  "<<: *a\n",
  "- [",
  "{a: ",
  "\n",
  "- a\n",
  "!!x ",
  ", ",
  "[],",
  "%a\n",
  '"\\&" ',
])("20,000 characters of %j: a value or an error, in little time", (unit) => {
  const began = processorSeconds();
  try {
    parseYaml(unit.repeat(20_000 / unit.length));
  } catch (error) {
    expect((error as Error).message).toMatch(/^[^\n]{5,200}$/);
  }
  expect(processorSeconds() - began).toBeLessThan(2);
});
