/** Validates the arguments of a task: TypeScript prevents most mistakes, but not those of a web form or a JavaScript caller. */
import { PolyclinicError } from "../base/errors.ts";

/** @throws PolyclinicError `task/argument` naming the field, for anything but text with a word in it. */
export function requireText(where: string, value: unknown): void {
  if (typeof value !== "string") throw wrongArgument(where, "text", value);
  if (value.trim() === "")
    throw new PolyclinicError("task/argument", "is empty", { where, expected: "at least one word", found: "nothing" });
}

/** As {@link requireText}, for an optional field; an empty text counts as absent. */
export function requireOptionalText(where: string, value: unknown): void {
  if (value !== undefined && typeof value !== "string") throw wrongArgument(where, "text", value);
}

/** @throws PolyclinicError `task/argument` unless the value is a list of strings. */
export function requireTexts(where: string, value: unknown): void {
  if (!Array.isArray(value)) throw wrongArgument(where, "a list of texts", value);
  for (const [i, one] of value.entries()) requireText(`${where}[${i}]`, one);
}

/** @throws PolyclinicError `task/argument` for anything but a finite number. */
export function requireNumber(where: string, value: unknown): void {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrongArgument(where, "a number", value);
}

export function requireOptions(options: unknown): void {
  if (typeof options !== "object" || options === null) throw wrongArgument("options", "an object", options);
}

/** @param input a study with parts, or a layout, which has a study. */
export function requireStudy(where: string, input: unknown): void {
  const study = has(input, "kind") && input.kind === "layout" ? (input as { study?: unknown }).study : input;
  if (!has(study, "parts") || !Array.isArray(study.parts))
    throw wrongArgument(where, "a study from openStudy, or its layout", input);
}

export function requireModel(model: unknown): void {
  if (!has(model, "generate") || typeof model.generate !== "function")
    throw wrongArgument("model", "a model from loadModel", model);
}

function has<Key extends string>(value: unknown, key: Key): value is Record<Key, unknown> {
  return typeof value === "object" && value !== null && key in value;
}

export function wrongArgument(where: string, expected: string, found: unknown): PolyclinicError {
  const what =
    found === null
      ? "null"
      : Array.isArray(found)
        ? "a list"
        : found instanceof Promise
          ? "a promise: await it first"
          : typeof found === "number"
            ? String(found)
            : typeof found === "object"
              ? "another object"
              : typeof found;
  return new PolyclinicError("task/argument", "is of the wrong type", { where, expected, found: what });
}
