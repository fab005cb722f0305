/** What a model's own sampled lists say for and against its diagnoses, and what to ask next: plain data (`strategy/ddx/own-lists.ts` computes it), its schema and its text. */
import type { z as Zod } from "zod";

export interface OwnEvidence {
  /** The statement, as it stands in the case. */
  readonly statement: string;
  /** Share of the diagnosis with the statement minus its share without, -1 to 1. */
  readonly change: number;
}

export interface OwnNext {
  readonly finding: string;
  /** Expected information about the model's first diagnoses, bits: Jensen-Shannon divergence of the lists under the two answers, weighted by `probability`. */
  readonly bits: number;
  /** Probability that the finding is present with which the lists under the two answers best mix to the list without an answer, 0 to 1. */
  readonly probability: number;
  /** How much of the list without an answer no such mixture explains, 0 to 1: large where the model's lists do not cohere. */
  readonly unexplained: number;
  /** The first diagnosis of the lists if the finding is present, and if it is absent. */
  readonly ifPresent: string;
  readonly ifAbsent: string;
}

export interface OwnLists {
  readonly diagnoses: readonly {
    readonly name: string;
    /** Share in the sampled lists, 0 to 1; all shares sum to 1. */
    readonly share: number;
    readonly for: readonly OwnEvidence[];
    readonly against: readonly OwnEvidence[];
  }[];
  /** The most informative first. */
  readonly next: readonly OwnNext[];
  /** Lists read. */
  readonly lists: number;
  /** Replies that were no list. */
  readonly unparsed: number;
  readonly endedBy?: "budget" | "no list";
}

/** The schema of `OwnLists`. */
export const ownListsSchema = (z: typeof Zod) => {
  const evidence = z.array(z.looseObject({ statement: z.string(), change: z.number() }));
  return z.looseObject({
    diagnoses: z.array(z.looseObject({ name: z.string(), share: z.number(), for: evidence, against: evidence })),
    next: z.array(
      z.looseObject({
        finding: z.string(),
        bits: z.number(),
        probability: z.number(),
        unexplained: z.number(),
        ifPresent: z.string(),
        ifAbsent: z.string(),
      }),
    ),
    lists: z.int(),
    unparsed: z.int(),
    endedBy: z.enum(["budget", "no list"]).optional(),
  });
};

const formatEvidence = ({ statement, change }: OwnEvidence) =>
  `${statement} (${change > 0 ? "+" : ""}${change.toFixed(2)})`;

/** From this on, the model's lists do not cohere. */
const incoherent = 0.3;

export function ownListsText({ diagnoses, next, lists, unparsed, endedBy }: OwnLists): string[] {
  return [
    `By ${lists} lists of the model itself${unparsed > 0 ? ` (${unparsed} replies were no list)` : ""}; a share is a place in these lists, not a probability of the disease.`,
    ...diagnoses.flatMap(({ name, share, for: pro, against }) => [
      `  ${name}: share ${share.toFixed(2)}`,
      ...(pro.length === 0 ? [] : [`    for: ${pro.map(formatEvidence).join(", ")}`]),
      ...(against.length === 0 ? [] : [`    against: ${against.map(formatEvidence).join(", ")}`]),
    ]),
    ...next.map(
      ({ finding, bits, ifPresent, ifAbsent, unexplained }, i) =>
        `${i === 0 ? "Ask or test next: " : "                  "}${finding} (expected ${bits.toFixed(2)} bits; first if present ${ifPresent}, if absent ${ifAbsent}${unexplained > incoherent ? "; the lists do not cohere" : ""})`,
    ),
    ...(next.length === 0 && endedBy === undefined ? ["No finding to ask about next was named."] : []),
    ...(endedBy === undefined ? [] : [`Ended by: ${endedBy}`]),
  ];
}
