/** What a model may be asked about a study: its limits, and requests of its scope as a person would put them. */
import type { Generator } from "../../model/contract.ts";

export interface Example {
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Completes `This model can answer ...`. */
  readonly says: string;
}

/** @param parts of the study; examples of kinds of pictures that it does not hold are left out. */
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
          // A photograph of a film has no header that tells its modality: its pixels are judged when it is asked.
          ({ kind, modality }) =>
            taken.includes(kind) &&
            (modalities.includes("*") || modalities.includes(modality) || ["OT", "XC", ""].includes(modality)),
        ),
    );
  const examples = scope.abilities
    .filter(({ kinds, pictures }) => fits(kinds) && (pictures?.from ?? 1) <= parts.length)
    .flatMap(({ says, asks }) => asks.map(({ task, options = {} }) => ({ task, options, says })))
    .filter(({ task }) => task !== "*" && task !== "compare");
  return { limits: scope.limits ?? [], examples };
}
