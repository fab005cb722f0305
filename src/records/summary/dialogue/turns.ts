/**
 * Turns of a transcript of a consultation: lines that begin with a speaker (`Doctor: ...`, `[patient] ...`, with or without a time before
 * it). A line without a speaker continues the turn above.
 */
import { PolyclinicError } from "../../../base/errors.ts";

export type Role = "clinician" | "patient" | "other";

export interface Turn {
  /** 1-based, as cited. */
  number: number;
  /** The label as written. */
  speaker: string;
  role: Role;
  /** Characters of what was said, in the transcript, without the label. */
  from: number;
  to: number;
}

const time = String.raw`(?:[[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?\s*(?:-->?\s*\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?)?\s*)?`;
const name = String.raw`[\p{L}][\p{L}._'-]*(?: [\p{L}\d][\p{L}\d._'-]*){0,3}`;
const labelled = new RegExp(`^\\s*${time}(?:\\[(${name})\\]:?|\\*\\*(${name}):?\\*\\*:?|(${name})\\s*:)[ \\t]*`, "u");

const clinicians =
  /^(?:doctor|dr\.?|physician|clinician|provider|gp|md|do|nurse|np|pa|physician assistant|nurse practitioner|consultant|surgeon|therapist|midwife|pharmacist|d)\b/i;
const patients = /^(?:patient|pt\.?|p|client)\b/i;
const others =
  /^(?:mother|father|mom|mum|dad|parent|guardian|caregiver|carer|wife|husband|spouse|partner|son|daughter|brother|sister|family|guest|visitor|interpreter|translator|patient[_ ]guest|measurement|critic|other)\b/i;

/** The part in the visit that a label names. Undefined for a name such as `Speaker 1`. */
function roleOf(label: string): Role | undefined {
  if (others.test(label)) return "other";
  return clinicians.test(label) ? "clinician" : patients.test(label) ? "patient" : undefined;
}

/** Whether a text is a transcript: at least two speakers in two turns or more, and most of its words in turns. */
export function isDialogue(text: string): boolean {
  const { turns, before } = split(text);
  const speakers = new Set(turns.map(({ speaker }) => speaker.toLowerCase()));
  return (
    turns.length >= 2 && speakers.size >= 2 && turns.length >= speakers.size + 1 && before.length < text.length / 3
  );
}

/**
 * The turns of a transcript.
 *
 * @param clinician the label of the clinician, where it is a name. The other unknown speaker is then the patient, if there is only one.
 * @throws PolyclinicError `records/no-dialogue` if lines do not begin with speakers, `records/speakers` if it is not clear who the clinician is.
 */
export function turnsOf(text: string, { clinician, where }: { clinician?: string; where?: string } = {}): Turn[] {
  const { turns } = split(text);
  const labels = [...new Set(turns.map(({ speaker }) => speaker))];
  if (!isDialogue(text))
    throw new PolyclinicError("records/no-dialogue", "the text is not a transcript of a consultation", {
      where,
      expected: "two speakers or more, and lines that begin with them: `Doctor: ...`, `Patient: ...`",
      found: labels.length === 0 ? "no line that begins with a speaker" : `speakers: ${listed(labels)}`,
      hint: "Begin each turn with its speaker. A summary from notes without turns needs a health record.",
    });
  const clinicianLabel = clinician?.trim().toLowerCase();
  if (clinicianLabel !== undefined && !labels.some((label) => label.toLowerCase() === clinicianLabel))
    throw new PolyclinicError("records/speakers", `no speaker is called ${clinician}`, {
      where,
      found: listed(labels),
      hint: "Give the clinician's label as the transcript writes it (--clinician; in code: clinician).",
    });
  const roles = new Map(
    labels.map((label) => [label, label.toLowerCase() === clinicianLabel ? ("clinician" as const) : roleOf(label)]),
  );
  const unknown = labels.filter((label) => roles.get(label) === undefined);
  if (![...roles.values()].includes("clinician"))
    throw new PolyclinicError("records/speakers", "it is not clear which speaker is the clinician", {
      where,
      expected: "a label such as Doctor, Dr. Reyes, Nurse or Provider",
      found: listed(labels),
      hint: "Name the clinician's label (--clinician; in code: clinician).",
    });
  if (unknown.length === 1 && ![...roles.values()].includes("patient")) roles.set(unknown[0], "patient");
  return turns.map((turn, i) => ({ number: i + 1, role: roles.get(turn.speaker) ?? "other", ...turn }));
}

const listed = (labels: readonly string[]) =>
  `${labels.slice(0, 8).join(", ")}${labels.length > 8 ? ` and ${labels.length - 8} more` : ""}`;

interface Said {
  speaker: string;
  from: number;
  to: number;
}

function split(text: string): { turns: Said[]; before: string } {
  const turns: Said[] = [];
  let at = 0;
  let before = "";
  for (const line of text.split("\n")) {
    // Invisible characters (a byte order mark, zero-width and direction marks) are no part of a label; blanks keep the positions.
    const label = labelled.exec(line.slice(0, 120).replace(/\p{Cf}/gu, " "));
    const speaker = (label?.[1] ?? label?.[2] ?? label?.[3])?.trim().replace(/\s+/g, " ");
    // In a transcript of Doctor and Patient, `Plan: ...` is a heading and no speaker.
    if (
      speaker !== undefined &&
      !/^(?:plan|assessment|note|date|subject|history|medications?|allergies|time)$/i.test(speaker)
    )
      turns.push({ speaker, from: at + label![0].length, to: at + line.length });
    else if (turns.length > 0) {
      if (line.trim() !== "") turns[turns.length - 1].to = at + line.length;
    } else before += line;
    at += line.length + 1;
  }
  // Words spoken with a colon ("one thing: ...") look like speakers that speak once: they belong to the turn above.
  const count = new Map<string, number>();
  for (const { speaker } of turns) count.set(speaker, (count.get(speaker) ?? 0) + 1);
  const kept: Said[] = [];
  for (const turn of turns) {
    const odd = count.get(turn.speaker) === 1 && roleOf(turn.speaker) === undefined && count.size > 2;
    if (odd && kept.length > 0) kept[kept.length - 1].to = turn.to;
    else kept.push(turn);
  }
  return { turns: kept, before };
}
