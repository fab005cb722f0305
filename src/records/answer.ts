/** Computes the answer to a question about a record from its facts, if the question has a supported form. */

import { withNotes } from "./compute/notes.ts";
import { type Answer, type ComputeQuery, unnamed } from "./compute/query.ts";
import { type ComputeOptions, compute } from "./compute/run.ts";
import { entriesNamed } from "./concepts/dictionary.ts";
import { clockToday } from "./dates.ts";
import type { Fact } from "./fact.ts";
import { recogniseQuestion } from "./question/recognise.ts";
import type { HealthRecord } from "./record.ts";
import { findTest } from "./terms/index.ts";

/** An answer computed from the facts of a record, without a model. */
export interface RecordAnswer {
  /** The whole answer, with numbered citations `[1]`. */
  text: string;
  /** One per part of the question. */
  answers: readonly Answer[];
  /** The facts cited, in the order of their numbers. */
  facts: readonly Fact[];
  cautions: readonly string[];
}

/** Maximum number of facts an answer cites by number; the rest are in `answers`. */
const maxCitedFacts = 8;

/**
 * The computed answer to an English question. Undefined if the question has no known form or its words name nothing
 * with certainty in the record: it is then for a model. A question whether something ever occurred, about a name that
 * is not in the record, is answered with a caution.
 */
export function answerFromRecord(
  record: HealthRecord,
  question: string,
  options: ComputeOptions = {},
): RecordAnswer | undefined {
  const today = options.today ?? clockToday();
  const recognised = recogniseQuestion(question, today, record.patient);
  if (recognised === undefined) return undefined;
  const answers: Answer[] = [];
  for (const query of recognised.queries) {
    const answer = withNotes(record, compute(record, query, { today }));
    if (!isUsable(answer, query)) return undefined;
    answers.push(answer);
  }
  const facts: Fact[] = [];
  const text = answers
    .map((answer) => {
      const cited = answer.facts.slice(0, maxCitedFacts).map((fact) => {
        if (!facts.includes(fact)) facts.push(fact);
        return facts.indexOf(fact) + 1;
      });
      const marks = [...new Set(cited)].map((number) => `[${number}]`).join("");
      return marks === "" ? answer.text : `${answer.text.replace(/\.$/, "")} ${marks}.`;
    })
    .join(" ");
  // A corrected spelling is stated in the answer, not only in a caution.
  const corrected = [
    ...new Set(answers.flatMap((answer) => answer.cautions.filter((words) => /^".+" was interpreted as /.test(words)))),
  ];
  const whole = [text, ...corrected.map((words) => `${words}.`)].join(" ");
  return { text: whole, answers, facts, cautions: [...new Set(answers.flatMap((answer) => answer.cautions))] };
}

/** Unknown words may not be a clinical term at all ("the last thing she said"); such questions are not answered. */
function isUsable(answer: Answer, query: ComputeQuery): boolean {
  if (answer.facts.length > 0 || query.concept === undefined) return true;
  if (!answer.text.startsWith(unnamed)) return true;
  // A name of the dictionary or of the table of tests is a clinical term, whatever is asked of it.
  if (entriesNamed(query.concept).length > 0 || (findTest(query.concept)?.confidence ?? 0) >= 0.9) return true;
  const words = query.concept.split(" ").length;
  return (query.op === "ever" || query.op === "active") && words <= (query.kind === undefined ? 6 : 14);
}
