/** The requests that a dataset of conversations teaches, as a scope lists them. */
import type { Ability, Ask } from "../../model/scope/scope.ts";
import { recognisePrompt } from "../../prompts/index.ts";
import { answerOf, type Example, textOf } from "../data/index.ts";

/** More different questions than this are no list of questions: any question is accepted. */
const mostQuestions = 60;

/** Without the kinds of images, which the caller knows. */
export type Taught = Pick<Ability, "id" | "says" | "asks">;

/**
 * @param labels of the dataset, if it states them: `classify` with these labels is then taught whatever words asked for
 * them. @param source the dataset's name.
 */
export function taughtBy(
  examples: readonly Example[],
  labels: readonly string[] | undefined,
  source: string,
): Taught[] {
  const asks = new Map<string, Ask>();
  const add = (ask: Ask) => asks.set(JSON.stringify([ask.task, ask.options]), ask);
  if (labels !== undefined) add({ task: "classify", options: { labels }, open: ["threshold", "question"] });
  for (const example of examples) {
    const turn = example.messages.findLast(({ role }) => role === "user");
    if (turn === undefined) continue;
    const asked = recognisePrompt(textOf(turn), labels);
    switch (asked.task) {
      case "report":
        add({ task: "report", open: ["*"] });
        break;
      case "classify":
        if (labels === undefined) add({ task: "classify", options: asked.options, open: ["threshold"] });
        break;
      case "locate":
        // The short prompt is an ordinary question, too: the answer tells.
        if (/box_2d|\[\s*\d+\s*,/.test(answerOf(example)))
          add({ task: "locate", options: asked.options, open: ["image"] });
        else add({ task: "ask", options: { question: textOf(turn).trim() }, open: ["free"] });
        break;
      case "ask":
        add(
          asked.options.choices === undefined
            ? { task: "ask", options: { question: asked.options.question }, open: ["free"] }
            : { task: "ask", options: { question: asked.options.question, choices: asked.options.choices } },
        );
    }
  }
  const byTask = new Map<string, Ask[]>();
  for (const ask of asks.values()) byTask.set(ask.task, [...(byTask.get(ask.task) ?? []), ask]);
  return [...byTask].flatMap(([task, own]) =>
    own.length > mostQuestions
      ? [{ id: task, says: `questions like those of ${source} (${task})`, asks: [{ task, open: ["*"] }] }]
      : own.map((ask, i) => ({ id: own.length === 1 ? task : `${task}-${i + 1}`, says: saysOf(ask), asks: [ask] })),
  );
}

function saysOf({ task, options = {} }: Ask): string {
  const list = (value: unknown) => (value as readonly string[]).join(", ");
  if (task === "report") return "a report";
  if (task === "locate") return `where the ${options.object} is`;
  if (task === "classify") return `which of these it is: ${list(options.labels)}`;
  return options.choices === undefined ? `"${options.question}"` : `"${options.question}" (${list(options.choices)})`;
}
