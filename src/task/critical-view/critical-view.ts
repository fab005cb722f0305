/**
 * The `critical-view` task: the critical view of safety before the cystic duct is divided, as three closed questions
 * about a video or frame, each scored 0, 1 or 2 (Med-Gemini, arXiv 2404.18416, on Cholec80-CVS).
 */
import { criticalViewCriteria, criticalViewLevels, criticalViewPrompt } from "../../prompts/index.ts";
import { defineTask } from "../define.ts";
import { parseChoice } from "../parse/choice.ts";
import type { LabelProbability } from "../result.ts";
import { statementsWith } from "../statements.ts";

export interface Criterion {
  /** `C1`, `C2`, `C3`. */
  readonly id: string;
  readonly criterion: string;
  readonly level: (typeof criticalViewLevels)[number];
  /** 0 not achieved, 1 partially, 2 achieved. */
  readonly score: number;
  readonly probabilities?: readonly LabelProbability[];
}

export interface CriticalViewAnswer {
  readonly criteria: readonly Criterion[];
  /** True if all three are achieved. */
  readonly achieved: boolean;
}

export const criticalViewTask = defineTask<object, CriticalViewAnswer, "critical-view">({
  name: "critical-view",
  summary: "score the critical view of safety in a film of a cholecystectomy",
  description:
    "score the three criteria of the critical view of safety (0, 1, 2 each) in a film or frame of a laparoscopic cholecystectomy",
  example: "samples/cine.dcm --model http://localhost:8000/v1",
  options: {},
  needs: { parts: ["video", "image"] },
  answerTokens: 500,
  render: ({ subject, form }) => {
    const prompts = criticalViewCriteria.map((_, i) => criticalViewPrompt(i, subject, form));
    return {
      prompts,
      titles: criticalViewCriteria.map(({ id }) => id),
      record: { ...prompts[0], after: prompts.map(({ after }) => after).join("\n") },
      closed: { answers: criticalViewLevels, score: "instead" },
    };
  },
  parse({ texts, scores }) {
    const problems: string[] = [];
    const criteria = criticalViewCriteria.flatMap(({ id, description }, i): Criterion[] => {
      const probabilities = scores?.[i];
      const level = probabilities
        ? probabilities.reduce((a, b) => (b.probability > a.probability ? b : a)).label
        : parseChoice(texts[i], criticalViewLevels)?.choice;
      const score = criticalViewLevels.indexOf(level as (typeof criticalViewLevels)[number]);
      if (score >= 0)
        return [
          {
            id,
            criterion: description,
            level: criticalViewLevels[score],
            score,
            ...(probabilities && { probabilities }),
          },
        ];
      problems.push(`no final answer out of ${criticalViewLevels.join(", ")} for ${id}`);
      return [];
    });
    // A missing answer does not mean that the criterion is not achieved.
    if (problems.length > 0) return { problems };
    return { answer: { criteria, achieved: criteria.every(({ score }) => score === 2) }, problems };
  },
  key: ({ criteria }) => criteria.map(({ score }) => score).join(","),
  answerSchema: (z) =>
    z.looseObject({
      criteria: z.array(
        z.looseObject({
          id: z.string(),
          criterion: z.string(),
          level: z.enum(criticalViewLevels),
          score: z.int().min(0).max(2),
          probabilities: z
            .array(
              z.looseObject({ label: z.string(), probability: z.number().min(0).max(1), logLikelihood: z.number() }),
            )
            .optional(),
        }),
      ),
      achieved: z.boolean(),
    }),
  text: ({ criteria, achieved }) =>
    [
      ...criteria.map(({ id, criterion, level, score }) => `${id} ${score} ${level}: ${criterion}`),
      achieved ? "critical view of safety: all three achieved" : "critical view of safety: not all three achieved",
    ].join("\n"),
  statements({ criteria, achieved }) {
    const summary = `Critical view of safety ${achieved ? "achieved" : "not achieved"} (${criteria.map(({ id, score }) => `${id} ${score}`).join(", ")})`;
    return statementsWith({
      findings: criteria.map(({ id, criterion, level }) => ({ text: `${id}, ${criterion}: ${level}` })),
      impression: summary,
      summary,
    });
  },
});
