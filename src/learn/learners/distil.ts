/**
 * Distillation targets as losses over a student's logits `[rows, vocab]`, each row weighed by `weights` `[rows]` (which sum to one).
 * MedGemma 1.5 distilled from 256 sampled teacher logits a token (report, section 2.2); its report does not say which of the two targets
 * below it used.
 */
import {
  exp,
  type Graph,
  gatherElements,
  logSoftmax,
  mul,
  neg,
  reduceSum,
  softmax,
  sub,
  type Value,
} from "../../graph/index.ts";
import type { Weights } from "../../nn/index.ts";
import { answerLogits, type LanguageConfig } from "../language/objective.ts";
import type { BatchShape } from "../language/pack.ts";
import type { Objective } from "../step.ts";

/** The teacher's output that a student is trained on at each answer token. */
export interface DistilTarget {
  /** Every logit; k of them, renormalised over just these; or k draws, counted. */
  readonly target: "full" | "renormalised" | "counted";
  readonly k: number;
}

const weighed = (perRow: Value, weights: Value) => reduceSum(mul(perRow, weights), [0]);

/** Kullback-Leibler divergence of the student from a teacher known in full: `teacher` holds its logits `[rows, vocab]`. */
export function distilFull(student: Value, teacher: Value, weights: Value): Value {
  const difference = sub(logSoftmax(teacher), logSoftmax(student));
  return weighed(reduceSum(mul(softmax(teacher), difference), [1]), weights);
}

/**
 * Against k tokens kept of the teacher: both distributions renormalised over just these, cross-entropy between them. Says nothing of the
 * mass outside.
 *
 * @param ids int64 `[rows, k]`, distinct in a row.
 * @param teacher logits of those tokens, `[rows, k]`.
 */
export function distilRenormalised(student: Value, ids: Value, teacher: Value, weights: Value): Value {
  const kept = gatherElements(student, ids, 1);
  return weighed(neg(reduceSum(mul(softmax(teacher), logSoftmax(kept)), [1])), weights);
}

/**
 * Against k tokens drawn from the teacher's distribution: each draw counts 1/k, and the student's likelihood is over the whole vocabulary.
 * Its expectation over draws is the full cross-entropy.
 *
 * @param ids int64 `[rows, k]`, repeats allowed.
 */
export function distilCounted(student: Value, ids: Value, weights: Value): Value {
  const drawn = gatherElements(logSoftmax(student), ids, 1);
  return weighed(mul(neg(reduceSum(drawn, [1])), 1 / (ids.shape[1] as number)), weights);
}

/**
 * The loss of a student on packed sequences. Beside their feeds it asks for the teacher's: `teacherLogits` `[answers, vocab]`, or
 * `teacherIds` `[answers, k]` and, renormalised, `teacherLogits` `[answers, k]`.
 */
export function distilObjective(
  graph: Graph,
  weights: Weights,
  config: LanguageConfig,
  shape: BatchShape,
  { target, k }: DistilTarget,
): Objective {
  const student = answerLogits(graph, weights, config, shape);
  const { answers } = shape;
  const weight = graph.input("answerWeights", "float32", [answers]);
  const logits = (width: number) => graph.input("teacherLogits", "float32", [answers, width]);
  if (target === "full") return { loss: distilFull(student, logits(config.text.vocabSize), weight) };
  const ids = graph.input("teacherIds", "int64", [answers, k]);
  if (target === "counted") return { loss: distilCounted(student, ids, weight) };
  return { loss: distilRenormalised(student, ids, logits(k), weight) };
}

/** Mass the student gives to the kept tokens, `[rows]`: worth watching where the target is renormalised. */
export function keptMass(student: Value, ids: Value): Value {
  return reduceSum(exp(gatherElements(logSoftmax(student), ids, 1)), [1]);
}
