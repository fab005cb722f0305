/** F1 of entities and relations that the user's own RadGraph gave for two reports. */

import { invalidInput } from "../input.ts";
import { harmonic, type PrecisionRecallF } from "../text/tokens.ts";

/** One entity of RadGraph's output: `relations` are `[kind, id of the other entity]`. */
export interface RadGraphEntity {
  readonly tokens: string;
  /** ANAT-DP, OBS-DP, OBS-U, OBS-DA (RadGraph-XL: with `Anatomy::`, `Observation::` prefixes). */
  readonly label: string;
  readonly relations: readonly (readonly [kind: string, target: string])[];
}

/** RadGraph's output for one report: entities by their id. */
export type RadGraph = Readonly<Record<string, RadGraphEntity>>;

/**
 * `simple`: words and label of an entity; `partial`: and whether it has a relation; `complete`: entities without relations, and each relation with the words of
 * both ends (the `radgraph` package's reward levels); `yu`: mean of the F1 of entities and of relations (Yu et al. 2023). Numbers of different
 * variants cannot be compared.
 */
export type RadGraphVariant = "simple" | "partial" | "complete" | "yu";

/** `radgraph-f1@partial` and so on, 0 to 1, for one pair of reports. 0 when either report has no entity. */
export function radgraphF1(candidate: RadGraph, reference: RadGraph, variant: RadGraphVariant): number {
  if (Object.keys(candidate).length === 0 || Object.keys(reference).length === 0) return 0;
  const f1 = (facts: (graph: RadGraph) => Set<string>) => overlap(facts(candidate), facts(reference)).f;
  if (variant === "yu") return (f1(entities) + f1(relations)) / 2;
  return f1({ simple: entities, partial: entitiesWithFlag, complete: entitiesOrRelations }[variant]);
}

function overlap(own: ReadonlySet<string>, expected: ReadonlySet<string>): PrecisionRecallF {
  let shared = 0;
  for (const fact of own) if (expected.has(fact)) shared++;
  return harmonic(shared, own.size, expected.size);
}

const fact = (...parts: readonly string[]) => parts.join("\u0000");

const entities = (graph: RadGraph) => new Set(Object.values(graph).map(({ tokens, label }) => fact(tokens, label)));

const entitiesWithFlag = (graph: RadGraph) =>
  new Set(
    Object.values(graph).map(({ tokens, label, relations: own }) =>
      own.length > 0 ? fact(tokens, label, "related") : fact(tokens, label),
    ),
  );

function relationFacts(graph: RadGraph, { tokens, label, relations: own }: RadGraphEntity): string[] {
  return own.map(([kind, target]) => {
    const other = graph[target];
    if (other === undefined)
      throw invalidInput(
        "RadGraph F1",
        `the relation ${kind} of "${tokens}" points to an entity that does not exist`,
        "an entity of the same report",
        target,
      );
    // Words of relations are compared in lower case, words of single entities as written: so does the reference.
    return fact(tokens.toLowerCase(), label, kind, other.tokens.toLowerCase());
  });
}

const relations = (graph: RadGraph) => new Set(Object.values(graph).flatMap((entity) => relationFacts(graph, entity)));

const entitiesOrRelations = (graph: RadGraph) =>
  new Set(
    Object.values(graph).flatMap((entity) =>
      entity.relations.length === 0 ? [fact(entity.tokens, entity.label)] : relationFacts(graph, entity),
    ),
  );
