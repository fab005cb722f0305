/** Schemas that no person would write: each is refused by name, or compiles, in little time. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { processorSeconds } from "../../../test/support/processor-time.ts";
import { PolyclinicError } from "../../base/errors.ts";
import { compileSchema } from "./schema.ts";

const nested = (depth: number, wrap: (inner: unknown) => unknown, inner: unknown = { type: "null" }): unknown => {
  let value = inner;
  for (let i = 0; i < depth; i++) value = wrap(value);
  return value;
};
const many = <T>(n: number, make: (i: number) => T) => Array.from({ length: n }, (_, i) => make(i));
const chain = (n: number) => ({
  $ref: "#/$defs/r0",
  $defs: Object.fromEntries(many(n, (i) => [`r${i}`, i === n - 1 ? { type: "null" } : { $ref: `#/$defs/r${i + 1}` }])),
});
const cyclic: Record<string, unknown> = { type: "array" };
cyclic.items = cyclic;

test.each<[string, unknown]>([
  ["an inherited name as a definition", { $ref: "#/$defs/constructor", $defs: {} }],
  ["another inherited name", { $ref: "#/$defs/toString", $defs: { a: { type: "null" } } }],
  ["definitions that are no object", { $ref: "#/$defs/a", $defs: 5 }],
  ["a reference with broken escapes", { $ref: "#/$defs/%E0%A4%A", $defs: {} }],
  ["an inherited name as a type", { type: "constructor" }],
  ["an alternative that is null", { oneOf: [null, {}] }],
  ["an alternative that is null, beside one", { oneOf: [null, { type: "string" }] }],
  ["alternatives that are numbers", { anyOf: [1, 2] }],
  ["required that is a number", { type: "object", properties: { a: {} }, required: 5 }],
  ["required of numbers", { type: "object", properties: { a: {} }, required: [5] }],
  ["properties that are a list", { type: "object", properties: [1] }],
  ["prefix items that are an object", { type: "array", prefixItems: { a: 1 } }],
  ["an enum that is text", { enum: "abc" }],
  ["10,000 levels of arrays", nested(10_000, (items) => ({ type: "array", items }))],
  ["2,000 levels of objects", nested(2000, (a) => ({ type: "object", properties: { a } }))],
  ["100,000 prefix items", { type: "array", prefixItems: many(1e5, () => ({ type: "null" })) }],
  ["an enum of 100,000", { enum: many(1e5, String) }],
  ["a chain of 5,000 references", chain(5000)],
  ["20,000 properties", { type: "object", properties: Object.fromEntries(many(20_000, (i) => [`p${i}`, {}])) }],
  ["a constant of a megabyte", { const: "x".repeat(1 << 20) }],
  ["a name of a megabyte", { type: "object", properties: { ["x".repeat(1 << 20)]: {} } }],
  ["a schema that contains itself", cyclic],
  ["a constant that is no JSON", { const: 10n }],
  ["a bound that is no number", { type: "number", minimum: Number.NaN }],
  ["a type list of mixed things", { type: ["string", 5] }],
  ["nothing", undefined],
])("%s", (_, schema) => {
  const began = processorSeconds();
  expect(() => compileSchema(schema)).toThrow(expect.objectContaining({ code: "text/schema" }));
  expect(processorSeconds() - began).toBeLessThan(2);
});

test("what is large but reasonable compiles, in little time", () => {
  const began = processorSeconds();
  const properties = Object.fromEntries(many(100, (i) => [`a property with a long name ${i}`, { type: "string" }]));
  for (const schema of [
    { type: "object", properties },
    { type: "object", properties, required: Object.keys(properties) },
    { enum: many(2000, (i) => `value ${i}`) },
    { type: "array", minItems: 1e9, items: { type: "integer" } },
    { const: "x".repeat(3000) },
    nested(30, (items) => ({ type: "array", items })),
    chain(40),
  ])
    expect(compileSchema(schema).shortest).toBeGreaterThan(0);
  expect(processorSeconds() - began).toBeLessThan(20);
});

test("random schemas compile or are refused by name", () => {
  const keywords = fc.constantFrom(
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "$ref",
    "properties",
    "required",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "minLength",
    "minimum",
    "exclusiveMaximum",
    "additionalProperties",
    "propertyNames",
    "$defs",
  );
  const leaf = fc.oneof(
    fc.constantFrom("object", "array", "string", "integer", "#", "#/$defs/a", "__proto__"),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
  );
  const { schema } = fc.letrec((tie) => ({
    schema: fc.dictionary(keywords, tie("value"), { maxKeys: 4 }),
    value: fc.oneof({ depthSize: "small" }, leaf, tie("schema"), fc.array(tie("value"), { maxLength: 3 })),
  }));
  fc.assert(
    fc.property(schema, (value) => {
      try {
        compileSchema(value);
      } catch (error) {
        expect(PolyclinicError.is(error) && error.code).toBe("text/schema");
      }
    }),
    { numRuns: 400, seed: 7 },
  );
});
