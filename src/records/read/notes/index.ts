/** Plain-text notes as a record of texts: one fact per note, without interpretation. `chart/` searches their text. */
import { PolyclinicError } from "../../../base/errors.ts";
import { clockToday, spanOf } from "../../dates.ts";
import { finishRecord } from "../../finish.ts";
import type { ReadOptions, RecordSet, RecordText } from "../../record.ts";

/** A clinical note as plain text. */
export interface PlainNote {
  /** Its file name or identifier; a name that begins with an ISO date dates the note. */
  name: string;
  text: string;
  date?: string;
}

/** @throws PolyclinicError `records/empty` if no note contains a word. */
export function readNotes(notes: readonly PlainNote[], options: ReadOptions = {}): RecordSet {
  const nonEmpty = notes.filter(({ text }) => text.trim() !== "");
  if (nonEmpty.length === 0)
    throw new PolyclinicError("records/empty", "the notes have no text", { where: options.name ?? notes[0]?.name });
  const used = new Map<string, number>();
  const texts = nonEmpty.map(({ name, text, date }): RecordText => {
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    const id = count === 1 ? name : `${name}#${count}`;
    const named = date ?? /^(\d{4}-\d{2}(?:-\d{2})?)(?!\d)/.exec(name.replace(/^.*[\\/]/, ""))?.[1];
    const made: RecordText = { id, title: name, text: text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n") };
    if (named !== undefined && spanOf(named) !== undefined) made.date = named;
    return made;
  });
  const facts = texts.map(({ id, title, date, text }) => ({
    id: `note:${id}`,
    kind: "note" as const,
    code: { display: title },
    ...(date === undefined ? {} : { start: date }),
    source: { note: id, from: 0, to: text.length },
  }));
  const dropped = notes
    .filter((note) => !nonEmpty.includes(note))
    .map(({ name }) => ({ what: name, reason: "has no text" }));
  return {
    format: "text",
    records: [
      finishRecord("text", { id: "" }, { facts, texts, dropped }, [], options.today ?? clockToday(), [
        "plain text names no patient: all notes are assumed to be about one patient",
      ]),
    ],
  };
}
