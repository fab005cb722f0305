/** Parses and validates a JSON body against a schema; errors name the field. */
import type { Context } from "hono";
import type { z } from "zod";
import { HttpError } from "../http-error.ts";

/** @throws HttpError 400 `server/json`, `server/field`. */
export async function bodyOf<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.infer<Schema>> {
  const value = await context.req.json().catch(() => {
    throw new HttpError(400, "server/json", "the body is not JSON");
  });
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  const [{ path, message }] = checked.error.issues;
  throw new HttpError(400, "server/field", message, { where: path.join(".") || "body" });
}

/** The version that a change is based on. @throws HttpError 428 without one. */
export function versionOf(context: Context): number {
  const [, version] = /^"?(\d{1,9})"?$/.exec(context.req.header("if-match") ?? "") ?? [];
  if (version === undefined)
    throw new HttpError(428, "server/version", "a change must name the version it is based on", {
      where: "If-Match",
      expected: "the ETag of the version that was read",
    });
  return Number(version);
}
