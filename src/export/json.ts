/** Writes results as JSON and reads them back. */
import { z } from "zod";
import { PolyclinicError } from "../base/errors.ts";
import type { TaskResult } from "../task/result.ts";
import { withReasonMessages } from "../task/scope/reason.ts";
import { resultSchema } from "./result-schema.ts";

export { toJson } from "./to-json.ts";

/**
 * Reads what `toJson` wrote.
 *
 * @throws `export/json` naming the field that violates `polyclinic.result/1`.
 */
export function fromJson(text: string): TaskResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PolyclinicError("export/json", "is not JSON", { expected: "a polyclinic.result/1 document", cause });
  }
  const checked = resultSchema().safeParse(withReasonMessages(value));
  if (!checked.success) {
    const [{ path, message }] = checked.error.issues;
    throw new PolyclinicError("export/json", message, {
      where: path.join(".") || "result",
      expected: "a polyclinic.result/1 document",
      hint: "See docs/result.schema.json.",
      cause: checked.error,
    });
  }
  return checked.data as TaskResult;
}

/** `polyclinic.result/1` as JSON Schema (draft 2020-12). */
export function resultJsonSchema(): object {
  return z.toJSONSchema(resultSchema());
}
