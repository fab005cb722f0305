/** Answers as plain text, for a terminal and for pipes. */
import type { AnyResult, LabelProbability } from "../../task/result.ts";

/** The answer; what the model wrote, when it could not be read. */
export function answerText(result: AnyResult): string {
  if (result.answer === undefined) return result.text.trim();
  switch (result.task) {
    case "ask":
      return result.answer.answer;
    case "report": {
      const { findings, impression } = result.answer;
      return `Findings:\n${findings.map((finding) => `- ${finding}`).join("\n")}\n\nImpression:\n${impression}`;
    }
    case "classify": {
      const { labels, probabilities } = result.answer;
      return probabilities === undefined ? labels.join("\n") : table(probabilities, labels);
    }
    case "locate": {
      const { boxes } = result.answer;
      return boxes.length === 0
        ? "nothing found"
        : boxes
            .map(({ label, box, index }) => {
              const corners = [box.x0, box.y0, box.x1, box.y1].map((value) => Math.round(value)).join(" ");
              return `${label}: x0 y0 x1 y1 = ${corners}${index === undefined ? "" : ` (slice ${index})`}`;
            })
            .join("\n");
    }
    case "compare": {
      const { course, description, probabilities } = result.answer;
      const shares = probabilities?.map(({ label, probability }) => `${label} ${probability.toFixed(3)}`).join(", ");
      return [description, shares === undefined ? course : `${course} (${shares})`].filter(Boolean).join("\n\n");
    }
  }
}

/** One label a line, a star after those that were chosen. */
function table(probabilities: readonly LabelProbability[], chosen: readonly string[]): string {
  const width = Math.max(...probabilities.map(({ label }) => label.length));
  return probabilities
    .map(
      ({ label, probability }) =>
        `${label.padEnd(width)}  ${probability.toFixed(3)}${chosen.includes(label) ? "  *" : ""}`,
    )
    .join("\n");
}
