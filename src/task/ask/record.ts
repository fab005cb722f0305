/** Answers that `ask` computes from a health record without a model, and the verification of a model's answer. */

import { clockToday } from "../../records/dates.ts";
import type { Fact, FactSource } from "../../records/fact.ts";
import { answerFromRecord, checkAnswer, findTest, type HealthRecord, recogniseQuestion } from "../../records/index.ts";
import type { Part, Study } from "../../study/types.ts";
import type { Computed } from "../define.ts";
import type { AskAnswer, AskRequest } from "./ask.ts";

/** A fact that an answer is based on, with its location in the source. */
export interface CitedFact {
  /** Citation number in the answer: `[1]`. */
  readonly number: number;
  /** Id of the fact in the record; stable for the same file. */
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  /** As the source prints it, with its unit. */
  readonly value?: string;
  /** In the precision of the source. */
  readonly date?: string;
  readonly flag?: string;
  readonly source: FactSource;
  readonly cautions?: readonly string[];
}

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
  const answer = record && answerFromRecord(record, question);
  if (answer === undefined) return undefined;
  const facts = answer.facts.map(citedFact);
  const cautions = [...answer.cautions, ...facts.flatMap(({ cautions = [] }) => cautions)];
  return {
    answer: { kind: "computed", question, answer: answer.text, facts },
    text: answer.text,
    // A chart has many old remarks, of which only the relevant ones are shown; those of a page describe how it was
    // read.
    cautions: [...new Set(chart === undefined ? [...record!.cautions, ...cautions] : cautions)],
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
  const about = queries?.every(
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
  return [...charts, ...(report === undefined ? [] : [report])].flatMap(
    (record) => checkAnswer(record, answer, { question }).cautions,
  );
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

/** `[1] Hemoglobin 10.4 g/dL (L), 2026-02-03: Observation/hb-3`. */
export function citationLine({ number, name, value, flag, date, source }: CitedFact): string {
  const description = [name, value, flag && `(${flag})`].filter(Boolean).join(" ");
  return `[${number}] ${description}${date === undefined ? "" : `, ${date.slice(0, 10)}`}: ${placeOf(source)}`;
}

function placeOf(source: FactSource): string {
  if ("resource" in source) return source.path === undefined ? source.resource : `${source.resource} ${source.path}`;
  if ("note" in source) return `${source.note}, characters ${source.from} to ${source.to}`;
  const { page, box, document } = source;
  const corners = [box.x0, box.y0, box.x1, box.y1].map(Math.round).join(",");
  return `${document === undefined ? "" : `${document}, `}page ${page}, box ${corners}`;
}
