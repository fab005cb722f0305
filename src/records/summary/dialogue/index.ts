/**
 * An after-visit summary from the transcript of a consultation: the twelve fields of `after-visit.ts`, each line in the words of a turn.
 *
 * Extractive: cue phrases assign clauses to fields; the words are those that were said, without the noise of speech, and with everyday words
 * for medical ones (`plain-words.ts`). Nothing is added, so that every number, drug and finding has its turn. What no cue phrase fits is left out:
 * the transcript remains the source.
 */

import { PolyclinicError } from "../../../base/errors.ts";
import { readability } from "../readability.ts";
import { type SummaryField, type SummaryLine, type SummaryText, sentence, summaryText } from "../summary.ts";
import { type Clause, clausesOf, written } from "./clauses.ts";
import { withoutControls } from "./controls.ts";
import { drugsIn, fieldOf, listedConditions, stoppedIn, subjectOf } from "./fields.ts";
import { type Turn, turnsOf } from "./turns.ts";

/** The summary of a visit from its transcript, each line with the turn that it is from. */
export interface DialogueSummary extends SummaryText {
  /** Number of turns read. */
  turns: number;
  speakers: readonly { name: string; role: Turn["role"]; turns: number }[];
  /** What was found in the transcript and not read, for a person to look at: control characters. */
  warnings: readonly string[];
}

/** How a transcript is read. */
export interface DialogueOptions {
  /** Label of the clinician in the transcript, where it is a name or `Speaker 1`. */
  clinician?: string;
  /** Name of the transcript in sources and errors. Default: `transcript`. */
  name?: string;
}

/** Characters of the longest transcript: about 180,000 words, or 20 hours of speech. A longer text is many visits or no visit, and nobody would compare its summary with it. */
const longest = 1_000_000;

/**
 * The summary of a transcript. Positions are those of `transcript`, whose control characters are read as blanks and told in `warnings`.
 *
 * @throws PolyclinicError `records/no-dialogue`, `records/speakers` as for {@link turnsOf}; `limit/transcript` if it is longer
 * than {@link longest}.
 */
export function summariseDialogue(transcript: string, options: DialogueOptions = {}): DialogueSummary {
  const { name = "transcript", clinician } = options;
  if (transcript.length > longest)
    throw new PolyclinicError("limit/transcript", "is too long for the transcript of one consultation", {
      where: name,
      expected: `at most ${longest} characters, which are 20 hours of speech`,
      found: `${transcript.length} characters`,
      hint: "Divide the file into one transcript for each consultation.",
    });
  const { text, warnings } = withoutControls(transcript);
  const turns = turnsOf(text, { where: name, ...(clinician !== undefined && { clinician }) });
  const clauses = turns.map((turn) => clausesOf(text, turn));
  const fields: Record<SummaryField, SummaryLine[]> = {
    patient: [],
    seenBy: [],
    cameInFor: [],
    newIssues: [],
    otherIssues: [],
    accomplished: [],
    numbers: [],
    medicationChanges: [],
    otherMedications: [],
    nextSteps: [],
    seekAttention: [],
    otherComments: [],
  };
  const linesByField = Object.fromEntries(Object.keys(fields).map((field) => [field, new SaidLines()])) as Record<
    SummaryField,
    SaidLines
  >;
  const add = (field: SummaryField, words: string, { turn, from, to }: Clause) => {
    const line: SummaryLine = {
      text: words,
      facts: [],
      passage: { note: name, from, to },
      turn: turn.number,
      speaker: turn.speaker,
    };
    const dropped = linesByField[field].add(line);
    if (dropped === undefined) return;
    for (const one of dropped) fields[field].splice(fields[field].indexOf(one), 1);
    fields[field].push(line);
  };
  const quoted = ({ turn, words }: Clause) => {
    if (turn.role === "clinician") return written(words);
    const linesByField = words[0].toUpperCase() + words.slice(1).replace(/[.,;:\s]+$/, "");
    return turn.role === "patient" ? `You said: "${linesByField}."` : `${turn.speaker} said: "${linesByField}."`;
  };

  for (const [i, own] of clauses.entries()) {
    const previous = clauses.slice(Math.max(0, i - 2), i).flat();
    let latest: readonly SummaryField[] = [];
    for (const [at, clause] of own.entries()) {
      if (clause.turn.role === "clinician") {
        const subject = subjectOf(clause.words);
        if (subject.patient !== undefined && fields.patient.length === 0)
          add("patient", sentence(subject.patient), clause);
        if (subject.seenBy !== undefined) add("seenBy", sentence(`You saw ${subject.seenBy}`), clause);
        if (subject.complaint !== undefined) add("cameInFor", written(subject.complaint), clause);
        for (const { condition, possible } of listedConditions(clause))
          add("otherIssues", `${written(condition)}${possible ? " This is not certain." : ""}`, clause);
        if (subject.patient !== undefined || subject.complaint !== undefined) continue;
      }
      const found = fieldOf(clause, [...previous, ...own.slice(0, at)]);
      // The first number alone would stand as if it were right.
      const corrected = correction.test(text.slice(clause.from, clause.to)) ? latest : [];
      latest = [...new Set([...found, ...corrected])];
      for (const field of latest) add(field, quoted(clause), clause);
    }
  }
  // A patient who says "I take naproxen" and is told to stop it must not read it among the medicines to go on with.
  const stopped = new Set(fields.medicationChanges.flatMap(({ text: words }) => stoppedIn(words)));
  fields.otherMedications = fields.otherMedications.filter(({ text: words }) => {
    const named = drugsIn(words);
    return named.length === 0 || !words.startsWith("You said") || !named.every((name) => stopped.has(name));
  });
  const roles = new Map<string, { name: string; role: Turn["role"]; turns: number }>();
  for (const { speaker, role } of turns) {
    const entry = roles.get(speaker) ?? { name: speaker, role, turns: 0 };
    entry.turns++;
    roles.set(speaker, entry);
  }
  const { text: whole, prose } = summaryText(fields, "This was not said.");
  return {
    fields,
    text: whole,
    readability: readability(prose),
    turns: turns.length,
    speakers: [...roles.values()],
    warnings,
  };
}

/**
 * Lines of a field, without those that another says completely: what was ordered is often said twice. Lines are found by their words: comparing each with all
 * took minutes for a megabyte.
 */
class SaidLines {
  private readonly words = new Map<SummaryLine, ReadonlySet<string>>();
  private readonly byWord = new Map<string, Set<SummaryLine>>();
  /** Lines by the word that fewest earlier lines had. */
  private readonly byRarest = new Map<string, Set<SummaryLine>>();

  /** @returns the lines that the new one replaces; undefined if an earlier line says all of it. */
  add(line: SummaryLine): SummaryLine[] | undefined {
    const words = new Set(content(line.text));
    const count = (word: string) => this.byWord.get(word)?.size ?? 0;
    const [rarest] = [...words].sort((a, b) => count(a) - count(b));
    if (rarest !== undefined)
      for (const before of this.byWord.get(rarest) ?? []) if (within(words, this.words.get(before)!)) return undefined;
    const replaced = [...words].flatMap((word) =>
      [...(this.byRarest.get(word) ?? [])].filter((before) => within(this.words.get(before)!, words)),
    );
    for (const before of replaced) {
      for (const word of this.words.get(before)!) {
        this.byWord.get(word)?.delete(before);
        this.byRarest.get(word)?.delete(before);
      }
      this.words.delete(before);
    }
    this.words.set(line, words);
    for (const word of words) into(this.byWord, word, line);
    if (rarest !== undefined) into(this.byRarest, rarest, line);
    return replaced;
  }
}

const within = (some: ReadonlySet<string>, all: ReadonlySet<string>) => [...some].every((word) => all.has(word));

function into(index: Map<string, Set<SummaryLine>>, word: string, line: SummaryLine): void {
  const lines = index.get(word);
  if (lines === undefined) index.set(word, new Set([line]));
  else lines.add(line);
}

/** "Actually no, it is 150 over 95": belongs where the clause before it stands. */
const correction =
  /^\W*(?:(?:oh|well|okay|um+|uh+|so|and|but)\W+)*(?:actually|no|sorry|i'm sorry|i mean|i meant|correction|excuse me|wait|scratch that|rather|make that|my mistake)\b.*(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|\w+teen|\w+ty|hundred)\b)/is;

const content = (text: string) =>
  (text.toLowerCase().match(/[a-z\d][\w.'/-]*/g) ?? []).filter(
    (word) =>
      !/^(?:the|a|an|i|i'm|i'll|you|your|to|of|for|and|so|that|this|it|is|want|going|we|will|said|on|in|at|be|let's)\.?$/.test(
        word,
      ),
  );
