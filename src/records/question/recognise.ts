/** Converts English questions to queries. Unsupported forms give undefined and are left to a model. */
import type { ComputeQuery } from "../compute/query.ts";
import { groupPattern } from "../concepts/groups.ts";
import type { FactKind } from "../fact.ts";
import type { RecordPatient } from "../record.ts";
import { findTest } from "../terms/index.ts";
import { forms } from "./forms.ts";
import { takePeriod } from "./period.ts";

/** A question that can be answered by computation, as queries. */
export interface RecognisedQuestion {
  /** One per part: "what was the last haemoglobin, and is it falling?" has two. */
  queries: readonly ComputeQuery[];
}

/** Characters of a question with single spaces; the rest above the 300 of a form is for names, which become "the patient". */
const maxLength = 600;

/** Words that change what is asked in ways no form covers. */
const beyond =
  /\b(?:why do|should|would|could|recommend|explain|summari[sz]e|because|unless|except|excluding|if|not|never|nor|compare|likely|risk|cause|normal)\b/;

const verbs: readonly (readonly [RegExp, FactKind])[] = [
  [/\bdiagnos(?:ed|is)\b/, "condition"],
  [/\bprescri(?:bed|ptions?)\b/, "medication"],
  [/\b(?:vaccin|immuni[sz])/, "immunization"],
  [/\bunderg(?:o|one)\b/, "procedure"],
  [/\bmeasured$/, "observation"],
];

/**
 * Recognises a question that can be computed from a record; undefined for any other question.
 *
 * @param today ISO date to which relative periods refer.
 */
export function recogniseQuestion(
  question: string,
  today: string,
  patient?: RecordPatient,
): RecognisedQuestion | undefined {
  // Collapsed and bounded first: several of the patterns below take quadratic time on long runs.
  const collapsed = question.trim().replace(/\s+/g, " ");
  if (collapsed.length > maxLength) return undefined;
  const plain = inForms(normalise(collapsed, patient));
  if (plain.length > 300) return undefined;
  const parts = splitParts(plain);
  const queries: ComputeQuery[] = [];
  for (const part of parts) {
    const query = recognisePart(part, today, queries[queries.length - 1]);
    if (query === undefined) return undefined;
    queries.push(query);
  }
  return queries.length === 0 ? undefined : { queries };
}

const judgedGroup = new RegExp(
  `^(?:is|are|was|were|sind|ist) (?:all (?:of )?)?(?:my |the |the patient's |meine |die |mein |das )?(?<g>${groupPattern}) (?<o>.+)$`,
);
const howMany =
  /^how many (?:of (?:the |my |these )?)?(?<o>abnormal|elevated|raised|high|low|decreased|flagged) (?:lab |blood |test )*(?:results|values|tests|labs|findings)(?: (?:are|were) (?:there|recorded|found)| does the patient have| do i have)?$/;
const fine =
  /^(?:all )?(?:normal|ok|okay|fine|all right|alright|in range|within normal limits|in the normal range|in ordnung|im normbereich)$/;

const outsideWords: Readonly<Record<string, string>> = {
  "auffällig|abnormal|pathologisch|außerhalb der norm|nicht normal": "abnormal",
  "erhöht|zu hoch|hoch": "high",
  "erniedrigt|zu niedrig|zu tief|niedrig": "low",
};

/**
 * Other wordings of the same question: whether everything is normal, whether a result is "ok", a test's name alone, two
 * tests at once, and the usual German questions about a laboratory report. Only unambiguous ones are rewritten.
 */
function inForms(plain: string): string {
  if (
    /^(?:(?:is|are|was|were) (?:everything|all(?: of)?(?: the| my| these)?(?: lab| blood| test)*(?: results| values| tests| labs)?|(?:the |my |these )(?:lab |blood |test )*(?:results|values|tests|labs)) (?:normal|ok|okay|fine|in range|all right|alright)|(?:what|which one) is (?:abnormal|out of range|not normal)|(?:is )?anything (?:abnormal|out of range|not normal|wrong)|(?:are there )?any abnormal(?:it(?:y|ies)| results?| values?| tests?)?|sind (?:alle )?(?:meine |die )?(?:blut|labor)?werte (?:normal|in ordnung|ok))$/.test(
      plain,
    )
  )
    return "which results are abnormal";
  const sideOf = (word: string) => Object.entries(outsideWords).find(([words]) => words.split("|").includes(word))?.[1];
  const ofGroup = judgedGroup.exec(plain)?.groups;
  if (ofGroup !== undefined)
    return `which ${ofGroup.g} are ${fine.test(ofGroup.o) ? "abnormal" : (sideOf(ofGroup.o) ?? ofGroup.o)}`;
  const many = howMany.exec(plain)?.groups?.o;
  if (many !== undefined) return `how many values are ${many}`;
  const german = /^(?:welche(?:r)?|gibt es) (?:blut|labor)?(?:werte?|ergebnisse) (?:sind|ist|liegen) (?<o>.+)$/.exec(
    plain,
  )?.groups?.o;
  if (german !== undefined) {
    const side = sideOf(german);
    return side === undefined ? plain : `which results are ${side}`;
  }
  const article = "(?:(?:mein|meine|der|die|das) )?";
  const judged = new RegExp(
    `^ist ${article}(?<c>.+?)(?:wert)? (?<o>normal|in ordnung|ok|okay|im normbereich|${Object.keys(outsideWords).join("|")})$`,
  ).exec(plain)?.groups;
  if (judged !== undefined && isCertain(judged.c))
    return `is the ${englishName(judged.c)} ${sideOf(judged.o) ?? "normal"}`;
  const valueQuestion = new RegExp(
    `^(?:wie hoch ist|wie ist|was ist|wie lautet) ${article}(?:letzte[rs]? )?(?<c>.+?)(?:-?wert)?$`,
  ).exec(plain)?.groups;
  if (valueQuestion !== undefined && isCertain(valueQuestion.c)) return `what is the ${englishName(valueQuestion.c)}`;
  const ok = /^((?:is|are|was|were) (?:my |the )?.+?) (?:ok|okay|fine|all right|alright)$/.exec(plain)?.[1];
  if (ok !== undefined && isTest(ok.replace(/^\w+ (?:my |the )?(?:patient's )?/, ""))) return `${ok} normal`;
  const named = /^(?:(?:what|whats) (?:is |are |was |were )?)?(?:my |the )?(.+?)(?: (?:value|level|result)s?)?$/.exec(
    plain,
  )?.[1];
  const both = named?.split(/ and (?:the |my )?/);
  if (both?.length === 2 && both.every(isTest)) return `what is the ${both[0]}; what is the ${both[1]}`;
  return named !== undefined && isTest(named) ? `what is the ${named}` : plain;
}

/**
 * A printed name of the table of tests, or one similar to a single test's: the answer then states the name used in the
 * record.
 */
const isTest = (name: string) => (findTest(name)?.confidence ?? 0) >= 0.6;

/** Exact spelling: a translated name must be certain, because the answer no longer shows the original. */
const isCertain = (name: string) => (findTest(name)?.confidence ?? 0) >= 0.9;

/** German names are those of the table's tests; the record may know them only by their English ones. */
const englishName = (name: string) => findTest(name)!.test.name.toLowerCase();

function recognisePart(part: string, today: string, before: ComputeQuery | undefined): ComputeQuery | undefined {
  let words = part;
  if (before?.concept !== undefined) {
    const same = ofSameFact(words, before);
    if (same !== undefined) return same === "none" ? undefined : same;
    words = words.replace(/\b(?:it|that|this)\b/, before.concept);
  }
  // "Normal" alone is a judgement; for a result, the question is about its reference range.
  words = words.replace(
    /^((?:is|are|was|were) .+?) (?:normal|in the normal range|within (?:the |its )?normal (?:range|limits))$/,
    "$1 within normal",
  );
  if (beyond.test(words.replace(/ within normal$/, ""))) return undefined;
  const { rest, period, failed } = takePeriod(words, today);
  if (failed) return undefined;
  for (const { pattern, query } of forms) {
    const match = pattern.exec(rest);
    if (match === null) continue;
    const made = query(match.groups ?? {});
    for (const name of ["concept", "to", "at", "reason"] as const) {
      const given = made[name];
      if (given === undefined) {
        delete made[name];
        continue;
      }
      const cleaned = given.replace(/^(?:the patient's|patient's|the|a|an|any|my) /, "").trim();
      if (cleaned === "" || cleaned === "patient" || cleaned === "it") return undefined;
      const which = name === "concept" || name === "at" ? ordinal.exec(cleaned) : null;
      if (which === null) made[name] = cleaned;
      else if (name === "at" && whichOf(which[1]) !== "latest") return undefined;
      else {
        made[name] = cleaned.slice(which[0].length);
        if (name === "concept" && !taking(made, whichOf(which[1]))) return undefined;
      }
    }
    // The verb determines the kind of thing.
    if (made.kind === undefined && made.concept !== undefined) {
      const kind = verbs.find(([verb]) => verb.test(rest))?.[1];
      if (kind !== undefined) made.kind = kind;
    }
    return period === undefined ? made : { ...made, period };
  }
  return undefined;
}

type Which = "first" | "previous" | "latest";

const ordinal =
  /^(?:most )?(first|earliest|initial|oldest|baseline|last|latest|recent|newest|current|previous|prior|penultimate|last but one|second to last) (?!name|menstrual)/;
const whichOf = (word: string): Which =>
  /^(?:first|earliest|initial|oldest|baseline)$/.test(word)
    ? "first"
    : /^(?:last|latest|recent|newest|current)$/.test(word)
      ? "latest"
      : "previous";

/** An ordinal in front of a name ("at her last haemoglobin") decides which fact is taken; false where the operation takes none. */
function taking(made: ComputeQuery, which: Which): boolean {
  if (made.op === "first" || made.op === "latest" || made.op === "previous") made.op = which;
  else if (made.op === "age") made.which = which;
  else if ((made.op === "interval" || made.op === "duration") && which !== "previous") made.which = which;
  // Whether, how often and how much do not depend on it, except that one fact is not several.
  else return (made.op === "ever" || made.op === "active") && which === "latest";
  return true;
}

const judged =
  /^(?:is|was) (?:it|that|this)(?: one| result| value)? (?:(?<normal>normal|ok|okay|fine|all right|alright|in (?:the )?(?:normal |reference )?range|within (?:the |its )?(?:normal |reference )?(?:range|limits))|(?:too |abnormally )?(?:high|low|elevated|raised|decreased|reduced|abnormal)|out of range|outside (?:of )?(?:the |its )?(?:normal |reference )?range|flagged)$/;
const bounded =
  /^(?:is|was) (?:it|that|this)(?: one| result| value)? (?:(?<over>above|over|greater than|higher than|more than)|below|under|less than|lower than) (?<n>-?\d+(?:\.\d+)?)(?: ?(?<u>[a-z%/0-9*^[\]µ.{}_-]+))?$/;

/**
 * A further question about the fact that the one before chose ("the first haemoglobin, and was it low?"): "it" is that result, not the
 * latest of its name. Undefined for other questions; `none` where such a question cannot be computed.
 */
function ofSameFact(words: string, before: ComputeQuery): ComputeQuery | "none" | undefined {
  const { op } = before;
  const isOne = op === "first" || op === "previous" || op === "latest";
  const isExtreme = op === "min" || op === "max";
  if (/^when\??$|^when (?:is|was|were) (?:it|that|this)$/.test(words)) return { ...before, field: "date" };
  if (!isOne && !isExtreme) return undefined;
  if (
    /^(?:when|on what (?:date|day)) (?:is|was|were) (?:it|that|this)(?: one| result| value)? (?:measured|taken|recorded|checked|tested|done|performed|obtained|drawn|made|given|prescribed|started)$/.test(
      words,
    )
  )
    return { ...before, field: "date" };
  if (judged.test(words)) return before.kind === "medication" ? "none" : { ...before, field: "range" };
  const limit = bounded.exec(words)?.groups;
  if (limit !== undefined)
    return {
      ...before,
      field: "range",
      [limit.over === undefined ? "below" : "above"]: Number(limit.n),
      ...(limit.u === undefined ? {} : { unit: limit.u }),
    };
  if (/^how old (?:is|was) the patient(?: (?:then|at the time|at that time|when (?:it|that) was .+))?$/.test(words)) {
    if (!/ (?:then|at|when) ?/.test(words)) return undefined;
    if (!isOne || before.period !== undefined) return "none";
    const { concept, kind } = before;
    return { op: "age", concept, ...(kind === undefined ? {} : { kind }), which: op };
  }
  if (isOne && /^who (?:ordered|requested|prescribed|performed|measured|did) (?:it|that|this)$/.test(words))
    return { ...before, field: "by" };
  return undefined;
}

/** Lower case, single spaces, no final punctuation, one name for the patient, contractions expanded. */
function normalise(question: string, patient: RecordPatient | undefined): string {
  let text = question
    .trim()
    .toLowerCase()
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[?.!\s]+$/, "")
    .replace(/\s+/g, " ");
  for (const name of namesOf(patient)) text = text.replaceAll(name, "the patient");
  text = text
    .replace(
      /^(?:please |can you (?:please )?(?:tell me )?|could you (?:please )?(?:tell me )?|tell me |do you know )/,
      "",
    )
    .replace(/\b(what|when|who|how|that)'s\b/g, "$1 is")
    .replace(/\b(?:this|my) patient\b/g, "the patient")
    .replace(/\b(?:his|her|their)\b(?! (?:last|first)? ?(?:name$))/g, "the patient's")
    .replace(/\b(?:he|she|they)\b/g, "the patient")
    .replace(/^(is|was|has|did|does) i\b/, "$1 the patient")
    .replace(/\b(?:the )?(?:patient's )?(?:the )?patient's the\b/g, "the patient's");
  // "of the patient", "for this patient", "in the record" add nothing.
  return text
    .replace(/ (?:of|for|in) the (?:patient|record|chart)(?:'s (?:record|chart))?$/, "")
    .replace(/\s+/g, " ")
    .trim();
}

function namesOf(patient: RecordPatient | undefined): string[] {
  const full = patient?.name?.toLowerCase();
  if (full === undefined) return [];
  const plain = full.replace(/^(?:mrs?|ms|miss|dr|prof)\.? /, "");
  return [...new Set([full, plain])].filter((name) => name.includes(" ")).sort((a, b) => b.length - a.length);
}

/** Splits "..., and is it falling" into parts; an "and" inside a name is kept. */
function splitParts(question: string): string[] {
  return question
    .split(/(?:\?|,|;)? and (?=(?:is|was|has|have|are|when|what|how|who|did|does)\b)|\? |; /)
    .map((part) => part.trim())
    .filter(Boolean);
}
