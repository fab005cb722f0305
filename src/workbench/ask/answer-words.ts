/** Renders each task's answer as a sentence or a few lines, and a request as a question. */
import type { Answer, LocatedBox } from "../api/types.ts";
import { words } from "../words/en.ts";

export function answerWords({ result }: Pick<Answer, "result">): string {
  const answer = result.answer as Record<string, unknown> | undefined;
  if (answer === undefined || result.parse.status !== "parsed") return result.text;
  switch (result.task) {
    case "ask":
      return (
        [answer.answer, answer.explanation].filter((one) => typeof one === "string" && one !== "").join(". ") ||
        result.text
      );
    case "classify": {
      const { labels, probabilities } = answer as {
        labels?: readonly string[];
        probabilities?: readonly { label: string; probability: number }[];
      };
      if (probabilities !== undefined)
        return probabilities.map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`).join("\n");
      return (labels ?? []).join(", ") || result.text;
    }
    case "locate": {
      const { boxes = [] } = answer as { boxes?: readonly { label: string }[] };
      return boxes.length === 0 ? result.text : boxes.map(({ label }) => label).join(", ");
    }
    case "report": {
      const { findings = [], impression = "" } = answer as { findings?: readonly string[]; impression?: string };
      return [...findings, impression].filter((one) => one !== "").join("\n");
    }
    case "compare": {
      const { course, finding, description, probabilities } = answer as {
        course?: string;
        finding?: string;
        description?: string;
        probabilities?: readonly { label: string; probability: number }[];
      };
      if (course === undefined) return result.text;
      return [
        words.ask.prior.course(course, finding),
        description,
        probabilities?.map(({ label, probability }) => `${label} ${(100 * probability).toFixed(1)} %`).join(", "),
      ]
        .filter(Boolean)
        .join("\n");
    }
    default:
      return result.text || JSON.stringify(answer, undefined, 2);
  }
}

export function boxesOf({ result }: Answer): readonly LocatedBox[] {
  const { boxes } = (result.answer ?? {}) as { boxes?: readonly LocatedBox[] };
  return Array.isArray(boxes) ? boxes : [];
}

export function exampleWords({
  task,
  options,
}: {
  readonly task: string;
  readonly options: Readonly<Record<string, unknown>>;
}): string {
  if (typeof options.question === "string") return options.question;
  if (typeof options.object === "string") return words.ask.where(options.object);
  if (Array.isArray(options.labels)) return options.labels.join(" / ");
  return words.ask.tasks[task] ?? task;
}
