export { applyMask, type ChosenTokens, CompiledSchema, type Constraint } from "./constraint.ts";
export { compileSchema, requireBounded } from "./schema.ts";
export { Vocabulary } from "./vocabulary.ts";
