/** Tolerant access to FHIR JSON: every accessor returns undefined for missing values or wrong types. */
import type { Coding } from "../../fact.ts";

export type Json = { readonly [key: string]: unknown };

export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const object = (value: unknown): Json | undefined => (isObject(value) ? value : undefined);
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined;
export const objects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : isObject(value) ? [value] : [];
export const first = (value: unknown): Json | undefined => objects(value)[0];

/** Shares equal strings between facts, which keeps the memory of a large export small. */
export class Interner {
  readonly #known = new Map<string, string>();
  readonly #codings = new Map<string, Coding>();

  string(value: string): string {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    this.#known.set(value, value);
    return value;
  }

  coding(coding: Coding): Coding {
    const key = `${coding.system}|${coding.code}|${coding.display}`;
    const known = this.#codings.get(key);
    if (known !== undefined) return known;
    this.#codings.set(key, coding);
    return coding;
  }
}

export interface Concept {
  code: Coding;
  translations?: Coding[];
}

/** A CodeableConcept: its first coding with its text or display as name, and its other codings. */
export function concept(value: unknown, interner: Interner): Concept | undefined {
  const source = object(value);
  if (source === undefined) return undefined;
  const codings = objects(source.coding).filter((coding) => text(coding.code) ?? text(coding.display));
  const name = text(source.text);
  const all = codings.map((coding): Coding => {
    const display = text(coding.display) ?? name ?? text(coding.code)!;
    const made: Coding = { display: display.trim() };
    if (text(coding.system)) made.system = text(coding.system);
    if (text(coding.code)) made.code = text(coding.code);
    return made;
  });
  if (all.length === 0) return name === undefined ? undefined : { code: interner.coding({ display: name.trim() }) };
  const [head, ...rest] = all;
  const code = interner.coding({ ...head, display: (name ?? head.display).trim() });
  // The coding's display is kept if the text differs.
  const translations = (name !== undefined && name.trim() !== head.display ? [head, ...rest] : rest).map((coding) =>
    interner.coding(coding),
  );
  return translations.length > 0 ? { code, translations } : { code };
}

/** The code of a `code` or of the first coding of a CodeableConcept. */
export function codeOf(value: unknown): string | undefined {
  if (typeof value === "string") return text(value);
  const source = object(value);
  return text(first(source?.coding)?.code) ?? text(source?.text);
}

/** The words of a CodeableConcept or string. */
export function wordsOf(value: unknown): string | undefined {
  if (typeof value === "string") return text(value);
  const source = object(value);
  if (source === undefined) return undefined;
  const coding = first(source.coding);
  return text(source.text) ?? text(coding?.display) ?? text(coding?.code);
}

/** A HumanName as printed: prefix, given names, family name. */
export function humanName(value: unknown): string | undefined {
  const names = objects(value);
  const name = names.find(({ use }) => use === "official") ?? names[0];
  if (name === undefined) return undefined;
  const parts = [name.prefix, name.given, name.family, name.suffix]
    .flatMap((part) => (Array.isArray(part) ? part : [part]))
    .filter((part): part is string => typeof part === "string" && part !== "");
  return parts.length > 0 ? parts.join(" ") : text(name.text);
}
