/** Maps free-text questions in six languages to the requests that a model was trained on. */
export { type Match, type NotUnderstood, type Understood, Wording } from "./match.ts";
export { normalise } from "./normalise.ts";
