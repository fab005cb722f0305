/**
 * What a critic of a consultation looks for, by words: AMIE's critic asks for no repeated and not too many questions, for enough questions, and for natural words. A rule
 * sees what is said in the same words, not what is meant; a model may add to it (`criticise`).
 */
import { wordsOf } from "../retrieval/evidence.ts";
import type { Line } from "./visit.ts";

export type FaultKind =
  | "repeated question"
  | "leading question"
  | "several questions"
  | "red flag not asked"
  | "no summary"
  | "diagnosis or advice told"
  /** A remark of a model that is none of these. */
  | "other";

export interface Fault {
  readonly kind: FaultKind;
  /** What the doctor said, or the red flag that is missing. */
  readonly about: string;
}

export interface Criteria {
  /** Signs that have to be asked about before a visit ends, unless the patient tells them. */
  readonly redFlags?: readonly string[];
  /** Whether a visit has to end with a summary for the patient. Default false: a model of a closed world was not trained to give one. */
  readonly summary?: boolean;
}

/** Questions in one turn, at most (AMIE: one or two). */
const maxQuestions = 2;

export const normal = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Two questions with the same key ask the same: content words in any order, or all words if there is none. */
export const questionKey = (text: string): string => [...wordsOf(text)].sort().join(" ") || normal(text);

const sentencesOf = (text: string) => text.match(/[^.?!]+[.?!]*/g)?.map((sentence) => sentence.trim()) ?? [];

/** `You don't smoke?`, `It hurts, doesn't it?`, `Surely you slept well?`: the question says which answer is expected. */
const leads = (sentence: string) =>
  sentence.endsWith("?") &&
  (/,\s*(?:right|correct|yes|no|okay|ok|(?:isn't|is not|doesn't|don't|aren't|wasn't|haven't|hasn't|do|does|is|are|have|has)\s+(?:it|you|that|there|she|he|they))\s*\?$/i.test(
    sentence,
  ) ||
    /^(?:so\s+|and\s+|then\s+)*(?:you|it|there|surely|obviously|i (?:assume|suppose|take it|guess|presume)|isn't|aren't|don't|doesn't|haven't|wouldn't)\b/i.test(
      sentence,
    ));

/** A sentence that is no question and names a diagnosis or gives advice. What only restates (`you have a cough`) does neither. */
const revealsDiagnosis = (sentence: string) =>
  !sentence.endsWith("?") &&
  (/\bdiagnos\w*|\byou (?:probably|likely|may|might|must|clearly|definitely|almost certainly|most likely|surely)\b.*\bhave\b|\b(?:it|this|that|these)(?:'s| is| are| was| looks| sounds| seems| could| may| might| must)\b.*\b(?:like|be|probably|likely|certainly|called|consistent)\b|\bi (?:think|believe|suspect) (?:it|this|that|you)\b|\byou(?:'re| are) suffering from\b/i.test(
    sentence,
  ) ||
    /\byou (?:should|need to|ought to|have to)\b|\bi(?:'d| would)? (?:recommend|advise|suggest|prescribe)\b|^(?:please )?(?:take|stop taking|start taking|increase|reduce) \w+/i.test(
      sentence,
    ));

/** The words without sentences that tell a diagnosis or advice, and those sentences. By form; a diagnosis in other forms is not seen. */
export function guarded(words: string): { readonly spoken: string; readonly withheld: readonly string[] } {
  const sentences = sentencesOf(words);
  const withheld = sentences.filter(revealsDiagnosis);
  return withheld.length === 0
    ? { spoken: words, withheld }
    : { spoken: sentences.filter((sentence) => !revealsDiagnosis(sentence)).join(" "), withheld };
}

/** Faults of one turn, given the lines before it. */
export function faultsOfTurn(words: string, before: readonly Line[]): Fault[] {
  const found: Fault[] = [];
  const askedQuestions = before.flatMap(({ who, text }) => (who === "Doctor" ? [questionKey(text)] : []));
  const sentences = sentencesOf(words);
  if (askedQuestions.includes(questionKey(words))) found.push({ kind: "repeated question", about: words });
  if (sentences.some(leads)) found.push({ kind: "leading question", about: words });
  if (sentences.filter((sentence) => sentence.endsWith("?")).length > maxQuestions)
    found.push({ kind: "several questions", about: words });
  for (const about of guarded(words).withheld) found.push({ kind: "diagnosis or advice told", about });
  return found;
}

/** Faults of a visit that ends here. */
export function faultsOfEnd(lines: readonly Line[], { redFlags = [], summary = false }: Criteria = {}): Fault[] {
  const heard = lines.map(({ text }) => wordsOf(text));
  const missing = redFlags.filter((flag) => {
    const flagWords = [...wordsOf(flag)];
    return !heard.some((words) => flagWords.every((word) => words.has(word)));
  });
  const found: Fault[] = missing.map((about) => ({ kind: "red flag not asked", about }));
  if (summary && !summarises(lines)) found.push({ kind: "no summary", about: "the end of the visit" });
  return found;
}

/** Whether one of the doctor's last two turns says something of two earlier answers of the patient, or of the questions that were answered by yes. */
function summarises(lines: readonly Line[]): boolean {
  const facts = lines.flatMap(({ who, text }, i) => {
    if (who !== "Patient") return [];
    const doctorQuestion = /^yes\b/i.test(text) && lines[i - 1]?.who === "Doctor" ? lines[i - 1].text : "";
    return [wordsOf(`${text} ${doctorQuestion}`)].filter((words) => words.size > 0);
  });
  const last = lines.filter(({ who }) => who === "Doctor").slice(-2);
  return last.some(({ text }) => {
    const mentioned = new Set(
      sentencesOf(text).flatMap((one) => (one.endsWith("?") && !/correct|right/i.test(one) ? [] : [...wordsOf(one)])),
    );
    return facts.filter((words) => [...words].some((word) => mentioned.has(word))).length >= Math.min(2, facts.length);
  });
}

/** Every fault of a visit, by rules. */
export function faultsOf(lines: readonly Line[], criteria: Criteria = {}): Fault[] {
  return [
    ...lines.flatMap(({ who, text }, i) => (who === "Doctor" ? faultsOfTurn(text, lines.slice(0, i)) : [])),
    ...faultsOfEnd(lines, criteria),
  ];
}

/** The remark as the doctor reads it. A question asked twice stands alone, as in the texts of a model that was trained on remarks. */
export const remarkOf = ({ kind, about }: Fault): string =>
  kind === "repeated question" || kind === "other" ? about : `${kind[0].toUpperCase()}${kind.slice(1)}: ${about}`;
