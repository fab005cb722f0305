/** Reads the fields of a JSON object with defaults and type checks, and records which were read. */
import { PolyclinicError } from "../../base/errors.ts";

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export class Fields {
  private readonly readKeys = new Set<string>();

  /** @param where the file and the path inside it, for errors: `config.json`, `config.json text_config`. */
  constructor(
    readonly raw: JsonObject,
    readonly where: string,
  ) {}

  /** The raw value; null and absent are both undefined, as in the Python classes. */
  get(key: string): unknown {
    this.readKeys.add(key);
    return this.raw[key] ?? undefined;
  }

  integer(key: string, fallback?: number): number {
    const value = this.number(key, fallback);
    if (!Number.isInteger(value) || value < 0) this.wrong(key, "a whole number >= 0", value);
    return value;
  }

  positive(key: string, fallback?: number, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.integer(key, fallback);
    if (value === 0) this.wrong(key, "a whole number > 0", value);
    if (value > most) this.wrong(key, `at most ${most}`, value);
    return value;
  }

  number(key: string, fallback?: number): number {
    const value = this.get(key) ?? fallback;
    if (typeof value !== "number" || !Number.isFinite(value)) this.wrong(key, "a number", value);
    return value as number;
  }

  boolean(key: string, fallback?: boolean): boolean {
    const value = this.get(key) ?? fallback;
    if (typeof value !== "boolean") this.wrong(key, "true or false", value);
    return value as boolean;
  }

  oneOf<T extends string>(key: string, allowed: readonly T[], fallback?: T): T {
    const value = this.get(key) ?? fallback;
    if (!allowed.includes(value as T)) this.wrong(key, allowed.map((a) => `"${a}"`).join(" or "), value);
    return value as T;
  }

  object(key: string): Fields | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (!isObject(value)) this.wrong(key, "an object", value);
    return new Fields(value as JsonObject, `${this.where} ${key}`);
  }

  /**
   * Any key that was not read and is not known to be harmless is an error, because a field that changes the computation must not be ignored.
   * Disabled fields (null, false) are accepted.
   */
  refuseUnknown(harmless: ReadonlySet<string>): void {
    const unknown = Object.keys(this.raw).filter(
      (key) => !this.readKeys.has(key) && !harmless.has(key) && this.raw[key] !== null && this.raw[key] !== false,
    );
    if (unknown.length === 0) return;
    throw new PolyclinicError("checkpoint/unsupported-field", "has fields that this version does not implement", {
      where: this.where,
      expected: "only fields that are implemented",
      found: unknown.map((key) => `${key} = ${preview(this.raw[key])}`).join("; "),
      hint: "Remove them if they do not change the computation, or use a newer version.",
    });
  }

  wrong(key: string, expected: string, found: unknown): never {
    throw new PolyclinicError("checkpoint/config", "has an invalid value", {
      where: `${this.where} ${key}`,
      expected,
      found: preview(found),
    });
  }
}

function preview(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
