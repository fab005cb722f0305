/**
 * A result for programs that read only text: a refusal or all cautions first, then the answer, then the name of the
 * model.
 */
import { type TaskResult, tasks } from "../task/index.ts";
import { refusalText } from "../task/scope/reason.ts";

export function plainText(result: TaskResult): string {
  const task = tasks().find(({ name }) => name === result.task);
  const { refusal, answer, cautions = [], parse, model, notice } = result;
  const answerText =
    answer !== undefined
      ? (task?.text(answer as never) ?? "")
      : parse.status === "refused"
        ? refusalText(model.name, refusal!)
        : `The model's text could not be parsed (${parse.problems.join("; ")}): ${result.text}`;
  return [...cautions.map((caution) => `Caution: ${caution}`), answerText, `${model.name}. ${notice}`].join("\n\n");
}
