/** The `compare` task: change from a prior to a current study: improved, stable or worsened. */
import { type Course, comparePrompt, courses } from "../../prompts/index.ts";
import { defineTask, type Parsed } from "../define.ts";
import { parseChoice } from "../parse/choice.ts";
import type { LabelProbability } from "../result.ts";
import { labelsOf, sentences, statementsWith } from "../statements.ts";

/** A comparison of the current study with a prior one. */
export interface CompareRequest {
  /** What to follow (`pleural effusion`). Default: the disease as a whole. */
  finding?: string;
}

/** The course between the prior and the current study. */
export interface CompareAnswer {
  readonly finding?: string;
  readonly course: Course;
  /** One probability per course, if the engine can score. */
  readonly probabilities?: readonly LabelProbability[];
  /** The model's text about the change, if any. */
  readonly description?: string;
}

/** Synonyms of the three courses that models use. */
const synonyms: Readonly<Record<string, Course>> = {
  better: "improved",
  improving: "improved",
  improvement: "improved",
  unchanged: "stable",
  "no change": "stable",
  "no significant change": "stable",
  worse: "worsened",
  worsening: "worsened",
  progressed: "worsened",
};

export const compareTask = defineTask<CompareRequest, CompareAnswer, "compare">({
  name: "compare",
  summary: "compare a prior with a current study",
  description: "compare a prior with a current study: improved, stable or worsened",
  example: "samples/chest-xray-normal.jpg samples/chest-xray.jpg --finding pneumonia",
  options: {
    finding: { kind: "text", placeholder: "name", help: "the finding to compare, e.g. pleural effusion" },
  },
  // The prompt states the number of images of each study.
  needs: { pair: true, parts: ["image", "volume", "slide", "document"] },
  // As in the longitudinal notebook.
  answerTokens: 600,
  render({ images, form }, { finding }) {
    const prior = images[0].part;
    const whole = images.filter(({ crop }) => crop !== true);
    const priorImages = whole.filter(({ part }) => part === prior).length;
    return {
      prompts: [comparePrompt({ finding, form, priorImages, currentImages: whole.length - priorImages })],
      closed: { answers: courses, score: "beside" },
    };
  },
  parse({ texts: [text], scores }, { finding }) {
    const parsed = parseCompare(text, finding);
    if (parsed.answer === undefined || scores === undefined) return parsed;
    return { ...parsed, answer: { ...parsed.answer, probabilities: scores[0] } };
  },
  answerSchema: (z) =>
    z.looseObject({
      finding: z.string().optional(),
      course: z.enum(["improved", "stable", "worsened"]),
      probabilities: z
        .array(z.looseObject({ label: z.string(), probability: z.number().min(0).max(1), logLikelihood: z.number() }))
        .optional(),
      description: z.string().optional(),
    }),
  text({ course, description, probabilities }) {
    const shares = probabilities?.map(({ label, probability }) => `${label} ${probability.toFixed(3)}`).join(", ");
    return [description, shares === undefined ? course : `${course} (${shares})`].filter(Boolean).join("\n\n");
  },
  statements({ finding, course, probabilities, description }) {
    const summary = `${finding ?? "Compared with the prior"}: ${course}`;
    return statementsWith({
      findings: [{ text: summary }, ...sentences(description)],
      labels: probabilities === undefined ? [] : labelsOf([course], probabilities),
      summary,
    });
  },
});

/** Parses a comparison from its text. */
export function parseCompare(text: string, finding?: string): Parsed<CompareAnswer> {
  const chosen = parseChoice(text, [...courses, ...Object.keys(synonyms)]);
  if (chosen === undefined) return { problems: [`no final answer among: ${courses.join(", ")}`] };
  const course = synonyms[chosen.choice] ?? (chosen.choice as Course);
  return {
    answer: {
      ...(finding !== undefined && { finding }),
      course,
      ...(chosen.reasoning !== undefined && { description: chosen.reasoning }),
    },
    problems: [],
  };
}
