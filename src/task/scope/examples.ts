/** What a model can be asked about a study: its limits, and example requests of its scope in a user's wording. */
import type { Generator } from "../../model/contract.ts";

export interface Example {
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Completes `This model can answer ...`. */
  readonly description: string;
}

/** @param parts of the study; examples for kinds of images that it does not contain are omitted. */
export function examplesOf(
  model: Pick<Generator, "scope">,
  parts: readonly { readonly kind: string; readonly modality: string }[],
): { limits: readonly string[]; examples: readonly Example[] } {
  const { scope } = model;
  if (scope === undefined) return { limits: [], examples: [] };
  const fits = (kinds: readonly string[]) =>
    kinds.length === 0 ||
    scope.kinds.some(
      ({ id, parts: taken, modalities }) =>
        kinds.includes(id) &&
        parts.some(
          // A photograph of a film has no header with a modality: its pixels are judged when a question is asked.
          ({ kind, modality }) =>
            taken.includes(kind) &&
            (modalities.includes("*") || modalities.includes(modality) || ["OT", "XC", ""].includes(modality)),
        ),
    );
  const examples = scope.abilities
    .filter(({ kinds, pictures }) => fits(kinds) && (pictures?.from ?? 1) <= parts.length)
    .flatMap(({ description, requests }) => requests.map(({ task, options = {} }) => ({ task, options, description })))
    .filter(({ task }) => task !== "*" && task !== "compare");
  return { limits: scope.limits ?? [], examples };
}
