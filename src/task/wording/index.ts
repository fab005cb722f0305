/** Free wording in six languages, and which learned request it means. */
export { type Match, type NotUnderstood, type Understood, Wording } from "./match.ts";
export { normalise } from "./normalise.ts";
