/**
 * Checks whether an answer satisfies the requested schema. Servers support only part of JSON Schema and silently violate the rest.
 * Covers the keywords that the engine itself supports (`text/grammar/schema.ts`), and other common ones.
 */
type Schema = { readonly [keyword: string]: unknown };

const isObject = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What the schema expects where the answer violates it; undefined if the answer is valid. */
export function schemaViolation(text: string, schema: Schema): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "JSON";
  }
  return problem(value, schema, schema, "#", 0);
}

function problem(value: unknown, schema: unknown, root: Schema, at: string, depth: number): string | undefined {
  if (schema === true || !isObject(schema) || depth > 200) return schema === false ? `nothing at ${at}` : undefined;
  const check = (inner: unknown, part: unknown, name: string) => problem(part, inner, root, `${at}/${name}`, depth + 1);
  if (typeof schema.$ref === "string") {
    const target = resolve(schema.$ref, root);
    return target === undefined ? undefined : problem(value, target, root, at, depth + 1);
  }
  if (schema.const !== undefined && !same(value, schema.const)) return `${JSON.stringify(schema.const)} at ${at}`;
  if (Array.isArray(schema.enum) && !schema.enum.some((each) => same(value, each)))
    return `one of ${JSON.stringify(schema.enum).slice(0, 80)} at ${at}`;
  if (schema.type !== undefined && ![schema.type].flat().some((type) => hasType(value, type)))
    return `${JSON.stringify(schema.type)} at ${at}`;
  const matching = (list: unknown) => (list as unknown[]).filter((each) => check(each, value, "") === undefined).length;
  if (Array.isArray(schema.anyOf) && matching(schema.anyOf) === 0) return `one of the alternatives at ${at}`;
  if (Array.isArray(schema.oneOf) && matching(schema.oneOf) !== 1) return `exactly one of the alternatives at ${at}`;
  for (const each of Array.isArray(schema.allOf) ? schema.allOf : []) {
    const found = check(each, value, "");
    if (found !== undefined) return found;
  }
  if (typeof value === "number") return numberProblem(value, schema, at);
  if (typeof value === "string") return stringProblem(value, schema, at);
  if (Array.isArray(value)) return listProblem(value, schema, at, check);
  return isObject(value) ? objectProblem(value, schema, at, check) : undefined;
}

type Check = (schema: unknown, part: unknown, name: string) => string | undefined;

const limit = (schema: Schema, key: string) => (typeof schema[key] === "number" ? (schema[key] as number) : undefined);

function numberProblem(value: number, schema: Schema, at: string): string | undefined {
  const bounds: readonly [string, (bound: number) => boolean][] = [
    ["minimum", (bound) => value >= bound],
    ["maximum", (bound) => value <= bound],
    ["exclusiveMinimum", (bound) => value > bound],
    ["exclusiveMaximum", (bound) => value < bound],
    ["multipleOf", (bound) => Math.abs(value / bound - Math.round(value / bound)) < 1e-9],
  ];
  for (const [key, holds] of bounds) {
    const bound = limit(schema, key);
    if (bound !== undefined && !holds(bound)) return `${key} ${bound} at ${at}`;
  }
  return undefined;
}

function stringProblem(value: string, schema: Schema, at: string): string | undefined {
  const length = [...value].length;
  const [least, most] = [limit(schema, "minLength"), limit(schema, "maxLength")];
  if (least !== undefined && length < least) return `minLength ${least} at ${at}`;
  if (most !== undefined && length > most) return `maxLength ${most} at ${at}`;
  return undefined;
}

function listProblem(value: readonly unknown[], schema: Schema, at: string, check: Check): string | undefined {
  const [least, most] = [limit(schema, "minItems"), limit(schema, "maxItems")];
  if (least !== undefined && value.length < least) return `minItems ${least} at ${at}`;
  if (most !== undefined && value.length > most) return `maxItems ${most} at ${at}`;
  if (schema.uniqueItems === true && new Set(value.map(canonical)).size < value.length) return `unique items at ${at}`;
  const fixed = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  for (const [i, part] of value.entries()) {
    const own = i < fixed.length ? fixed[i] : (schema.items ?? true);
    const found = check(own, part, String(i));
    if (found !== undefined) return found;
  }
  return undefined;
}

function objectProblem(value: Schema, schema: Schema, at: string, check: Check): string | undefined {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const missing = required.find((name) => typeof name === "string" && !Object.hasOwn(value, name));
  if (missing !== undefined) return `${missing} at ${at}`;
  for (const [name, part] of Object.entries(value)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : (schema.additionalProperties ?? true);
    const found = check(own, part, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

function resolve(ref: string, root: Schema): unknown {
  let found: unknown = root;
  for (const part of ref.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return ref.startsWith("#") ? found : undefined;
}

/** A string that is equal for equal JSON, independent of key order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const entries = Object.keys(value).sort();
  return `{${entries.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}

const same = (a: unknown, b: unknown) => canonical(a) === canonical(b);
