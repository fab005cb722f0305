/** Turns the described options of a task into command-line flags, and the parsed flags back into task options. */
import { readFile } from "node:fs/promises";
import { type Command, Option } from "commander";
import { PolyclinicError } from "../../base/errors.ts";
import type { AnyOptions, OptionDescription } from "../../task/options.ts";
import { readQuestion } from "./question.ts";
import { collect, list, number, whole } from "./values.ts";

/** `maxTokens` as `--max-tokens`. */
const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const placeholders = { text: "text", list: "list", number: "n", json: "file.json" } as const;

/**
 * @param required whether the command itself enforces required options; options that may be the last argument are never enforced here.
 * @param repeatable whether options marked `several` may be repeated.
 */
export function addTaskOptions(
  command: Command,
  described: AnyOptions,
  { required = false, repeatable = false }: { required?: boolean; repeatable?: boolean } = {},
): Command {
  for (const [name, one] of Object.entries(described)) {
    const several = repeatable && one.several === true;
    const option = new Option(flagOf(name, one), helpOf(one, several));
    const parse = parserOf(one);
    if (several) option.argParser(collect);
    else if (parse !== undefined) option.argParser(parse);
    if (required && one.required && one.last === undefined) option.makeOptionMandatory();
    command.addOption(option);
  }
  return command;
}

function flagOf(name: string, { kind, letter, placeholder }: OptionDescription): string {
  const long = `${letter === undefined ? "" : `-${letter}, `}--${kebab(name)}`;
  return kind === "boolean" ? long : `${long} <${placeholder ?? placeholders[kind]}>`;
}

function helpOf({ kind, help, last }: OptionDescription, several: boolean): string {
  const file = kind === "text" ? `${help}, or @file to read it from a file` : help;
  if (several) return `${file}; replaces the last argument and can be repeated`;
  return last === undefined ? file : `${file}; replaces the last argument`;
}

function parserOf({ kind, whole: integer }: OptionDescription): ((text: string) => unknown) | undefined {
  if (kind === "list") return list;
  return kind === "number" ? (integer ? whole : number) : undefined;
}

/** The given options, with their files read: `@file` for text, and the file of a JSON option. */
export async function readTaskOptions(
  described: AnyOptions,
  given: Readonly<Record<string, unknown>>,
): Promise<Record<string, unknown>> {
  const read: Record<string, unknown> = {};
  for (const [name, { kind }] of Object.entries(described)) {
    const value = given[name];
    if (value === undefined) continue;
    if (kind === "text" && typeof value === "string") read[name] = await readQuestion(value);
    else if (kind === "text" && Array.isArray(value)) read[name] = await Promise.all(value.map(readQuestion));
    else read[name] = kind === "json" ? await readJson(`--${kebab(name)}`, String(value)) : value;
  }
  return read;
}

async function readJson(flag: string, path: string): Promise<unknown> {
  const fault = (summary: string, cause: unknown) =>
    new PolyclinicError("usage/file", summary, {
      where: `${flag} ${path}`,
      expected: "a file with a JSON object",
      found: (cause as Error).message,
      cause,
    });
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw fault("cannot be read", cause);
  });
  try {
    return JSON.parse(text.replace(/^\ufeff/, "")) as unknown;
  } catch (cause) {
    throw fault(text.trim() === "" ? "is empty" : "is not JSON", cause);
  }
}
