/** Changes of two people to one report, and the difference of two sentences. */
import { expect, test } from "vitest";
import { wordDiff } from "./diff.ts";
import { merge } from "./merge.ts";

const sentence = (id: string, text: string, state = "unreviewed") =>
  ({ id, text, state, section: "findings", origin: "model" }) as const;
const report = (...sentences: readonly object[]) =>
  ({ sentences, boxes: [], measures: [], addenda: [] }) as unknown as Parameters<typeof merge>[0];
const base = report(sentence("1", "One."), sentence("2", "Two."));

test("changes to different sentences are joined, and what only one has stays where it was put", () => {
  const mine = report(sentence("1", "One.", "accepted"), sentence("3", "Mine."), sentence("2", "Two."));
  const theirs = report(sentence("1", "One."), sentence("2", "Two, changed.", "edited"));
  const { content, clashes } = merge(base, mine, theirs);
  expect(clashes).toEqual([]);
  expect(content.sentences.map(({ text, state }) => [text, state])).toEqual([
    ["One.", "accepted"],
    ["Mine.", "unreviewed"],
    ["Two, changed.", "edited"],
  ]);
});

test("the same sentence changed by both is a clash with both versions; the same change is none", () => {
  const mine = report(sentence("1", "Mine.", "edited"), sentence("2", "Two.", "accepted"));
  const theirs = report(sentence("1", "Theirs.", "edited"), sentence("2", "Two.", "accepted"));
  const { content, clashes } = merge(base, mine, theirs);
  expect(clashes.map(({ mine: m, theirs: t }) => [m?.text, t?.text])).toEqual([["Mine.", "Theirs."]]);
  expect(content.sentences[0].text).toBe("Mine.");
});

test("a sentence that one took away and the other changed is put before them", () => {
  const { clashes } = merge(
    base,
    report(sentence("2", "Two.")),
    report(sentence("1", "Changed.", "edited"), sentence("2", "Two.")),
  );
  expect(clashes).toHaveLength(1);
  expect(clashes[0].mine).toBeUndefined();
});

test("a difference puts the old words together again without what is new, and the new without what is gone", () => {
  const [before, after] = ["Small effusion on the left side.", "Large effusion on the right side, unchanged."];
  const pieces = wordDiff(before, after);
  const of = (...kinds: string[]) =>
    pieces
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ text }) => text)
      .join("");
  expect(of("same", "new")).toBe(after);
  expect(of("same", "gone").replace(/\s+/g, " ")).toBe(before);
  expect(pieces.filter(({ kind }) => kind === "same").length).toBeGreaterThan(0);
});
