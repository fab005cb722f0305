/** A report as a list of sentences, each with a person's verdict. */
import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import { answerWords } from "../../export/answer-words.ts";
import { statementsOf } from "../../export/statements.ts";
import { canonical } from "../../strategy/key.ts";
import type { MeasureKind } from "../../study/display/measures.ts";
import { type TaskResult, tasks } from "../../task/index.ts";
import type { StoredAnswer } from "./answers.ts";

/**
 * Reasons for an edit or a rejection (Flamingo-CXR's correction task); `omission` applies to a sentence that was
 * missing.
 */
export const reasons = ["not-there", "location", "severity", "omission", "other"] as const;

const text = z.string().max(20_000);

const sentence = z.strictObject({
  id: z.string().max(64),
  section: z.enum(["findings", "impression", "other"]),
  /** For the section `other`. */
  heading: z.string().max(200).optional(),
  text,
  /** The model's text; absent for sentences added by a person. */
  original: text.optional(),
  origin: z.enum(["model", "person"]),
  state: z.enum(["unreviewed", "accepted", "edited", "rejected"]),
  reason: z.enum(reasons).optional(),
  significant: z.boolean().optional(),
  /** The later answer from which it was taken over into the report. */
  answer: z.string().max(64).optional(),
  /** The finding of the answer from which the sentence was drafted. */
  finding: z.string().max(64).optional(),
  /** Time from display to verdict, ms. */
  milliseconds: z.number().int().min(0).optional(),
});

const place = {
  id: z.string().max(64),
  part: z.number().int().min(0),
  index: z.number().int().min(0).optional(),
};

const box = z.strictObject({
  ...place,
  x0: z.number(),
  y0: z.number(),
  x1: z.number(),
  y1: z.number(),
  label: z.string().max(500),
  origin: z.enum(["model", "person"]),
  sentence: z.string().max(64).optional(),
});

/** What a measurement of each kind needs, at least and at most. */
const pointsOf: Readonly<Record<MeasureKind, readonly [least: number, most: number]>> = {
  length: [2, 2],
  angle: [3, 3],
  ellipse: [2, 2],
  region: [3, 2_000],
};

const measure = z
  .strictObject({
    ...place,
    kind: z.enum(["length", "angle", "ellipse", "region"]),
    points: z.array(z.tuple([z.number(), z.number()])).max(2_000),
    across: z.union([z.literal(0), z.literal(1), z.literal(2)]).optional(),
    label: z.string().max(500).optional(),
  })
  .check(({ value, issues }) => {
    const [least, most] = pointsOf[value.kind];
    if (value.points.length < least || value.points.length > most)
      issues.push({
        code: "custom",
        message: `${value.kind}: ${least === most ? least : `${least} to ${most}`} points are expected, not ${value.points.length}`,
        path: ["points"],
        input: value.points,
      });
  });

/** Two of one identifier could not be told apart in what is saved next. */
const unlike = <T extends z.ZodType<{ readonly id: string }>>(one: T, most: number) =>
  z
    .array(one)
    .max(most)
    .check(({ value, issues }) => {
      const at = value.findIndex(({ id }, i) => value.findIndex((other) => other.id === id) < i);
      if (at >= 0)
        issues.push({ code: "custom", message: "two have the same id", path: [at, "id"], input: value[at].id });
    });

export const reportContent = z.strictObject({
  quality: z.enum(["good", "limited", "unusable"]).optional(),
  sentences: unlike(sentence, 500),
  boxes: unlike(box, 500),
  measures: unlike(measure, 500),
  /** The model's text if it could not be parsed as a report. */
  unparsed: text.optional(),
  addenda: z
    .array(z.strictObject({ id: z.string().max(64), text, person: z.string().max(200), at: z.string().max(40) }))
    .max(100)
    .default([]),
});

export type ReportContent = z.infer<typeof reportContent>;
export type ReportSentence = z.infer<typeof sentence>;

export const emptyContent: ReportContent = { sentences: [], boxes: [], measures: [], addenda: [] };

/** The model's draft; every sentence is unreviewed. */
export function contentOf({ result, findings }: StoredAnswer): ReportContent {
  if (result.parse.status === "refused" || result.parse.status === "deferred") return emptyContent;
  if (result.parse.status === "unparsed") return { ...emptyContent, unparsed: result.text };
  const statements = statementsOf(result);
  const known = [...findings];
  const take = (words: string) => {
    const at = known.findIndex(({ text: its, box: none }) => its === words && none === null);
    return at < 0 ? undefined : known.splice(at, 1)[0].id;
  };
  const draft = (section: ReportSentence["section"], words: string, heading?: string): ReportSentence => {
    const finding = section === "other" ? undefined : take(words);
    return {
      id: randomUUID(),
      section,
      ...(heading !== undefined && { heading }),
      text: words,
      original: words,
      origin: "model",
      state: "unreviewed",
      ...(finding !== undefined && { finding }),
    };
  };
  return {
    ...emptyContent,
    sentences: [
      ...statements.findings.map((one) => draft("findings", one.text)),
      ...(statements.impression ? [draft("impression", statements.impression)] : []),
      ...statements.otherSections.map(({ heading, text: words }) => draft("other", words, heading)),
    ],
    boxes: statements.regions.map((region) => ({
      id: randomUUID(),
      part: region.part,
      ...(region.index !== undefined && { index: region.index }),
      ...region.box,
      label: region.label,
      origin: "model" as const,
    })),
  };
}

/**
 * What a client sends, with what only the server may say: who wrote a sentence or drew a box, what the model had written,
 * and to which finding that belongs.
 *
 * A sentence is the model's if an earlier version has it, or if its original is word by word what the answer it cites
 * says. Once its text differs it is edited, never accepted. A box is the model's if an answer located exactly this
 * region and gave it this label; a person who moves or renames it has drawn another.
 *
 * @param earlier versions: the draft, and the one that is replaced.
 * @param answers about the study, by identifier: those that sentences cite, and those that may have located boxes.
 */
export function withOrigins(
  content: ReportContent,
  earlier: readonly ReportContent[],
  answers: ReadonlyMap<string, TaskResult>,
): ReportContent {
  const sentences = new Map(earlier.flatMap((one) => one.sentences.map((sentence) => [sentence.id, sentence])));
  const located = new Set([
    ...earlier.flatMap((one) => one.boxes.filter(({ origin }) => origin === "model").map(regionKey)),
    ...[...answers.values()].flatMap(regionsOf).map(({ box, ...region }) => regionKey({ ...region, ...box })),
  ]);
  const { unparsed: _claimed, ...rest } = content;
  const unparsed = earlier.find((one) => one.unparsed !== undefined)?.unparsed;
  return {
    ...rest,
    ...(unparsed !== undefined && { unparsed }),
    sentences: content.sentences.map(({ origin: _, finding: _finding, original, answer, ...sentence }) => {
      const known = sentences.get(sentence.id);
      const cited = answer === undefined ? undefined : answers.get(answer);
      if (known?.origin === "person") return { ...sentence, origin: "person" };
      if (known !== undefined) {
        const { section, heading, origin, original, answer, finding } = known;
        const own = { section, heading, origin, original, answer, finding };
        return { ...sentence, ...definedOf(own), state: stateOf(sentence, original) } as ReportSentence;
      }
      return cited !== undefined && original !== undefined && original === saidBy(cited)
        ? { ...sentence, origin: "model", original, answer, state: stateOf(sentence, original) }
        : { ...sentence, origin: "person" };
    }),
    boxes: content.boxes.map((box) => ({ ...box, origin: located.has(regionKey(box)) ? "model" : "person" })),
  };
}

/** Whether boxes or sentences claim to be the model's that no earlier version has: only then are answers needed. */
export function citesAnswers(content: ReportContent, earlier: readonly ReportContent[]): boolean {
  const sentences = new Set(earlier.flatMap((one) => one.sentences.map(({ id }) => id)));
  const located = new Set(
    earlier.flatMap((one) => one.boxes.filter(({ origin }) => origin === "model").map(regionKey)),
  );
  return (
    content.sentences.some(({ id, answer }) => answer !== undefined && !sentences.has(id)) ||
    content.boxes.some((box) => box.origin === "model" && !located.has(regionKey(box)))
  );
}

/** What a person may take over from an answer; a refused or withheld one says nothing. */
const saidBy = (result: TaskResult): string | undefined =>
  result.parse.status === "refused" || result.parse.status === "deferred" ? undefined : answerWords(result);

const regionsOf = (result: TaskResult) =>
  result.parse.status === "parsed" && tasks().some(({ name }) => name === result.task)
    ? statementsOf(result).regions
    : [];

const regionKey = ({ part, index, label, x0, y0, x1, y1 }: Omit<z.infer<typeof box>, "id" | "origin">): string =>
  JSON.stringify([part, index ?? null, label, x0, y0, x1, y1]);

const stateOf = ({ state, text }: Pick<ReportSentence, "state" | "text">, original: string | undefined) =>
  text !== original && state !== "rejected" ? "edited" : state;

const definedOf = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** Reasons why it cannot be signed yet; empty if it can. */
export function openPoints({ sentences, quality }: ReportContent): string[] {
  const open = sentences.filter(({ state }) => state === "unreviewed").length;
  const unexplained = sentences.filter(
    ({ origin, state, reason, significant }) =>
      origin === "model" &&
      (state === "edited" || state === "rejected") &&
      (reason === undefined || significant === undefined),
  ).length;
  return [
    ...(sentences.some(({ state }) => state !== "rejected") ? [] : ["the report has no sentences"]),
    ...(open > 0 ? [`${open} of ${sentences.length} sentences are unreviewed`] : []),
    ...(unexplained > 0 ? [`${unexplained} changes have no reason`] : []),
    ...(quality === undefined ? ["the image quality is not stated"] : []),
  ];
}

/** Hash of the signed data: the report, its version and its content, with keys in a fixed order. */
export function hashOfContent(report: string, version: number, content: ReportContent): string {
  return createHash("sha256").update(canonical({ report, version, content })).digest("hex");
}
