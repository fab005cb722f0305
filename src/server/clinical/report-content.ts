/** A report as a list of sentences, each with a person's verdict. */
import { createHash, randomUUID } from "node:crypto";
import { z } from "zod";
import { statementsOf } from "../../export/statements.ts";
import { canonical } from "../../strategy/key.ts";
import type { MeasureKind } from "../../study/display/measures.ts";
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

export const reportContent = z.strictObject({
  quality: z.enum(["good", "limited", "unusable"]).optional(),
  sentences: z.array(sentence).max(500),
  boxes: z.array(box).max(500),
  measures: z.array(measure).max(500),
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
 * What a client sends, with what only the server may say: who wrote a sentence or drew a box, and what the model had
 * written. A sentence that no earlier version has is a person's, unless it was taken from an answer about this study.
 *
 * @param earlier versions: the draft, and the one that is replaced.
 * @param answers about the study.
 */
export function withOrigins(
  content: ReportContent,
  earlier: readonly ReportContent[],
  answers: ReadonlySet<string>,
): ReportContent {
  const sentences = new Map(earlier.flatMap((one) => one.sentences.map((sentence) => [sentence.id, sentence])));
  const boxes = new Map(earlier.flatMap((one) => one.boxes.map((box) => [box.id, box])));
  return {
    ...content,
    sentences: content.sentences.map(({ origin, original, answer, ...sentence }) => {
      const known = sentences.get(sentence.id);
      if (known !== undefined)
        return {
          ...sentence,
          origin: known.origin,
          ...(known.original !== undefined && { original: known.original }),
          ...(known.answer !== undefined && { answer: known.answer }),
        };
      return origin === "model" && answer !== undefined && answers.has(answer) && original !== undefined
        ? { ...sentence, origin, original, answer }
        : { ...sentence, origin: "person" };
    }),
    boxes: content.boxes.map((box) => ({ ...box, origin: boxes.get(box.id)?.origin ?? box.origin })),
  };
}

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
