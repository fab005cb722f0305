/** An answer as one reads it: each task's own form in a sentence or a few lines. */
import type { Answer } from "../api/types.ts";

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
    case "compare":
      return (
        [answer.change, answer.finding, answer.explanation]
          .filter((one) => typeof one === "string" && one !== "")
          .join(". ") || result.text
      );
    default:
      return result.text || JSON.stringify(answer, undefined, 2);
  }
}
