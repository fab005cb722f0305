/** The statements of a result, by task. */
import type { TaskResult } from "../task/result.ts";
import { refusalText } from "../task/scope/reason.ts";
import { type Statements, statementsWith } from "../task/statements.ts";
import { taskNamed } from "../task/tasks.ts";

/**
 * A refusal states why; an unparsed result states nothing: its raw text is reported as such by {@link describeResult}.
 *
 * @throws PolyclinicError `task/unknown` for a result of a task that is not in the list.
 */
export function statementsOf(result: TaskResult): Statements {
  if (result.parse.status === "refused")
    return statementsWith({
      findings: [{ text: refusalText(result.model.name, result.refusal!) }],
      summary: `NOT ANSWERED: ${result.parse.problems.join(" ")}`,
    });
  if (result.answer === undefined) return statementsWith({ summary: "The answer could not be parsed." });
  return taskNamed(result.task).statements(result.answer);
}
