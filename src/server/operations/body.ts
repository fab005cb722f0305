/** Validates a request's body and query against a schema; errors name the field. */
import type { Context } from "hono";
import { z } from "zod";
import { HttpError } from "../http-error.ts";

/** @throws HttpError 400 `server/json`, `server/field`. */
export async function bodyOf<Schema extends z.ZodType>(context: Context, schema: Schema): Promise<z.infer<Schema>> {
  const value = await context.req.json().catch(() => {
    throw new HttpError(400, "server/json", "the body is not JSON");
  });
  return checked(schema, value, "body");
}

/** @throws HttpError 400 `server/field`, also for an unknown parameter. */
export function queryOf<Schema extends z.ZodObject>(context: Context, schema: Schema): z.infer<Schema> {
  return checked(schema, context.req.query(), "query");
}

const seeDocument = "See /openapi.json.";

/**
 * @param what name used in the error when the fault is not in a field.
 * @param unsupported message for an unknown field.
 * @throws HttpError 400 `server/field` naming the first unknown or invalid field.
 */
export function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
  unsupported?: { readonly message: string; readonly hint: string },
): z.infer<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const unknown = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
  const rejection = unknown === undefined ? undefined : unsupported;
  throw new HttpError(400, "server/field", rejection?.message ?? issue.message, {
    where: [...issue.path, ...(unknown === undefined ? [] : [unknown])].join(".") || what,
    hint: rejection?.hint ?? seeDocument,
  });
}

/** An integer in a query string. */
export const wholeText = (most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, "is not a whole number")
    .transform(Number)
    .pipe(z.number().int().min(0).max(most));

/** The version that a change is based on (`If-Match`). @throws HttpError 428 without one. */
export function versionOf(context: Context): number {
  const [, version] = /^"?(\d{1,9})"?$/.exec(context.req.header("if-match") ?? "") ?? [];
  if (version === undefined)
    throw new HttpError(428, "server/version", "a change must state the version that it is based on", {
      where: "If-Match",
      expected: "the ETag of the version that was read",
    });
  return Number(version);
}
