/**
 * Option descriptions, from which the flags of a command, the columns of a batch, the JSON Schema of a request and the validation of arguments
 * are derived.
 */
import type { JsonSchema } from "../model/contract.ts";
import { requireNumber, requireOptionalText, requireText, requireTexts, wrongArgument } from "./arguments.ts";

/** Type, help and limits of one task option; flags, batch columns and request schemas are derived from it. */
export interface OptionDescription {
  readonly kind: "text" | "list" | "number" | "boolean" | "json";
  /** One clause, for help texts and schemas. */
  readonly help: string;
  readonly required?: boolean;
  /** For numbers: integers only. */
  readonly whole?: boolean;
  /** The short flag, without its dash. */
  readonly letter?: string;
  /** Placeholder for the value in help texts. Default: by its kind. */
  readonly placeholder?: string;
  /** For a text that comes last on the command line, after the files: its name in messages (`the question`). */
  readonly last?: string;
  /** May be given several times on the command line: each is asked separately, and the study is encoded once. */
  readonly several?: boolean;
}

type KindOf<Value> = [Value] extends [string]
  ? "text"
  : [Value] extends [readonly string[]]
    ? "list"
    : [Value] extends [number]
      ? "number"
      : [Value] extends [boolean]
        ? "boolean"
        : "json";

/** A description for every option, whose kind is that of its type. */
export type OptionDescriptions<Options extends object> = {
  readonly [Name in keyof Options]-?: OptionDescription & { readonly kind: KindOf<NonNullable<Options[Name]>> };
};

/** The same without the types, to iterate over. */
export type AnyOptions = Readonly<Record<string, OptionDescription>>;

/** @throws PolyclinicError `task/argument` naming the first option that is missing or of the wrong kind. */
export function checkOptions(descriptions: AnyOptions, options: object): void {
  for (const [name, description] of Object.entries(descriptions))
    checkOption(name, description, (options as Record<string, unknown>)[name]);
}

function checkOption(name: string, { kind, required }: OptionDescription, value: unknown): void {
  if (value === undefined && !required) return;
  if (kind === "text") {
    // An empty value of an optional field counts as absent.
    if (required) requireText(name, value);
    else requireOptionalText(name, value);
  } else if (kind === "list") requireTexts(name, value);
  else if (kind === "number") requireNumber(name, value);
  else if (kind === "boolean" && typeof value !== "boolean") throw wrongArgument(name, "true or false", value);
  else if (kind === "json" && (typeof value !== "object" || value === null))
    throw wrongArgument(name, "an object", value);
}

/** The options as JSON Schema, for requests to a server or a tool. */
export function optionsSchema(descriptions: AnyOptions): JsonSchema {
  const entries = Object.entries(descriptions);
  return {
    type: "object",
    properties: Object.fromEntries(
      entries.map(([name, { help, ...description }]) => [name, { ...valueSchema(description), description: help }]),
    ),
    required: entries.filter(([, { required }]) => required).map(([name]) => name),
    additionalProperties: false,
  };
}

function valueSchema({ kind, whole }: Pick<OptionDescription, "kind" | "whole">): JsonSchema {
  switch (kind) {
    case "text":
      return { type: "string" };
    case "list":
      return { type: "array", items: { type: "string" } };
    case "number":
      return { type: whole ? "integer" : "number" };
    case "boolean":
      return { type: "boolean" };
    case "json":
      return { type: "object" };
  }
}
