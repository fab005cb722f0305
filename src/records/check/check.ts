/**
 * Checks an answer against the facts of a record: every number, unit, date, name and denial. A contradiction states both values. Claims
 * about something that the record does not contain cannot be verified and are "unsupported".
 */
import { answerFromRecord } from "../answer.ts";
import { clockToday } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { checkAgainstComputed } from "./computed.ts";
import { checkDates } from "./dates.ts";
import { checkNumbers } from "./numbers.ts";
import { checkPolarity } from "./polarity.ts";
import { readClaims } from "./read-claims.ts";

/** One claim of an answer (a number, a unit, a date, a name, a negation), compared with the record. */
export interface ClaimCheck {
  kind: "number" | "unit" | "date" | "name" | "polarity" | "answer";
  /** The checked words and their position in the answer. */
  words: string;
  from: number;
  to: number;
  verdict: "supported" | "contradicted" | "unsupported";
  /** For an unsupported or contradicted claim: the statement of the answer and that of the record. */
  message?: string;
  facts: readonly Fact[];
}

/** All claims of an answer, compared with the record; the verdict is that of the worst claim. */
export interface AnswerCheck {
  claims: readonly ClaimCheck[];
  /** One sentence for each contradiction and unsupported claim, contradictions first. */
  cautions: readonly string[];
  verdict: "supported" | "contradicted" | "unsupported";
}

/** What an answer is compared with, besides the facts of the record. */
export interface CheckOptions {
  /** With the question, the answer is also compared with what can be computed for it. */
  question?: string;
  today?: string;
}

/** Limits of length and number of claims; a text beyond them is not checked claim by claim. */
const maxTextLength = 30_000;
const maxClaims = 2000;

function unchecked(words: string): AnswerCheck {
  const caution = `${words} are too many to be checked against the record: nothing was checked`;
  return { claims: [], cautions: [caution], verdict: "unsupported" };
}

/**
 * Checks every number, date and name in a text about a record against the record's facts. Never throws on the text; a
 * text that is too long is reported as unchecked.
 */
export function checkAnswer(record: HealthRecord, text: string, options: CheckOptions = {}): AnswerCheck {
  if (text.length > maxTextLength) return unchecked(`${text.length} characters`);
  const today = options.today ?? clockToday();
  const sentences = readClaims(record, text);
  const claimCount = sentences.reduce(
    (sum, { numbers, dates, names }) => sum + numbers.length + dates.length + names.length,
    0,
  );
  if (claimCount > maxClaims) return unchecked(`${claimCount} claims`);
  const claims: ClaimCheck[] = [];
  const questionTerms =
    options.question === undefined ? [] : readClaims(record, options.question).flatMap(({ names }) => names);
  const questionWords = new Set((options.question ?? "").toLowerCase().split(/[^a-z0-9]+/));
  let before: typeof questionTerms = questionTerms;
  for (const sentence of sentences) {
    // "It was 12.1 in May": takes the subject from the previous sentence, or from the question.
    const subjects = sentence.names.some(({ concepts }) => concepts.length > 0)
      ? sentence.names
      : [...sentence.names, ...before];
    claims.push(
      ...checkNumbers(record, sentence, subjects, today),
      ...checkDates(record, sentence, subjects, today),
      ...checkPolarity(record, sentence, today),
    );
    for (const name of sentence.names) {
      if (name.concepts.length > 0)
        claims.push({
          kind: "name",
          words: name.words,
          from: sentence.from + name.from,
          to: sentence.from + name.to,
          verdict: "supported",
          facts: name.concepts.flatMap(({ facts }) => facts.slice(-3)),
        });
      else if (name.label === "confirmed" && !startsWithNo(sentence.text))
        claims.push({
          kind: "name",
          words: name.words,
          from: sentence.from + name.from,
          to: sentence.from + name.to,
          verdict: "unsupported",
          message: `the answer names ${name.words}; the record does not`,
          facts: [],
        });
    }
    for (const { words, from, to } of sentence.unknown) {
      if (startsWithNo(sentence.text) && questionWords.has(words.toLowerCase())) continue;
      claims.push({
        kind: "name",
        words,
        from: sentence.from + from,
        to: sentence.from + to,
        verdict: "unsupported",
        message: `the answer names ${words}; the record does not`,
        facts: [],
      });
    }
    if (sentence.names.length > 0) before = sentence.names;
  }
  if (options.question !== undefined) {
    const computed = answerFromRecord(record, options.question, { today });
    if (computed !== undefined) claims.push(...checkAgainstComputed(text, sentences, computed.answers));
  }
  const bad = [
    ...claims.filter(({ verdict }) => verdict === "contradicted"),
    ...claims.filter(({ verdict }) => verdict === "unsupported"),
  ];
  return {
    claims,
    cautions: [...new Set(bad.map(({ message }) => message!))],
    verdict: bad[0]?.verdict ?? "supported",
  };
}

const startsWithNo = (text: string) =>
  /^\s*(?:no|none|never|nothing)\b|\b(?:states?|holds?|has|is|are) no\b|\bnot (?:in|mentioned|recorded|found|documented)\b|does not (?:name|mention|state|hold|contain)/i.test(
    text,
  );
