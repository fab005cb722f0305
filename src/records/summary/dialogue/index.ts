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

  /** Turns in which a statement was corrected by its speaker. */
  const corrections: number[] = [];
  for (const [i, own] of clauses.entries()) {
    const previous = clauses.slice(Math.max(0, i - 2), i).flat();
    const asked = clauses[i - 1]?.at(-1);
    const turn = turns[i];
    const reply = /^\W*(?:no|nope|absolutely not|never)\b/i.exec(text.slice(turn.from, turn.to));
    if (
      turn.role === "clinician" &&
      reply !== null &&
      asked?.question === true &&
      asked.turn.role === "patient" &&
      drugsIn(asked.words).length > 0 &&
      /\b(?:should|can|could|may|shall) I\b/i.test(asked.words)
    )
      add("medicationChanges", `You asked: "${asked.words.replace(/[.?!\s]+$/, "")}?" The answer was: No.`, {
        turn,
        from: turn.from,
        to: turn.to,
        words: "No",
        question: false,
      });
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
      const final = turn.role === "clinician" ? takenBack(clause.words) : clause.words;
      const isAmended = final !== clause.words;
      const found = fieldOf(clause, [...previous, ...own.slice(0, at)]);
      // The first number alone would stand as if it were right.
      const corrected = correction.test(text.slice(clause.from, clause.to)) ? latest : [];
      latest = [...new Set([...found, ...corrected])];
      for (const field of latest) {
        const before = fields[field].at(-1);
        const whole =
          before !== undefined && before.turn === turn.number && corrected.includes(field)
            ? amended(before.text, clause.words)
            : undefined;
        if (whole !== undefined) {
          before!.text = whole;
          before!.passage = { note: name, from: before!.passage!.from, to: clause.to };
        } else add(field, quoted({ ...clause, words: final }), clause);
        if (whole !== undefined || isAmended) corrections.push(turn.number);
      }
      const dropped = turn.role === "clinician" ? notStarted(clause.words) : [];
      if (dropped.length > 0) {
        const kept = fields.medicationChanges.filter(
          (line) =>
            line.passage!.from >= clause.from ||
            line.speaker !== turn.speaker ||
            drugsIn(line.text).length === 0 ||
            !drugsIn(line.text).every((drug) => dropped.includes(drug)),
        );
        if (kept.length < fields.medicationChanges.length) corrections.push(turn.number);
        fields.medicationChanges = kept;
      }
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
  if (corrections.length > 0)
    warnings.push(
      `something was corrected while speaking (turn ${[...new Set(corrections)].join(", ")}): only the last version is written; compare it with the transcript`,
    );
  const head = corrections.length > 0 ? `Caution: ${warnings.at(-1)}.\n\n` : "";
  return {
    fields,
    text: `${head}${whole}`,
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

const amount = String.raw`(?:\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|twelve)\s*(?:milligrams?|mg|micrograms?|mcg|units|days?|weeks?|months?|hours?)`;
const turnBack = String.raw`[,.]?\s*(?:oh\s*,?\s*)?(?:no\s*,?\s*wait|no\s*,\s*sorry|sorry|wait|i mean|i meant|make that|rather|scratch that)\s*,?\s*`;
const correctedAmount = new RegExp(`\\b${amount}${turnBack}(?=(?:no\\s*,?\\s*)?${amount}\\b)`, "gi");
const correctedJudgement = new RegExp(String.raw`\bthat's [a-z ]{3,30}${turnBack}(?=that's\b)`, "gi");

/** A clause with what its speaker took back at once ("50 mg, no wait, 5 mg") left out. */
const takenBack = (words: string): string => words.replace(correctedAmount, "").replace(correctedJudgement, "");

/** "No, make that two days" after "Come back in two weeks": the earlier words with the later amount; undefined if it is not clear what is replaced. */
function amended(before: string, later: string): string | undefined {
  if (!/^\W*(?:no\W+)?(?:wait\W+)?(?:sorry\W+)?(?:make that|i mean|i meant)\b/i.test(later)) return undefined;
  const all = new RegExp(`\\b${amount}\\b`, "gi");
  const [old, ...others] = before.match(all) ?? [];
  const [put, ...more] = later.match(all) ?? [];
  return old === undefined || put === undefined || others.length + more.length > 0
    ? undefined
    : before.replace(old, put.toLowerCase());
}

/** "Let's not start warfarin": the drugs that are not begun after all. */
const notStarted = (words: string): string[] =>
  /\b(?:not|don't|won't|never)\b.{0,20}\b(?:start|begin|give|use|prescribe)\b/i.test(words) ? drugsIn(words) : [];

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
