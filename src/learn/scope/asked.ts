/** The requests that a dataset of conversations teaches, as a scope lists them. */
import type { Ability, Ask } from "../../model/scope/scope.ts";
import { recognisePrompt } from "../../prompts/index.ts";
import { answerOf, type Example, textOf } from "../data/index.ts";

/** With more different questions than this, any question is accepted. */
const maxQuestions = 60;

/** Without the kinds of images, which the caller knows. */
export type Taught = Pick<Ability, "id" | "description" | "requests">;

/**
 * @param labels of the dataset, if it states them: `classify` with these labels is then taught whatever words asked for
 * them. @param source the dataset's name.
 */
export function taughtBy(
  examples: readonly Example[],
  labels: readonly string[] | undefined,
  source: string,
): Taught[] {
  const requests = new Map<string, Ask>();
  const add = (ask: Ask) => requests.set(JSON.stringify([ask.task, ask.options]), ask);
  if (labels !== undefined) add({ task: "classify", options: { labels }, open: ["threshold", "question"] });
  for (const example of examples) {
    const turn = example.messages.findLast(({ role }) => role === "user");
    if (turn === undefined) continue;
    const recognised = recognisePrompt(textOf(turn), labels);
    switch (recognised.task) {
      case "report":
        add({ task: "report", open: ["*"] });
        break;
      case "classify":
        if (labels === undefined) add({ task: "classify", options: recognised.options, open: ["threshold"] });
        break;
      case "locate":
        // The short prompt is an ordinary question, too: the answer tells.
        if (/box_2d|\[\s*\d+\s*,/.test(answerOf(example)))
          add({ task: "locate", options: recognised.options, open: ["image"] });
        else add({ task: "ask", options: { question: textOf(turn).trim() }, open: ["free"] });
        break;
      case "ask":
        add(
          recognised.options.choices === undefined
            ? { task: "ask", options: { question: recognised.options.question }, open: ["free"] }
            : { task: "ask", options: { question: recognised.options.question, choices: recognised.options.choices } },
        );
    }
  }
  const byTask = new Map<string, Ask[]>();
  for (const ask of requests.values()) byTask.set(ask.task, [...(byTask.get(ask.task) ?? []), ask]);
  return [...byTask].flatMap(([task, own]) =>
    own.length > maxQuestions
      ? [{ id: task, description: `questions like those of ${source} (${task})`, requests: [{ task, open: ["*"] }] }]
      : own.map((ask, i) => ({
          id: own.length === 1 ? task : `${task}-${i + 1}`,
          description: descriptionOf(ask),
          requests: [ask],
        })),
  );
}

function descriptionOf({ task, options = {} }: Ask): string {
  const list = (value: unknown) => (value as readonly string[]).join(", ");
  if (task === "report") return "a report";
  if (task === "locate") return `where the ${options.object} is`;
  if (task === "classify") return `which of these it is: ${list(options.labels)}`;
  return options.choices === undefined ? `"${options.question}"` : `"${options.question}" (${list(options.choices)})`;
}
