/** Validates the options of a reader. */
import type { z } from "zod";
import { PolyclinicError } from "../../../base/errors.ts";
import type { Source } from "../load.ts";

/** @throws PolyclinicError `evaluate/definition` naming the field. */
export function optionsOf<T>({ definition }: Source, schema: z.ZodType<T>): T {
  const result = schema.safeParse(definition.options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PolyclinicError("evaluate/definition", `field options.${issue.path.join(".")}: ${issue.message}`, {
    where: definition.name,
  });
}
