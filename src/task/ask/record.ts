/** Answers that `ask` computes from a health record without a model, and the verification of a model's answer. */

import { clockToday } from "../../records/dates.ts";
import type { Fact } from "../../records/fact.ts";
import { recogniseQuestion } from "../../records/question/recognise.ts";
import type { HealthRecord } from "../../records/record.ts";
import type { Part, Study } from "../../study/types.ts";
import type { Computed } from "../define.ts";
import type { AskAnswer, AskRequest } from "./ask.ts";
import type { CitedFact } from "./citation.ts";

/**
 * The answer to a question of a form that can be computed: exact, with its facts. Undefined for every other question, for studies that are
 * neither one record alone nor the pages of one laboratory report (the question may be about the image), and where the caller sets the
 * answers or wants the model's own words.
 */
export async function computeAnswer(
  study: Pick<Study, "parts" | "labs">,
  { question, choices, free }: AskRequest,
): Promise<Computed<AskAnswer> | undefined> {
  if (choices !== undefined || free) return undefined;
  const [part] = study.parts;
  const chart = study.parts.length === 1 && part.kind === "record" ? part.record : undefined;
  const record = chart ?? (await reportAskedBy(question, study));
  if (record === undefined) return undefined;
  const { answerFromRecord } = await import("../../records/index.ts");
  const answer = answerFromRecord(record, question);
  if (answer === undefined) return undefined;
  const facts = answer.facts.map(citedFact);
  const cautions = [...answer.cautions, ...facts.flatMap(({ cautions = [] }) => cautions)];
  return {
    answer: { kind: "computed", question, answer: answer.text, facts },
    text: answer.text,
    // A chart has many old remarks, of which only the relevant ones are shown; those of a page describe how it was
    // read.
    cautions: [...new Set(chart === undefined ? [...record.cautions, ...cautions] : cautions)],
  };
}

/**
 * Reading pages takes seconds, so it is done only for questions about results, and on images only if the question names
 * a known test.
 */
async function reportAskedBy(
  question: string,
  { parts, labs }: Pick<Study, "parts" | "labs">,
): Promise<HealthRecord | undefined> {
  const queries = labs && recogniseQuestion(question, clockToday())?.queries;
  if (queries === undefined) return undefined;
  const { findTest } = await import("../../records/index.ts");
  const about = queries.every(
    ({ op, kind, concept }) =>
      (kind === undefined || kind === "observation") &&
      !(op === "age" || op === "patient" || op === "active") &&
      (concept === undefined ? kind === "observation" : allTexts(parts) || findTest(concept) !== undefined),
  );
  return about ? labs!() : undefined;
}

const allTexts = (parts: readonly Part[]) =>
  parts.every((part) => part.kind === "document" && part.pages.every(({ text }) => text.length > 0));

/**
 * Checks a model's answer against the records it was given: contradictions, each with both values, and statements that no fact supports. Pages are
 * used only if they have a text layer.
 */
export async function checkAgainstRecords(
  { parts, labs }: Pick<Study, "parts" | "labs">,
  { question, answer, kind }: AskAnswer,
): Promise<string[]> {
  if (kind === "computed") return [];
  const charts = parts.flatMap((part) => (part.kind === "record" ? [part.record] : []));
  const report = allTexts(parts) ? await labs?.() : undefined;
  const records = report === undefined ? charts : [...charts, report];
  if (records.length === 0) return [];
  const { checkAnswer } = await import("../../records/index.ts");
  return records.flatMap((record) => checkAnswer(record, answer, { question }).cautions);
}

export function citedFact(fact: Fact, i: number): CitedFact {
  const {
    id,
    kind,
    code,
    value,
    printedValue,
    comparator = "",
    printedUnit,
    unit,
    start,
    flag,
    source,
    cautions,
  } = fact;
  const amount = value === undefined ? undefined : `${comparator}${printedValue ?? String(value)}`;
  const measured = [amount, typeof value === "number" ? (printedUnit ?? unit) : undefined].filter(Boolean).join(" ");
  return {
    number: i + 1,
    id,
    name: code?.display ?? kind,
    kind,
    ...(measured !== "" && { value: measured }),
    ...(start !== undefined && { date: start }),
    ...(flag !== undefined && { flag }),
    source,
    ...(cautions !== undefined && cautions.length > 0 && { cautions }),
  };
}
