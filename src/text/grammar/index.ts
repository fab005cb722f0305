export { applyMask, CompiledSchema, type Constraint } from "./constraint.ts";
export { compileSchema } from "./schema.ts";
export { Vocabulary } from "./vocabulary.ts";
