/**
 * Options described once. From a description come the flags of a command, the columns of a batch, the JSON Schema of a request, and the check
 * of what a program passes.
 */
import type { JsonSchema } from "../model/contract.ts";
import { requireNumber, requireOptionalText, requireText, requireTexts, wrongArgument } from "./arguments.ts";

export interface OptionDescription {
  readonly kind: "text" | "list" | "number" | "boolean" | "json";
  /** One clause, for help texts and schemas. */
  readonly help: string;
  readonly required?: boolean;
  /** For numbers: whole ones only. */
  readonly whole?: boolean;
  /** The short flag, without its dash. */
  readonly letter?: string;
  /** What the flag's value is called in help. Default: by its kind. */
  readonly placeholder?: string;
  /** A text that comes last on a command line, after the files; its noun (`the question`) for messages. */
  readonly last?: string;
  /** On a command line it may be given several times: each is asked on its own, and the study is encoded once. */
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

/** @throws PolyclinicError `task/argument` naming the first option that is missing or of another kind. */
export function checkOptions(descriptions: AnyOptions, options: object): void {
  for (const [name, description] of Object.entries(descriptions))
    checkOption(name, description, (options as Record<string, unknown>)[name]);
}

function checkOption(name: string, { kind, required }: OptionDescription, value: unknown): void {
  if (value === undefined && !required) return;
  if (kind === "text") {
    // Empty is as good as not given where it may be left out.
    if (required) requireText(name, value);
    else requireOptionalText(name, value);
  } else if (kind === "list") requireTexts(name, value);
  else if (kind === "number") requireNumber(name, value);
  else if (kind === "boolean" && typeof value !== "boolean") throw wrongArgument(name, "true or false", value);
  else if (kind === "json" && (typeof value !== "object" || value === null))
    throw wrongArgument(name, "an object", value);
}

/** The options as JSON Schema: what a request to a server or a tool has to look like. */
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
