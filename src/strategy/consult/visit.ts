/**
 * A consultation (AMIE): a doctor agent takes a history turn by turn. Guarded by default (as in g-AMIE): the patient is given no diagnosis and no advice;
 * the findings go to a clinician.
 */
import { consultationWords, differentialWords } from "../../prompts/index.ts";
import { undefinedIfBudgetUsedUp } from "../calls.ts";
import { linesOf, userSays } from "../messages.ts";
import type { Call } from "../strategy.ts";

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
   * Each reply is reviewed by a critic before it is sent, and rewritten if it repeats an earlier question: AMIE's analyse, respond, refine,
   * reduced to the fault that can be detected automatically.
   */
  readonly refine?: boolean;
  /** A critic's comments on an earlier attempt at this visit. */
  readonly criticism?: readonly string[];
  readonly temperature?: number;
}

export interface Visit {
  readonly lines: readonly Line[];
  /** The doctor's diagnosis; never shown to the patient in a guarded visit. */
  readonly conclusion?: string;
  /** Number of questions the doctor asked. `repeated` counts those asked before. */
  readonly questions: number;
  readonly repeats: number;
  readonly endedBy: "conclusion" | "turns" | "budget" | "patient left" | "broken role";
}

const defaultTurns = 12;
/** A conclusion names a diagnosis and asks nothing. `DIAGNOSIS READY` is AgentClinic's form. */
const concluding = /^(?:i think (?:it|this) is|my diagnosis is|diagnosis:|diagnosis ready:)\s+(.+?)\.?$/i;

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
  answer: (question: string, lines: readonly Line[]) => Promise<string | Line | undefined>,
  options: VisitOptions = {},
): Promise<Visit> {
  const { setting = "", turns = defaultTurns, refine = false, criticism = [], temperature = 0 } = options;
  const lines: Line[] = [{ who: "Patient", text: complaint }];
  const asked: string[] = [];
  let repeats = 0;
  const ended = (endedBy: Visit["endedBy"], conclusion?: string): Visit => ({
    lines,
    ...(conclusion !== undefined && { conclusion }),
    questions: asked.length,
    repeats,
    endedBy,
  });
  const ask = async (extra: readonly Line[]) => {
    const told = [...lines, ...criticism.map((text) => ({ who: "Critic" as const, text })), ...extra];
    const said = await undefinedIfBudgetUsedUp(
      call("doctor", userSays(doctorPrompt(told, setting)), { temperature, maxTokens: 256, seed: asked.length }),
    );
    return said?.[0].text.trim().split("\n")[0];
  };
  for (;;) {
    let words = await ask([]);
    if (words === undefined) return ended("budget");
    if (refine && asked.includes(normal(words))) {
      const again = await ask([{ who: "Critic", text: words }]);
      if (again === undefined) return ended("budget");
      words = again;
    }
    const named = concluding.exec(words)?.[1];
    if (named !== undefined) return ended("conclusion", named);
    if (/^(?:patient|critic)\s*:/i.test(words) || words === "") return ended("broken role");
    if (asked.length >= turns) return ended("turns");
    if (asked.includes(normal(words))) repeats++;
    asked.push(normal(words));
    lines.push({ who: "Doctor", text: words });
    const reply = await answer(words, lines);
    if (reply === undefined) return ended("patient left");
    lines.push(typeof reply === "string" ? { who: "Patient", text: reply } : reply);
  }
}

const normal = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** A patient agent that answers from a vignette. A reply that leaves the role (a diagnosis, a question) is cut to its first line. */
export function patientFrom(call: Call, vignette: string): (question: string) => Promise<string | undefined> {
  return async (question) => {
    const said = await undefinedIfBudgetUsedUp(
      call("patient", userSays(`${vignette}\n\n${consultationWords.patient(question)}`), {
        temperature: 0,
        maxTokens: 64,
      }),
    );
    return said?.[0].text.trim().split("\n")[0];
  };
}

/**
 * A critic's findings on a visit, for the next attempt; empty if there are none. The critic reads the visit turn by turn, each time up to an answer of the
 * patient: a fault early in a long transcript is overlooked by a critic that reads it once at the end. One call per question of the doctor.
 */
export async function criticise(call: Call, { lines }: Visit, setting = ""): Promise<string[]> {
  const found = new Set<string>();
  for (const [i, { who }] of lines.entries()) {
    if (who !== "Doctor") continue;
    const told = transcriptOf(lines.slice(0, i + 2));
    const prompt = `${setting}${setting === "" ? "" : " "}${told}\n\n${consultationWords.critic}`;
    const said = await undefinedIfBudgetUsedUp(call("critic", userSays(prompt), { temperature: 0, maxTokens: 64 }));
    const text = said?.[0].text.trim() ?? "none";
    if (!/^none\b/i.test(text) && text !== "") found.add(text);
  }
  return [...found];
}

/** Two attempts from scratch, the second with the critic's comments on the first (AMIE's inner loop). */
export async function selfPlay(
  calls: { readonly doctor: Call; readonly critic: Call },
  complaint: string,
  answer: (question: string, lines: readonly Line[]) => Promise<string | Line | undefined>,
  { rounds = 2, ...options }: VisitOptions & { readonly rounds?: number } = {},
): Promise<{ visit: Visit; criticism: readonly string[] }[]> {
  const attempts: { visit: Visit; criticism: readonly string[] }[] = [];
  let criticism: readonly string[] = [];
  for (let round = 0; round < rounds; round++) {
    const played = await visit(calls.doctor, complaint, answer, { ...options, criticism });
    attempts.push({ visit: played, criticism });
    criticism = await criticise(calls.critic, played, options.setting);
    if (criticism.length === 0) break;
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
  const said = await undefinedIfBudgetUsedUp(
    call("differential", userSays(`${note}\n\n${differentialWords(count)}`), { temperature: 0, maxTokens: 256 }),
  );
  return {
    summary: note,
    differential: linesOf(said?.[0].text ?? "").slice(0, count),
  };
}
