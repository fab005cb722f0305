/**
 * A consultation (AMIE): a doctor agent takes a history turn by turn. Guarded by default (as in g-AMIE): the patient is given no diagnosis and no advice;
 * the findings go to a clinician.
 */
import { consultationWords, differentialWords } from "../../prompts/index.ts";
import { undefinedIfBudgetUsedUp } from "../calls.ts";
import { linesOf, userSays } from "../messages.ts";
import type { Call } from "../strategy.ts";
import {
  type Criteria,
  type Fault,
  type FaultKind,
  faultsOf,
  faultsOfEnd,
  faultsOfTurn,
  guarded,
  normal,
  questionKey,
  remarkOf,
} from "./faults.ts";

export interface Line {
  readonly who: "Doctor" | "Patient" | "Critic" | "Measurement";
  readonly text: string;
}

export interface VisitOptions {
  /** Text before the transcript: the setting of the visit, in the form used in training. */
  readonly setting?: string;
  /** Maximum number of questions by the doctor. */
  readonly turns?: number;
  /**
   * Each reply is reviewed before it is sent, and rewritten once if it has a fault of these kinds (all for true): AMIE's analyse, respond, refine,
   * reduced to the faults that can be detected automatically. At the end of the visit, red flags that were not asked about are asked for once.
   */
  readonly refine?: boolean | readonly FaultKind[];
  /** A critic's comments on an earlier attempt at this visit. */
  readonly criticism?: readonly string[];
  readonly criteria?: Criteria;
  readonly temperature?: number;
}

/** What a patient agent says; `brokenRole` is a reply that is none of a patient. */
export type PatientReply = string | Line | { readonly brokenRole: string } | undefined;

export interface Visit {
  readonly lines: readonly Line[];
  /** The doctor's diagnosis; never shown to the patient in a guarded visit. */
  readonly conclusion?: string;
  /** Number of questions the doctor asked. `repeated` counts those asked before. */
  readonly questions: number;
  readonly repeats: number;
  /** Sentences of the doctor that named a diagnosis or gave advice, and were not said to the patient. */
  readonly withheld?: readonly string[];
  /** What was said by whoever left the role, if that ended the visit. */
  readonly brokenBy?: Line;
  /** `loop`: the doctor asked the same again and again. `no answer`: the doctor's reply was empty or was never finished. */
  readonly endedBy: "conclusion" | "turns" | "budget" | "patient left" | "broken role" | "loop" | "no answer";
}

const defaultTurns = 12;
/** A conclusion names a diagnosis and asks nothing. `DIAGNOSIS READY` is AgentClinic's form. */
const concluding = /^(?:i think (?:it|this) is|my diagnosis is|diagnosis:|diagnosis ready:)\s+([^?]+?)\.?$/i;
/** The doctor asked the same so often in a row: nothing else will come. */
const loopAfter = 4;

export const transcriptOf = (lines: readonly Line[]) =>
  consultationWords.transcript(lines.map(({ who, text }) => `${who}: ${text}`));

/** What the doctor agent is asked after these lines. */
export const doctorPrompt = (lines: readonly Line[], setting = ""): string =>
  `${setting}${setting === "" ? "" : " "}${transcriptOf(lines)}\n\n${consultationWords.next}`;

/**
 * Runs a visit to its end.
 *
 * @param answer returns the patient's reply to the doctor, or a line of another speaker (a test result); undefined when the patient leaves.
 */
export async function visit(
  call: Call,
  complaint: string,
  answer: (question: string, lines: readonly Line[]) => Promise<PatientReply>,
  options: VisitOptions = {},
): Promise<Visit> {
  const { setting = "", turns = defaultTurns, refine = false, criticism = [], criteria, temperature = 0 } = options;
  const lines: Line[] = [{ who: "Patient", text: complaint }];
  const askedQuestions: string[] = [];
  const withheld: string[] = [];
  let repeats = 0;
  let reminded = false;
  const refines = (kind: FaultKind) => (typeof refine === "boolean" ? refine : refine.includes(kind));
  const ended = (endedBy: Visit["endedBy"], { conclusion, brokenBy }: Partial<Visit> = {}): Visit => ({
    lines,
    ...(conclusion !== undefined && { conclusion }),
    questions: askedQuestions.length,
    repeats,
    ...(withheld.length > 0 && { withheld }),
    ...(brokenBy !== undefined && { brokenBy }),
    endedBy,
  });
  const ask = async (extra: readonly Line[]) => {
    const transcript = [...lines, ...criticism.map((text) => ({ who: "Critic" as const, text })), ...extra];
    const replies = await undefinedIfBudgetUsedUp(
      call("doctor", userSays(doctorPrompt(transcript, setting)), {
        temperature,
        maxTokens: 256,
        seed: askedQuestions.length,
      }),
    );
    if (replies === undefined) return undefined;
    const [{ text, unclosedThought, finishReason }] = replies;
    return unclosedThought || finishReason === "repetition" ? "" : text.trim().split("\n")[0];
  };
  for (;;) {
    let words = await ask([]);
    if (words === undefined) return ended("budget");
    const faults = faultsOfTurn(words, lines).filter(({ kind }) => refines(kind));
    const conclusionOf = (text: string) => concluding.exec(text)?.[1];
    const due: boolean = conclusionOf(words) !== undefined && !reminded && refines("red flag not asked");
    const missing: readonly Fault[] = due
      ? faultsOfEnd(lines, criteria).filter(({ kind }) => kind === "red flag not asked")
      : [];
    reminded ||= missing.length > 0;
    const remarks = conclusionOf(words) === undefined ? faults : missing;
    if (remarks.length > 0) {
      const again = await ask(remarks.map((fault) => ({ who: "Critic", text: remarkOf(fault) })));
      if (again === undefined) return ended("budget");
      words = again === "" ? words : again;
    }
    const conclusion = conclusionOf(words);
    if (conclusion !== undefined) return ended("conclusion", { conclusion });
    if (words === "") return ended("no answer");
    const utterance = guarded(words);
    withheld.push(...utterance.withheld);
    const brokenBy: Line = { who: "Doctor", text: words };
    if (/^(?:patient|critic)\s*:/i.test(words) || utterance.spoken === "") return ended("broken role", { brokenBy });
    if (askedQuestions.length >= turns) return ended("turns");
    const key = questionKey(utterance.spoken);
    if (askedQuestions.includes(key)) repeats++;
    askedQuestions.push(key);
    if (askedQuestions.length >= loopAfter && askedQuestions.slice(-loopAfter).every((one) => one === key))
      return ended("loop");
    lines.push({ who: "Doctor", text: utterance.spoken });
    const reply = await answer(utterance.spoken, lines);
    if (reply === undefined) return ended("patient left");
    if (typeof reply === "object" && "brokenRole" in reply)
      return ended("broken role", { brokenBy: { who: "Patient", text: reply.brokenRole } });
    lines.push(typeof reply === "string" ? { who: "Patient", text: reply } : reply);
  }
}

/**
 * A patient agent that answers from a vignette, by the first line of its reply. A reply that speaks for somebody else, is a question to the doctor's question or is empty
 * has left the role.
 *
 * @param secret names of the diagnosis: a reply that gives it away is answered "I do not know." instead (the trace has the reply).
 */
export function patientFrom(
  call: Call,
  vignette: string,
  secret: readonly string[] = [],
): (question: string) => Promise<PatientReply> {
  const names = secret.map(normal).filter((name) => name !== "");
  return async (question) => {
    const replies = await undefinedIfBudgetUsedUp(
      call("patient", userSays(`${vignette}\n\n${consultationWords.patient(question)}`), {
        temperature: 0,
        maxTokens: 64,
      }),
    );
    if (replies === undefined) return undefined;
    const [{ text, unclosedThought, finishReason }] = replies;
    const line = text
      .trim()
      .split("\n")[0]
      .replace(/^patient\s*:\s*/i, "");
    const lost = unclosedThought || finishReason === "repetition" || line === "";
    if (lost || /^(?:doctor|critic|measurement|moderator)\s*:/i.test(line) || normal(line) === normal(question))
      return { brokenRole: line };
    return names.some((name) => ` ${normal(line)} `.includes(` ${name} `)) ? "I do not know." : line;
  };
}

export interface CriticOptions {
  /** As in the visit: a model that was trained on the consultations of a closed world is asked in the words it was trained on, turn by turn. */
  readonly setting?: string;
  readonly criteria?: Criteria;
  /** Names of the diagnosis, which a critic may know and must not tell: remarks with one are left out. */
  readonly secret?: readonly string[];
}

/**
 * A critic's findings on a visit, for the next attempt; empty if there are none: those of the rules (`faultsOf`), then those of the model.
 *
 * A critic of a closed world reads the visit turn by turn, each time up to an answer of the patient (one call per question): a fault early in a long transcript is
 * overlooked if it reads it once at the end. Any other is given all criteria once.
 */
export async function criticise(
  call: Call,
  { lines }: Pick<Visit, "lines">,
  { setting = "", criteria = {}, secret = [] }: CriticOptions = {},
): Promise<Fault[]> {
  const found = faultsOf(lines, criteria);
  const ask = async (transcript: readonly Line[], words: string) => {
    const prompt = `${setting}${setting === "" ? "" : " "}${transcriptOf(transcript)}\n\n${words}`;
    const replies = await undefinedIfBudgetUsedUp(call("critic", userSays(prompt), { temperature: 0, maxTokens: 256 }));
    const reply = replies?.[0];
    if (reply === undefined || reply.unclosedThought || reply.finishReason === "repetition") return [];
    return linesOf(reply.text).filter((text) => !/^none\b/i.test(text));
  };
  const remarks: string[] = [];
  if (setting === "") remarks.push(...(await ask(lines, consultationWords.criteria(criteria.redFlags ?? []))));
  else
    for (const [i, { who }] of lines.entries())
      if (who === "Doctor") remarks.push(...(await ask(lines.slice(0, i + 2), consultationWords.critic)));
  const names = secret.map(normal).filter((name) => name !== "");
  const known = new Set(found.map(({ about }) => questionKey(about)));
  for (const about of remarks) {
    const key = questionKey(about);
    if (known.has(key) || names.some((name) => ` ${normal(about)} `.includes(` ${name} `))) continue;
    known.add(key);
    found.push({ kind: "other", about });
  }
  return found;
}

/**
 * Attempts from scratch, each with the critic's remarks on the one before (AMIE's inner loop: two rounds). A remark is a line that the doctor reads, and its kind of fault
 * is checked in every reply of the next attempt.
 */
export async function selfPlay(
  calls: { readonly doctor: Call; readonly critic: Call },
  complaint: string,
  answer: (question: string, lines: readonly Line[]) => Promise<PatientReply>,
  { rounds = 2, secret = [], ...options }: VisitOptions & CriticOptions & { readonly rounds?: number } = {},
): Promise<{ visit: Visit; criticism: readonly string[] }[]> {
  const attempts: { visit: Visit; criticism: readonly string[] }[] = [];
  const { refine = false, setting = "", criteria = {} } = options;
  let faults: readonly Fault[] = [];
  for (let round = 0; round < rounds; round++) {
    const criticism = faults.map(remarkOf);
    const kinds = [...(typeof refine === "boolean" ? [] : refine), ...faults.map(({ kind }) => kind)];
    const checks = refine === true ? true : kinds;
    const played = await visit(calls.doctor, complaint, answer, { ...options, refine: checks, criticism });
    attempts.push({ visit: played, criticism });
    if (round + 1 < rounds) faults = await criticise(calls.critic, played, { setting, criteria, secret });
    if (faults.length === 0) break;
  }
  return attempts;
}

/** What a clinician receives from a guarded visit. */
export interface Handover {
  readonly summary: string;
  readonly differential: readonly string[];
}

/** @param note the history in the form used for cases in training; default: the transcript. @param count number of diagnoses to list. */
export async function handOver(call: Call, { lines }: Visit, note = transcriptOf(lines), count = 3): Promise<Handover> {
  const replies = await undefinedIfBudgetUsedUp(
    call("differential", userSays(`${note}\n\n${differentialWords(count)}`), { temperature: 0, maxTokens: 256 }),
  );
  return {
    summary: note,
    differential: linesOf(replies?.[0].text ?? "").slice(0, count),
  };
}
