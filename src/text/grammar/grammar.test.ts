import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Random } from "../../base/random.ts";
import { Tokenizer } from "../tokenizer.ts";
import { applyMask, CompiledSchema, Vocabulary } from "./index.ts";
import { loadXGrammar } from "./xgrammar.testing.ts";

const json = readFileSync(new URL("../../../models/nano/tokenizer.json", import.meta.url), "utf8");
const tokenizer = new Tokenizer({ tokenizer: JSON.parse(json) });
const vocabulary = Vocabulary.of(tokenizer);
const stops = [1, 106];

type Schema = Record<string, unknown>;

const everyId = Array.from({ length: vocabulary.size }, (_, id) => id);
const idsIn = (mask: Uint32Array | Int32Array) => everyId.filter((id) => mask[id >>> 5] & (1 << (id & 31)));

const quoted = new Set(everyId.filter((id) => tokenizer.piece(id)?.includes('"')));

/** A walk over allowed tokens, weighted so that strings end; the text it wrote. */
function walk(schema: Schema | CompiledSchema, seed: number, tokens = 200): string {
  const random = new Random(seed);
  const compiled = schema instanceof CompiledSchema ? schema : new CompiledSchema(schema, vocabulary, stops);
  const constraint = compiled.begin();
  const ids: number[] = [];
  for (let left = tokens; left > 0 && !constraint.finished; left--) {
    const allowed = idsIn(constraint.mask(left));
    const quotes = allowed.filter((id) => quoted.has(id));
    const from = quotes.length > 0 && random.next() < 0.2 ? quotes : allowed;
    const id = from[random.below(from.length)];
    constraint.accept(id);
    if (stops.includes(id)) break;
    ids.push(id);
  }
  expect(constraint.canStop).toBe(true);
  return tokenizer.decode(ids);
}

const name = fc.constantFrom("label", "findings", "box_2d", "a b", "é");
const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.constantFrom<Schema>(
    { type: "string" },
    { type: "integer" },
    { type: "number" },
    { type: "boolean" },
    { type: "null" },
  ),
  fc.record({
    enum: fc.uniqueArray(fc.constantFrom<unknown>("yes", "no", "yes please", 1, 10, null, true, "mm³"), {
      minLength: 1,
    }),
  }),
  fc.record({ const: fc.constantFrom<unknown>("normal", 0, -2.5, true) }),
);
const { schema: anySchema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }),
    fc.tuple(tie("schema"), fc.nat(2), fc.option(fc.nat(2), { nil: undefined })).map(
      ([items, minItems, extra]): Schema => ({
        type: "array",
        items,
        minItems,
        ...(extra === undefined ? {} : { maxItems: minItems + extra }),
      }),
    ),
    fc.uniqueArray(fc.tuple(name, tie("schema"), fc.boolean()), { maxLength: 4, selector: ([key]) => key }).map(
      (properties): Schema => ({
        type: "object",
        properties: Object.fromEntries(properties.map(([key, schema]) => [key, schema])),
        required: properties.filter(([, , needed]) => needed).map(([key]) => key),
        additionalProperties: false,
      }),
    ),
  ),
}));

const whole = (id: number) => (vocabulary.bytes(id)?.[0] ?? 0) < 0x80 || vocabulary.bytes(id)!.length > 1;

/** zod's own reading of JSON Schema, as an independent judge. */
const accepts = (schema: Schema, text: string) => z.fromJSONSchema(schema as never).safeParse(JSON.parse(text)).success;

test("the masks are xgrammar's, token by token, on random schemas and random walks", async () => {
  const xgrammar = loadXGrammar();
  const pieces = Array.from({ length: vocabulary.size }, (_, id) =>
    tokenizer.isControl(id) ? "" : tokenizer.piece(id)!,
  );
  const info = await xgrammar.TokenizerInfo.createTokenizerInfo(pieces, "byte_fallback", false, vocabulary.size, stops);
  const compiler = await xgrammar.GrammarCompiler.createGrammarCompiler(info);
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(anySchema, fc.integer(), async (schema, seed) => {
      const grammar = await compiler.compileJSONSchema(JSON.stringify(schema), false, -1, [", ", ": "], true);
      const matcher = await xgrammar.GrammarMatcher.createGrammarMatcher(grammar);
      const constraint = new CompiledSchema(schema, vocabulary, stops).begin();
      const random = new Random(seed);
      const written: number[] = [];
      for (let step = 0; step < 40; step++) {
        const ours = idsIn(constraint.mask());
        const theirs = idsIn(await matcher.getNextTokenBitmask());
        // Ours bounds the digits of a number and of its exponent, theirs does not: compare until a number grows that long.
        if (/\d{13}$|\d[eE][-+]?\d*$/.test(tokenizer.decode(written))) break;
        // A lone byte of a character: theirs also allows bytes that UTF-8 never holds (0xC0, 0xF5, 0xE0 0x80).
        expect(ours.filter(whole)).toEqual(theirs.filter(whole));
        expect(ours.filter((id) => !theirs.includes(id))).toEqual([]);
        compared++;
        const id = ours[random.below(ours.length)];
        if (id === undefined || stops.includes(id)) break;
        written.push(id);
        constraint.accept(id);
        expect(matcher.acceptToken(id)).toBe(true);
      }
      matcher.dispose();
      grammar.dispose();
    }),
    { seed: 12, numRuns: 60 },
  );
  expect(compared).toBeGreaterThan(300);
});

test("whatever is chosen, the answer is JSON that satisfies the schema, within the tokens given", () => {
  fc.assert(
    fc.property(anySchema, fc.integer(), fc.nat(60), (schema, seed, spare) => {
      const compiled = new CompiledSchema(schema, vocabulary, stops);
      const text = walk(compiled, seed, compiled.shortest + spare);
      expect({ text, accepted: accepts(schema, text) }).toEqual({ text, accepted: true });
    }),
    { seed: 13, numRuns: 150 },
  );
});

describe("bounds hold exactly", () => {
  const bound = fc.oneof(
    fc.integer({ min: -1200, max: 1200 }),
    fc.double({ min: -20, max: 20, noNaN: true }),
    fc.constantFrom(0, 1, 0.1, -0.5, 0.000001),
  );
  test("numbers", () => {
    fc.assert(
      fc.property(
        bound,
        bound,
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom("integer", "number"),
        fc.integer(),
        (a, b, openLow, openHigh, type, seed) => {
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          const schema: Schema = {
            type,
            [openLow ? "exclusiveMinimum" : "minimum"]: low,
            [openHigh ? "exclusiveMaximum" : "maximum"]: high,
          };
          fc.pre(type === "number" ? high - low > 1e-5 : Math.floor(high) - Math.ceil(low) >= 2);
          const value = Number(walk(schema, seed, 40));
          expect(openLow ? value > low : value >= low).toBe(true);
          expect(openHigh ? value < high : value <= high).toBe(true);
          if (type === "integer") expect(Number.isInteger(value)).toBe(true);
        },
      ),
      { seed: 14, numRuns: 300 },
    );
  });

  test("every whole number in a range can be written, and none outside", () => {
    for (const [minimum, maximum] of [
      [0, 1000],
      [-17, 23],
      [98, 1203],
      [5, 5],
    ]) {
      const compiled = new CompiledSchema({ type: "integer", minimum, maximum }, vocabulary, stops);
      for (let value = minimum - 30; value <= maximum + 30; value++) {
        const constraint = compiled.begin();
        const write = () => {
          for (const id of tokenizer.encode(String(value))) constraint.accept(id);
        };
        if (value < minimum || value > maximum) {
          expect(() => {
            write();
            if (!constraint.canStop) throw new Error("not complete");
          }).toThrow();
        } else {
          write();
          expect(constraint.canStop).toBe(true);
        }
      }
    }
  });

  test("decimals in a range", () => {
    const compiled = new CompiledSchema({ type: "number", minimum: -0.25, maximum: 1.5 }, vocabulary, stops);
    const complete = (text: string) => {
      const constraint = compiled.begin();
      try {
        for (const id of tokenizer.encode(text)) constraint.accept(id);
      } catch {
        return false;
      }
      return constraint.canStop;
    };
    for (const text of ["0", "1", "0.5", "1.5", "1.50", "1.499999", "-0.25", "-0.000001", "0.000000"])
      expect(complete(text), text).toBe(true);
    for (const text of ["2", "1.500001", "-0.250001", "-1", "-0", "1.", "01", ".5", "1e0", "1.6", "-0.3", "0.0000001"])
      expect(complete(text), text).toBe(false);
  });

  test("lengths count characters as every validator does", () => {
    fc.assert(
      fc.property(fc.nat(4), fc.nat(6), fc.integer(), (minLength, extra, seed) => {
        const text = walk({ type: "string", minLength, maxLength: minLength + extra }, seed, 80);
        const value: string = JSON.parse(text);
        expect(value.length).toBeGreaterThanOrEqual(minLength);
        expect(value.length).toBeLessThanOrEqual(minLength + extra);
      }),
      { seed: 15, numRuns: 100 },
    );
  });
});

test("schemas from zod: nested, optional, nullable, unions, tuples, records, literals, recursion", () => {
  interface Tree {
    name: string;
    parts: Tree[];
  }
  const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.enum(["lung", "lobe"]), parts: z.array(tree).max(2) }));
  const report = z.object({
    findings: z.array(z.string().max(12)).min(1).max(3).describe("one a line"),
    impression: z.string().optional(),
    pneumonia: z.enum(["yes", "no"]).nullable(),
    probability: z.number().min(0).max(1),
    box: z.tuple([z.int().min(0).max(1000), z.int().min(0).max(1000)]),
    size: z.union([z.object({ kind: z.literal("mm"), value: z.number() }), z.object({ kind: z.literal("none") })]),
    counts: z.record(z.string(), z.int()),
    tree,
    anything: z.unknown(),
  });
  const schema = new CompiledSchema(z.toJSONSchema(report), vocabulary, stops);
  for (let seed = 0; seed < 30; seed++)
    expect(report.safeParse(JSON.parse(walk(schema, seed, 300))).error).toBeUndefined();
});

describe("what is not in the subset is refused by name", () => {
  test.each<[string, Schema | unknown, RegExp]>([
    ["pattern", { type: "string", pattern: "a+" }, /#\/pattern/],
    ["format", { type: "object", properties: { at: { type: "string", format: "date" } } }, /#\/properties\/at\/format/],
    ["multipleOf", { type: "integer", multipleOf: 2 }, /multipleOf/],
    ["allOf", { allOf: [{ type: "string" }] }, /allOf/],
    ["not", { not: {} }, /not/],
    ["uniqueItems", { type: "array", uniqueItems: true }, /uniqueItems/],
    ["unknown type", { type: "text" }, /#\/type.*text/],
    ["reference elsewhere", { $ref: "https://example.com/schema" }, /example.com/],
    ["dangling reference", { $ref: "#/$defs/a", $defs: { b: {} } }, /points to a definition that does not exist.*b.*a/],
    [
      "left recursion",
      { $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] } }, $ref: "#/$defs/a" },
      /refers to itself/,
    ],
    [
      "endless value",
      { type: "object", properties: { next: { $ref: "#" } }, required: ["next"] },
      /cannot be satisfied/,
    ],
    ["empty range", { type: "integer", minimum: 1.2, maximum: 1.8 }, /no integer/],
    ["required but undeclared", { type: "object", properties: {}, required: ["a"] }, /not listed in properties.*a/],
    ["overlapping oneOf", { oneOf: [{ type: "number" }, { type: "integer" }] }, /not mutually exclusive/],
    ["false", false, /not a schema/],
    ["keyword of another type", { type: "string", minimum: 1 }, /minimum/],
  ])("%s", (_name, schema, message) => {
    expect(() => new CompiledSchema(schema, vocabulary)).toThrow(message);
  });

  test("oneOf that tells its alternatives apart is taken", () => {
    const kind = (value: string) => ({ type: "object", properties: { kind: { const: value } }, required: ["kind"] });
    expect(walk({ oneOf: [kind("a"), kind("b"), { type: "null" }, { const: "x" }] }, 1)).toMatch(
      /^(\{"kind": "[ab]"\}|null|"x")$/,
    );
  });
});

test("literals are written in the one layout", () => {
  expect(walk({ const: { a: [1, "b"], c: null } }, 1)).toBe('{"a": [1, "b"], "c": null}');
  const quoted = { type: "object", properties: { 'quo"te\n': { const: "\\" } }, required: ['quo"te\n'] };
  expect(JSON.parse(walk(quoted, 1))).toEqual({ 'quo"te\n': "\\" });
});

describe("constraints", () => {
  test("a token that is not allowed is refused, and too small a budget is said before anything is written", () => {
    const compiled = new CompiledSchema(
      { type: "object", properties: { answer: { enum: ["yes", "no"] } }, required: ["answer"] },
      vocabulary,
      stops,
    );
    expect(() => compiled.begin().accept(tokenizer.encode("[")[0])).toThrow(/not allowed/);
    expect(() => compiled.begin().accept(106)).toThrow(/token id 106/);
    expect(compiled.shortest).toBe('{"answer": "no"}'.length);
    expect(() => compiled.begin().mask(10)).toThrow(/expected at least 16, found 10/);
  });

  test("a mask makes every other logit impossible", () => {
    const logits = new Float32Array(2100).fill(1);
    applyMask(logits, new CompiledSchema({ const: 7 }, vocabulary, stops).begin().mask());
    const possible = [...logits.keys()].filter((id) => logits[id] !== -Infinity);
    expect(possible).toContain(tokenizer.encode("7")[0]);
    expect(new Set(possible.map((id) => tokenizer.decode([id])))).toEqual(new Set(["7"]));
  });
});
