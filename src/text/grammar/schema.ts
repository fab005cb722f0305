/**
 * JSON Schema to a grammar. The subset, everything else being an error that names the keyword and its place:
 *
 * | for | keywords |
 * |---|---|
 * | any | `type` (one or a list), `enum`, `const`, `anyOf`, `oneOf` whose branches exclude each other by type, `$ref` to `#` or `#/$defs/...` |
 * | object | `properties`, `required`, `additionalProperties` (the values of an object without `properties`), `propertyNames` of type string |
 * | array | `items`, `prefixItems`, `minItems`, `maxItems` |
 * | string | `minLength`, `maxLength` |
 * | integer, number | `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum` |
 * | read over | `title`, `description`, `default`, `examples`, `deprecated`, `readOnly`, `writeOnly`, `$schema`, `$id`, `$comment`, `$defs`, `definitions` |
 *
 * Generated text satisfies the schema in one layout: declared properties only, in declared order, with `, ` and `: ` as separators.
 * Bounded numbers have up to six decimals; others up to 15 digits before and after the point.
 *
 * Over 300 lines because one class compiles every keyword: its methods call each other recursively and share the reference and size limits.
 */
import { PolyclinicError } from "../../base/errors.ts";
import { arrayTerm, digitLimit, integerTerm, literalText, numberTerm, stringTerm } from "./json-terms.ts";
import { decimalRange, decimals, integerRange } from "./number-range.ts";
import { type Term, Terms } from "./term.ts";

type Schema = Record<string, unknown>;

const annotations = [
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$schema",
  "$id",
  "$comment",
  "$defs",
  "definitions",
];
const byType: Record<string, readonly string[]> = {
  object: ["properties", "required", "additionalProperties", "propertyNames"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  string: ["minLength", "maxLength"],
  integer: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"],
  boolean: [],
  null: [],
};

/** The grammar's start. Throws `text/schema` for a schema that is outside the subset, too large, or unsatisfiable. */
export function compileSchema(schema: unknown): Term {
  requireBounded(schema);
  try {
    return new SchemaCompiler(schema).compile();
  } catch (cause) {
    if (PolyclinicError.is(cause)) throw cause;
    throw new PolyclinicError("text/schema", "cannot be compiled", {
      where: "schema",
      found: cause instanceof Error ? cause.message : String(cause),
      hint: "Validate it against JSON Schema, or simplify it.",
      cause,
    });
  }
}

/**
 * Larger schemas would take minutes or gigabytes to compile; no form that a model could fill comes near these limits.
 */
const schemaLimits = { depth: 64, nodes: 50_000, properties: 500, choices: 2000, characters: 4000 } as const;

/**
 * Rejects a schema that is too large or too deep, without recursion. Also terminates for one that contains itself.
 *
 * @throws PolyclinicError `text/schema`.
 */
export function requireBounded(schema: unknown): void {
  const open: { readonly value: unknown; readonly at: string; readonly depth: number }[] = [
    { value: schema, at: "#", depth: 0 },
  ];
  let nodes = 0;
  while (open.length > 0) {
    const { value, at, depth } = open.pop()!;
    const tooLarge = (expected: string, found: number) => refuse(at, "is too large", expected, `${found}`);
    if (++nodes > schemaLimits.nodes) tooLarge(`at most ${schemaLimits.nodes} nodes in total`, nodes);
    if (typeof value === "string" && value.length > schemaLimits.characters)
      tooLarge(`at most ${schemaLimits.characters} characters`, value.length);
    if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol")
      refuse(at, "is not JSON", "a JSON value", typeof value);
    if (typeof value === "number" && !Number.isFinite(value)) refuse(at, "is not JSON", "a number", `${value}`);
    if (typeof value !== "object" || value === null) continue;
    if (depth >= schemaLimits.depth) tooLarge(`at most ${schemaLimits.depth} levels`, depth + 1);
    const keys = Object.keys(value);
    const limit = Array.isArray(value) ? schemaLimits.choices : schemaLimits.properties;
    if (keys.length > limit) tooLarge(`at most ${limit} entries`, keys.length);
    for (const key of keys) {
      if (key.length > schemaLimits.characters)
        tooLarge(`names of at most ${schemaLimits.characters} characters`, key.length);
      open.push({ value: (value as Schema)[key], at: `${at}/${key.slice(0, 80)}`, depth: depth + 1 });
    }
  }
}

class SchemaCompiler {
  private depth = 0;
  private readonly terms = new Terms();
  private readonly rules = new Map<string, Term>();
  /** References being expanded without any output in between: meeting one again would recurse forever. */
  private readonly opening = new Set<string>();
  private anything: Term | undefined;

  constructor(private readonly root: unknown) {}

  compile(): Term {
    const start = this.reference("#", "#");
    this.terms.settle();
    if (start.shortest === Infinity)
      refuse("#", "cannot be satisfied by a finite value", "a schema that at least one finite value satisfies", "");
    return start;
  }

  private schema(value: unknown, at: string): Term {
    // References can nest deeper than the schema itself.
    if (this.depth >= 2 * schemaLimits.depth)
      refuse(at, "is nested too deeply", `at most ${2 * schemaLimits.depth} levels`, "more");
    this.depth++;
    try {
      return this.schemaHere(value, at);
    } finally {
      this.depth--;
    }
  }

  private schemaHere(value: unknown, at: string): Term {
    if (value === true) return this.anyValue();
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      refuse(at, "is not a schema", "an object or true", JSON.stringify(value));
    }
    const schema = value as Schema;
    if (schema.$ref !== undefined) return this.alone(schema, "$ref", at, () => this.reference(schema.$ref, at));
    if (schema.enum !== undefined) return this.enumeration(schema, at);
    if (schema.const !== undefined)
      return this.alone(schema, "const", at, () => this.literal(schema.const, schema.type), ["type"]);
    for (const key of ["anyOf", "oneOf"] as const) {
      if (schema[key] !== undefined)
        return this.alone(schema, key, at, () => this.choices(schema[key], key, `${at}/${key}`));
    }
    return this.typed(schema, at);
  }

  private typed(schema: Schema, at: string): Term {
    const { type } = schema;
    if (type === undefined) {
      this.only(schema, [], at);
      return this.anyValue();
    }
    const types = Array.isArray(type) ? type : [type];
    const known = types.filter((name) => typeof name === "string" && Object.hasOwn(byType, name));
    if (known.length !== types.length || types.length === 0) {
      refuse(`${at}/type`, "is not a type", Object.keys(byType).join(", "), JSON.stringify(type));
    }
    this.only(schema, ["type", ...known.flatMap((name) => byType[name])], at);
    return this.terms.either(known.map((name) => this.ofType(name, schema, at)));
  }

  private ofType(type: string, schema: Schema, at: string): Term {
    switch (type) {
      case "object":
        return this.apart(() => this.object(schema, at));
      case "array":
        return this.apart(() => this.array(schema, at));
      case "string":
        return stringTerm(this.terms, count(schema, "minLength", at, 0), count(schema, "maxLength", at, Infinity));
      case "integer":
        return this.integer(schema, at);
      case "number":
        return this.number(schema, at);
      case "boolean":
        return this.terms.either([this.terms.text("true"), this.terms.text("false")]);
      default:
        return this.terms.text("null");
    }
  }

  private object(schema: Schema, at: string): Term {
    const { terms } = this;
    const properties = objectAt(schema, "properties", at);
    const required = new Set(
      listAt(schema, "required", at).map((name) =>
        typeof name === "string"
          ? name
          : refuse(`${at}/required`, "is not a list of names", "strings", JSON.stringify(name)),
      ),
    );
    const names = Object.keys(properties);
    const undeclared = [...required].filter((name) => !names.includes(name));
    if (undeclared.length > 0)
      refuse(
        `${at}/required`,
        "requires properties that are not listed in properties",
        names.join(", ") || "no properties",
        undeclared.join(", "),
      );
    const extra = schema.additionalProperties;
    if (schema.properties === undefined && extra !== false) return this.dictionary(schema, at);
    // After property i - 1, with (`more`) or without a property written before.
    let more = terms.text("}");
    let first = more;
    for (const name of names.reverse()) {
      const value = this.schema(properties[name], `${at}/properties/${name}`);
      const pair = terms.all([terms.text(`${JSON.stringify(name)}: `), value]);
      const written = terms.sequence(pair, more);
      const afterOthers = terms.sequence(terms.text(", "), written);
      first = required.has(name) ? written : terms.either([written, first]);
      more = required.has(name) ? afterOthers : terms.either([afterOthers, more]);
    }
    return terms.sequence(terms.text("{"), first);
  }

  /** Arbitrary keys with values of one schema. */
  private dictionary(schema: Schema, at: string): Term {
    const { terms } = this;
    const keys = schema.propertyNames;
    if (keys !== undefined && JSON.stringify(keys) !== '{"type":"string"}') {
      refuse(`${at}/propertyNames`, "is not in the supported subset", '{"type": "string"}', JSON.stringify(keys));
    }
    const pair = terms.all([
      stringTerm(terms),
      terms.text(": "),
      this.schema(schema.additionalProperties ?? true, `${at}/additionalProperties`),
    ]);
    const pairs = terms.sequence(pair, terms.repeat(terms.sequence(terms.text(", "), pair), 0));
    return terms.all([terms.text("{"), terms.optional(pairs), terms.text("}")]);
  }

  private array(schema: Schema, at: string): Term {
    const fixed = listAt(schema, "prefixItems", at).map((item, i) => this.schema(item, `${at}/prefixItems/${i}`));
    const least = count(schema, "minItems", at, 0);
    const most = count(schema, "maxItems", at, Infinity);
    if (fixed.length > 0 && most < fixed.length)
      refuse(`${at}/maxItems`, "is less than the number of fixed items", `${fixed.length} or more`, `${most}`);
    // A tuple without `items` is written without further items.
    const closed = schema.items === false || (schema.items === undefined && fixed.length > 0);
    const item = closed ? this.terms.none : this.schema(schema.items ?? true, `${at}/items`);
    if (closed && least > fixed.length)
      refuse(`${at}/minItems`, "requires more items than prefixItems and items allow", `${fixed.length}`, `${least}`);
    return arrayTerm(this.terms, fixed, item, Math.max(0, least - fixed.length), closed ? 0 : most - fixed.length);
  }

  private integer(schema: Schema, at: string): Term {
    const { low, high } = bounds(schema, at);
    if (Math.max(-low, high) === Infinity && Math.min(-low, high) === Infinity) return integerTerm(this.terms);
    const limit = 10 ** digitLimit - 1;
    const from = BigInt(Math.max(-limit, Math.ceil(low))) + (schema.exclusiveMinimum === Math.ceil(low) ? 1n : 0n);
    const to = BigInt(Math.min(limit, Math.floor(high))) - (schema.exclusiveMaximum === Math.floor(high) ? 1n : 0n);
    if (from > to) refuse(at, "allows no integer", "minimum <= maximum", `${low} to ${high}`);
    return this.terms.group(integerRange(this.terms, from, to));
  }

  private number(schema: Schema, at: string): Term {
    const { low, high } = bounds(schema, at);
    if (low === -Infinity && high === Infinity) return numberTerm(this.terms);
    const limit = 10n ** BigInt(digitLimit + decimals);
    const from = low === -Infinity ? -limit : inUnits(low, schema.exclusiveMinimum === low ? "above" : "from");
    const to = high === Infinity ? limit : inUnits(high, schema.exclusiveMaximum === high ? "below" : "to");
    if (from > to) refuse(at, "allows no number with at most six decimals", "minimum <= maximum", `${low} to ${high}`);
    return this.terms.group(decimalRange(this.terms, from, to));
  }

  private enumeration(schema: Schema, at: string): Term {
    this.only(schema, ["enum", "type"], at);
    if (!Array.isArray(schema.enum) || schema.enum.length === 0) {
      refuse(`${at}/enum`, "is empty", "a list of values", JSON.stringify(schema.enum));
    }
    return this.terms.either((schema.enum as unknown[]).map((value) => this.literal(value, schema.type)));
  }

  /** No value if it contradicts a `type` beside it. */
  private literal(value: unknown, type: unknown): Term {
    const types = type === undefined ? undefined : [type].flat();
    const fits =
      types?.some((name) => name === typeOf(value) || (name === "integer" && Number.isInteger(value))) ?? true;
    return fits ? this.terms.text(literalText(value)) : this.terms.none;
  }

  private choices(list: unknown, key: "anyOf" | "oneOf", at: string): Term {
    if (!Array.isArray(list) || list.length === 0) refuse(at, "is empty", "a list of schemas", JSON.stringify(list));
    const schemas = list as unknown[];
    if (key === "oneOf" && !exclusive(schemas)) {
      refuse(
        at,
        "has alternatives that are not mutually exclusive",
        "alternatives of different types, or anyOf",
        JSON.stringify(schemas),
      );
    }
    return this.terms.either(schemas.map((inner, i) => this.schema(inner, `${at}/${i}`)));
  }

  private reference(ref: unknown, at: string): Term {
    const path = typeof ref === "string" && /^#(?:\/(?:\$defs|definitions)\/[^/]+)?$/.test(ref) ? ref : undefined;
    if (path === undefined)
      refuse(`${at}/$ref`, "is not a supported kind of reference", "# or #/$defs/...", String(ref));
    if (this.opening.has(path))
      refuse(
        at,
        "refers to itself without an object or array in between",
        "a reference that resolves to a schema",
        path,
      );
    const known = this.rules.get(path);
    if (known !== undefined) return known;
    const rule = this.terms.reference();
    this.rules.set(path, rule);
    this.opening.add(path);
    rule.define(this.schema(this.lookUp(path, at), path));
    this.opening.delete(path);
    return rule;
  }

  private lookUp(path: string, at: string): unknown {
    if (path === "#") return this.root;
    const [, group, name] = path.split("/");
    const definitions = objectAt(this.root as Schema, group, "#");
    const key = decodeURIComponent(name).replaceAll("~1", "/").replaceAll("~0", "~");
    const found = Object.hasOwn(definitions, key) ? definitions[key] : undefined;
    if (found === undefined)
      refuse(
        `${at}/$ref`,
        "points to a definition that does not exist",
        Object.keys(definitions ?? {}).join(", "),
        path,
      );
    return found;
  }

  /** Inside braces or brackets a rule may refer to itself again. */
  private apart(make: () => Term): Term {
    const held = [...this.opening];
    this.opening.clear();
    const term = make();
    for (const path of held) this.opening.add(path);
    return term;
  }

  private anyValue(): Term {
    if (this.anything !== undefined) return this.anything;
    const { terms } = this;
    const value = terms.reference();
    this.anything = value;
    const pair = terms.all([stringTerm(terms), terms.text(": "), value]);
    const pairs = terms.sequence(pair, terms.repeat(terms.sequence(terms.text(", "), pair), 0));
    value.define(
      terms.either([
        ...["true", "false", "null"].map((word) => terms.text(word)),
        numberTerm(terms),
        stringTerm(terms),
        arrayTerm(terms, [], value, 0, Infinity),
        terms.all([terms.text("{"), terms.optional(pairs), terms.text("}")]),
      ]),
    );
    return value;
  }

  private alone(schema: Schema, key: string, at: string, make: () => Term, beside: readonly string[] = []): Term {
    this.only(schema, [key, ...beside], at);
    return make();
  }

  private only(schema: Schema, allowed: readonly string[], at: string): void {
    for (const key of Object.keys(schema)) {
      if (allowed.includes(key) || annotations.includes(key)) continue;
      refuse(
        `${at}/${key}`,
        "is not in the supported subset of JSON Schema",
        allowed.join(", ") || "a type for this keyword",
        key,
      );
    }
  }
}

/** Whether no value can satisfy two of the alternatives, judged by types, constants and the constants of shared required properties. */
function exclusive(schemas: readonly unknown[]): boolean {
  return schemas.every((a, i) => schemas.slice(i + 1).every((b) => disjoint(a, b)));
}

function disjoint(a: unknown, b: unknown): boolean {
  return isSchema(a) && isSchema(b) && disjointSchemas(a, b);
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field that must be an object where it is there. */
function objectAt(schema: Schema, key: string, at: string): Schema {
  const value = schema[key] ?? {};
  return isSchema(value) ? value : refuse(`${at}/${key}`, "is not an object", "an object", JSON.stringify(value));
}

function listAt(schema: Schema, key: string, at: string): readonly unknown[] {
  const value = schema[key] ?? [];
  return Array.isArray(value) ? value : refuse(`${at}/${key}`, "is not a list", "a list", JSON.stringify(value));
}

function disjointSchemas(a: Schema, b: Schema): boolean {
  const [constantsA, constantsB] = [constants(a), constants(b)];
  if (constantsA !== undefined && constantsB !== undefined)
    return !constantsA.some((value) => constantsB.includes(value));
  const [typesA, typesB] = [typesOf(a), typesOf(b)];
  if (typesA === undefined || typesB === undefined) return false;
  if (!typesA.some((type) => typesB.includes(type))) return true;
  const names = (schema: Schema) => (Array.isArray(schema.required) ? (schema.required as unknown[]) : []);
  const shared = names(a).filter((name) => names(b).includes(name)) as string[];
  return shared.some((name) => {
    const [innerA, innerB] = [a, b].map((schema) =>
      isSchema(schema.properties) ? schema.properties[name] : undefined,
    );
    const values = isSchema(innerA) ? constants(innerA) : undefined;
    const others = isSchema(innerB) ? constants(innerB) : undefined;
    return values !== undefined && others !== undefined && !values.some((value) => others.includes(value));
  });
}

/** The values that a schema enumerates, as text. */
function constants(schema: Schema): string[] | undefined {
  return valuesOf(schema)?.map(literalText);
}

function valuesOf(schema: Schema): unknown[] | undefined {
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

function typesOf(schema: Schema): string[] | undefined {
  const values = valuesOf(schema);
  if (values !== undefined) return values.map(typeOf);
  if (schema.type === undefined) return undefined;
  return [schema.type].flat().map((type) => (type === "integer" ? "number" : String(type)));
}

function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

function bounds(schema: Schema, at: string): { low: number; high: number } {
  const read = (key: string, fallback: number) => {
    const value = schema[key] ?? fallback;
    if (typeof value !== "number" || Number.isNaN(value))
      refuse(`${at}/${key}`, "is not a number", "a number", JSON.stringify(value));
    return value as number;
  };
  return {
    low: Math.max(read("minimum", -Infinity), read("exclusiveMinimum", -Infinity)),
    high: Math.min(read("maximum", Infinity), read("exclusiveMaximum", Infinity)),
  };
}

function count(schema: Schema, key: string, at: string, fallback: number): number {
  const value = schema[key];
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    refuse(`${at}/${key}`, "is not a non-negative whole number", "a whole number >= 0", JSON.stringify(value));
  return value as number;
}

/** A bound in millionths, rounded towards the inside of the range. */
function inUnits(bound: number, side: "from" | "above" | "to" | "below"): bigint {
  const scale = 10 ** decimals;
  const value = Math.max(-(10 ** digitLimit), Math.min(10 ** digitLimit, bound));
  let units = BigInt(Math.round(value * scale));
  const number = (n: bigint) => Number(`${n}e-${decimals}`);
  const inside = (n: bigint) => {
    if (side === "from") return number(n) >= value;
    if (side === "above") return number(n) > value;
    return side === "to" ? number(n) <= value : number(n) < value;
  };
  const inwards = side === "from" || side === "above" ? 1n : -1n;
  while (!inside(units)) units += inwards;
  while (inside(units - inwards)) units -= inwards;
  return units;
}

function refuse(at: string, summary: string, expected: string, found: string): never {
  throw new PolyclinicError("text/schema", summary, {
    where: `schema ${at}`,
    expected,
    found: found.length > 120 ? `${found.slice(0, 117)}...` : found || undefined,
  });
}
