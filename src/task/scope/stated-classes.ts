/** Compares the class that a generated text states with the probabilities of the classes: a small model may write one thing and find another more likely. */
import { addUsage } from "../replies.ts";
import type { LabelProbability, TaskResult } from "../result.ts";
import type { ScopeDecision } from "./judge.ts";

/**
 * Adds a caution if the class that the text states is less likely than not.
 *
 * @param classify runs `classify` on the same images with these labels; called only if the text states a class.
 * @returns `result` unchanged if the scope names no classes for the text, or the engine cannot score.
 */
export async function withStatedClass(
  result: TaskResult,
  { requests: [request] }: ScopeDecision,
  classify: (labels: readonly string[]) => Promise<TaskResult>,
): Promise<TaskResult> {
  const states = request?.ask.states;
  if (states === undefined || result.answer === undefined) return result;
  const [sentence, stated] = Object.entries(states.sentences).find(([text]) => result.text.includes(text)) ?? [];
  if (sentence === undefined || stated === undefined) return result;
  const { answer, usage } = await classify(states.labels);
  const { probabilities } = (answer ?? {}) as { readonly probabilities?: readonly LabelProbability[] };
  const own = probabilities?.find(({ label }) => label === stated);
  if (probabilities === undefined || own === undefined || own.probability >= 0.5) return result;
  const shown = probabilities.map(({ label, probability }) => `${label} ${probability.toFixed(3)}`).join(", ");
  const caution = `"${sentence}" is uncertain: asked for the classes, the model gives ${shown}`;
  const { cautions = [] } = result;
  // The brand of an answer out of scope stays first.
  const at = result.refusal === undefined ? 0 : 1;
  return {
    ...result,
    cautions: [...cautions.slice(0, at), caution, ...cautions.slice(at)],
    usage: addUsage(result.usage, usage),
  };
}
