/**
 * Distillation losses over a student's logits `[rows, vocab]`, each row weighted by `weights` `[rows]` (which sum to
 * one). MedGemma 1.5 was distilled from 256 sampled teacher logits per token (report, section 2.2); the report does not
 * say which of the two sampled targets below it used.
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

/** The part of the teacher's distribution that the student is trained on at each answer token. */
export interface DistilTarget {
  /**
   * `full`: all logits; `renormalised`: k distinct tokens, renormalised over them; `counted`: k draws with replacement.
   */
  readonly target: "full" | "renormalised" | "counted";
  readonly k: number;
}

const weighed = (perRow: Value, weights: Value) => reduceSum(mul(perRow, weights), [0]);

/**
 * Kullback-Leibler divergence KL(teacher || student) over the whole vocabulary; `teacher` holds the teacher's logits
 * `[rows, vocab]`.
 */
export function distilFull(student: Value, teacher: Value, weights: Value): Value {
  const difference = sub(logSoftmax(teacher), logSoftmax(student));
  return weighed(reduceSum(mul(softmax(teacher), difference), [1]), weights);
}

/**
 * Cross-entropy over k tokens kept from the teacher, with both distributions renormalised over these tokens. It does
 * not constrain the probability of any other token.
 *
 * @param ids int64 `[rows, k]`, distinct within a row.
 * @param teacher the teacher's logits of those tokens, `[rows, k]`.
 */
export function distilRenormalised(student: Value, ids: Value, teacher: Value, weights: Value): Value {
  const studentLogits = gatherElements(student, ids, 1);
  return weighed(neg(reduceSum(mul(softmax(teacher), logSoftmax(studentLogits)), [1])), weights);
}

/**
 * Cross-entropy against k draws from the teacher's distribution: each draw has weight 1/k, and the student's likelihood
 * is over the whole vocabulary. An unbiased estimate of the full cross-entropy.
 *
 * @param ids int64 `[rows, k]`, repeats allowed.
 */
export function distilCounted(student: Value, ids: Value, weights: Value): Value {
  const drawn = gatherElements(logSoftmax(student), ids, 1);
  return weighed(mul(neg(reduceSum(drawn, [1])), 1 / (ids.shape[1] as number)), weights);
}

/**
 * The loss of a student on packed sequences. Besides the feeds of `languageObjective` it needs the teacher's:
 * `teacherLogits` `[answers, vocab]` for `full`; otherwise `teacherIds` `[answers, k]`, and for `renormalised` also
 * `teacherLogits` `[answers, k]`.
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

/** The student's probability mass on the kept tokens, `[rows]`; worth monitoring with a renormalised target. */
export function keptMass(student: Value, ids: Value): Value {
  return reduceSum(exp(gatherElements(logSoftmax(student), ids, 1)), [1]);
}
