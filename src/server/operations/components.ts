/** Named schemas for `components` of the OpenAPI document. */
import { z } from "zod";

export const components = z.registry<{ id: string }>();

/** @param id name under `components.schemas`. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  components.add(schema, { id });
  return schema;
}

export const errorShape = named(
  "Error",
  z.object({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable().describe("the field, header or object"),
      code: z.string().describe("as `server/not-found`"),
    }),
  }),
);

export const time = z.iso.datetime({ offset: true }).describe("UTC");
