/**
 * The words of an answer as a person reads them and takes them over into a report: a sentence or a few lines. The
 * server holds a report's sentences to them, so that nothing passes for the model's that it did not say.
 */
interface Answered {
  readonly task: string;
  /** What the model wrote. */
  readonly text: string;
  readonly answer?: unknown;
  readonly parse: { readonly status: string };
}

/** @returns the model's raw text if it could not be parsed, or if the task has no shorter form. */
export function answerWords(result: Answered): string {
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
        finding ? `${finding}: ${course}` : course,
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
