/** What a request brings, as a schema has it, or an error that names the field. */
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

/** @throws HttpError 400 `server/field`, also for a parameter that is not known. */
export function queryOf<Schema extends z.ZodObject>(context: Context, schema: Schema): z.infer<Schema> {
  return checked(schema, context.req.query(), "query");
}

const seeDocument = "See /openapi.json.";

/**
 * @param what is named where no field is. @param unsupported what is said of an unknown field instead.
 * @throws HttpError 400 `server/field` naming the first field that is unknown or not as it should be.
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
  const said = unknown === undefined ? undefined : unsupported;
  throw new HttpError(400, "server/field", said?.message ?? issue.message, {
    where: [...issue.path, ...(unknown === undefined ? [] : [unknown])].join(".") || what,
    hint: said?.hint ?? seeDocument,
  });
}

/** A whole number in an address, where everything is text. */
export const wholeText = (most: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, "is not a whole number")
    .transform(Number)
    .pipe(z.number().int().min(0).max(most));

/** The version a change is made to. @throws HttpError 428 without one. */
export function versionOf(context: Context): number {
  const [, version] = /^"?(\d{1,9})"?$/.exec(context.req.header("if-match") ?? "") ?? [];
  if (version === undefined)
    throw new HttpError(428, "server/version", "a change must state the version that it is based on", {
      where: "If-Match",
      expected: "the ETag of the version that was read",
    });
  return Number(version);
}
