/** Computed answers, the view and retrieval, against reference answers from the raw bundles. */
import { answerFromRecord, readFhirText, retrieveFacts, viewRecord } from "../../dist/records/index.js";
import { isRight, questionsOf } from "./questions.mjs";
import { readBundles } from "./raw.mjs";
import { countTokens, seeded, share } from "./statistics.mjs";

export const today = "2022-01-01";

export function load(data, most = Number.POSITIVE_INFINITY) {
  const bundles = readBundles(`${data}/fhir`).slice(0, most);
  return bundles.map((bundle, at) => ({
    ...bundle,
    record: readFhirText(bundle.source, { today }).records[0],
    questions: questionsOf(bundles, at, seeded(1000 + at), today),
  }));
}

export function rows({ data, log, bundles }) {
  const charts = load(data, bundles);
  if (charts.length === 0) return [];
  const kinds = new Map();
  let [correct, cited, n, recognised] = [0, 0, 0, 0];
  for (const { record, questions } of charts)
    for (const question of questions) {
      n++;
      const answer = answerFromRecord(record, question.question, { today })?.answers[0];
      if (answer !== undefined) recognised++;
      const ok = isRight(question, answer);
      const kind = kinds.get(question.kind) ?? { correct: 0, n: 0 };
      kind.n++;
      if (ok) {
        correct++;
        kind.right++;
        const ids = new Set(answer.facts.map(({ id }) => id));
        if (question.facts.length === 0 || question.facts.some(({ id }) => ids.has(id))) cited++;
      } else
        log(
          `${question.kind}: ${question.question} | gold ${JSON.stringify(question.gold)} | ${answer?.text ?? "not recognised"}`,
        );
      kinds.set(question.kind, kind);
    }
  const worst = [...kinds]
    .filter(([, kind]) => kind.right < kind.n)
    .map(([name, kind]) => `${name} ${kind.right}/${kind.n}`);
  const result = [
    share(
      "answers",
      correct,
      n,
      `${kinds.size} kinds of question, ${recognised} recognised${worst.length > 0 ? `; with wrong answers: ${worst.join(", ")}` : ""}`,
    ),
    share("answers-cited", cited, correct, "correct answers that cite a gold fact"),
  ];
  for (const budget of [32_000, 4000, 2000]) {
    let stated = 0;
    let over = 0;
    for (const { record, questions } of charts)
      for (const question of questions) {
        const view = viewRecord(record, { budget, count: countTokens, question: question.question, today });
        if (countTokens(view.text) > budget) over++;
        if (question.facts.every((fact) => states(view.text, fact))) stated++;
      }
    result.push(
      share(
        `view-${budget}`,
        stated,
        n,
        `views whose text contains the dates and values of all gold facts; ${over} views exceed the budget`,
      ),
    );
  }
  let found = 0;
  let total = 0;
  let tokens = 0;
  for (const { record, questions } of charts)
    for (const question of questions) {
      if (question.facts.length === 0) continue;
      total++;
      const retrieved = retrieveFacts(record, question.question, { budget: 2000, count: countTokens, today });
      tokens += retrieved.tokens;
      const ids = new Set(retrieved.facts.map(({ id }) => id));
      if (question.facts.every(({ id }) => ids.has(id))) found++;
      else log(`not retrieved: ${question.question} (${question.facts.length} facts)`);
    }
  result.push(
    share(
      "retrieval-2000",
      found,
      total,
      `all gold facts within 2,000 tokens, ${Math.round(tokens / total)} used on average`,
    ),
  );
  return result;
}

function states(text, { start, value }) {
  if (start !== undefined && !text.includes(start.slice(0, 10))) return false;
  if (typeof value === "number")
    return text.includes(String(Number(value.toPrecision(5)))) || text.includes(String(value));
  return value === undefined || text.includes(value);
}
