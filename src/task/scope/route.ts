/** Routes a free-text question that corresponds to another task: runs that task, and returns the result as an answer to the question. */
import type { Task } from "../define.ts";
import type { LabelProbability, TaskResult } from "../result.ts";
import { taskNamed } from "../tasks.ts";
import type { ScopeDecision } from "./judge.ts";

/** The request to run instead, in the wording of the training; undefined if the request is used unchanged. */
export function routed(
  task: Task,
  options: object,
  { requests: [request], refusal }: ScopeDecision,
): { task: Task; options: object } | undefined {
  if (request === undefined || refusal !== undefined || request.ask.task === "*") return undefined;
  const other = request.ask.task === task.name ? task : taskNamed(request.ask.task);
  if (
    other === task &&
    Object.entries(request.options).every(([name, value]) => same(value, (options as Record<string, unknown>)[name]))
  )
    return undefined;
  if (other === task) return { task, options: { ...options, ...request.options } };
  // Sampling and layout options are kept; the other task's options come from the scope.
  const others = Object.entries(options).filter(([name]) => !(name in task.options));
  return { task: other, options: { ...Object.fromEntries(others), ...request.options } };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** The result under the name of the requested task, with the original question. */
export function asAnswerOf(task: Task, other: Task, options: object, result: TaskResult): TaskResult {
  const { question } = options as { readonly question?: string };
  const { answer } = result;
  if (answer === undefined) return { ...result, task: task.name };
  if (other === task) {
    const own = question !== undefined && typeof answer === "object" && answer !== null && "question" in answer;
    return own ? { ...result, answer: { ...answer, question } } : result;
  }
  const { summary, labels } = other.statements(answer);
  const text = labels.length > 0 ? summary : other.text(answer);
  const { probabilities } = answer as { readonly probabilities?: readonly LabelProbability[] };
  const likely = probabilities?.some(({ label, probability }) => label === text && probability >= 0.5) ?? true;
  return {
    ...result,
    task: task.name,
    answer: {
      kind: "free",
      question: question ?? "",
      answer: likely ? text : `uncertain, most likely ${text}`,
      ...(probabilities && { probabilities }),
    },
  };
}
