/** A result as JSON text; apart from `json.ts`, whose checks need zod. */
import type { TaskResult } from "../task/result.ts";

/** Two-space JSON with a final newline. The same result gives the same bytes: results hold no times. */
export function toJson(result: TaskResult): string {
  return `${JSON.stringify(result, undefined, 2)}\n`;
}
