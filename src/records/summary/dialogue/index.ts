/**
 * An after-visit summary from the transcript of a consultation: the twelve fields of `after-visit.ts`, each line in the words of a turn.
 *
 * Extractive: cue phrases assign clauses to fields; the words are those that were said, without the noise of speech, and with everyday words
 * for medical ones (`plain-words.ts`). Nothing is added, so that every number, drug and finding has its turn. What no cue phrase fits is left out:
 * the transcript remains the source.
 */

import { readability } from "../readability.ts";
import { type SummaryField, type SummaryLine, type SummaryText, sentence, summaryText } from "../summary.ts";
import { type Clause, clausesOf, written } from "./clauses.ts";
import { drugsIn, fieldOf, listedConditions, stoppedIn, subjectOf } from "./fields.ts";
import { type Turn, turnsOf } from "./turns.ts";

export interface DialogueSummary extends SummaryText {
  /** Number of turns read. */
  turns: number;
  speakers: readonly { name: string; role: Turn["role"]; turns: number }[];
}

export interface DialogueOptions {
  /** Label of the clinician in the transcript, where it is a name or `Speaker 1`. */
  clinician?: string;
  /** Name of the transcript in sources and errors. Default: `transcript`. */
  name?: string;
}

/**
 * The summary of a transcript.
 *
 * @throws PolyclinicError `records/no-dialogue`, `records/speakers` as for {@link turnsOf}.
 */
export function summariseDialogue(text: string, options: DialogueOptions = {}): DialogueSummary {
  const { name = "transcript", clinician } = options;
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
  const add = (field: SummaryField, words: string, { turn, from, to }: Clause) => {
    const line: SummaryLine = {
      text: words,
      facts: [],
      passage: { note: name, from, to },
      turn: turn.number,
      speaker: turn.speaker,
    };
    if (!fields[field].some(({ text: before }) => covers(before, words))) {
      fields[field] = fields[field].filter(({ text: before }) => !covers(words, before));
      fields[field].push(line);
    }
  };
  const quoted = ({ turn, words }: Clause) => {
    if (turn.role === "clinician") return written(words);
    const said = words[0].toUpperCase() + words.slice(1).replace(/[.,;:\s]+$/, "");
    return turn.role === "patient" ? `You said: "${said}."` : `${turn.speaker} said: "${said}."`;
  };

  for (const [i, own] of clauses.entries()) {
    const previous = clauses.slice(Math.max(0, i - 2), i).flat();
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
      for (const field of fieldOf(clause, [...previous, ...own.slice(0, at)])) add(field, quoted(clause), clause);
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
  return { fields, text: whole, readability: readability(prose), turns: turns.length, speakers: [...roles.values()] };
}

/** Whether a line says everything another says: what was ordered is often said twice. */
function covers(line: string, other: string): boolean {
  const has = new Set(content(line));
  const needs = content(other);
  return needs.length > 0 && needs.every((word) => has.has(word));
}

const content = (text: string) =>
  (text.toLowerCase().match(/[a-z\d][\w.'/-]*/g) ?? []).filter(
    (word) =>
      !/^(?:the|a|an|i|i'm|i'll|you|your|to|of|for|and|so|that|this|it|is|want|going|we|will|said|on|in|at|be|let's)\.?$/.test(
        word,
      ),
  );
