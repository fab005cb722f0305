/**
 * An objective structured clinical examination with two arms, as in the study of AMIE: both arms see every case
 * (crossover), with the same patient agent, in a balanced random order; each arm then writes a differential, in which
 * the rank of the true diagnosis is scored. People rate the transcripts with questionnaires (`polyclinic study`).
 */
import { Random } from "../../base/random.ts";
import type { Generator } from "../../model/contract.ts";
import { examinationWords } from "../../prompts/index.ts";
import { rankOf } from "../../task/ddx/match.ts";
import { callsTo, undefinedIfBudgetUsedUp } from "../calls.ts";
import { handOver, type PatientReply, patientFrom, type Visit, type VisitOptions, visit } from "../consult/visit.ts";
import { complaintOf, historyOf, requireWorld, settingOf } from "../consult/words.ts";
import { sameDiagnosis } from "../ddx/judge.ts";
import type { Call } from "../strategy.ts";
import { measured, type OsceCase } from "./cases.ts";

export interface Arm {
  readonly name: string;
  readonly doctor: Generator;
  readonly visit?: Pick<VisitOptions, "refine" | "temperature">;
}

export interface Encounter {
  readonly case: string;
  readonly arm: string;
  /** Whether this arm saw the case first (1) or second (2). */
  readonly period: 1 | 2;
  readonly diagnosis: string;
  readonly visit: Visit;
  readonly differential: readonly string[];
  /** 1-based rank of the true diagnosis in the differential; absent if it is not listed. */
  readonly rank?: number;
  /** Whether the doctor's conclusion is the correct diagnosis. */
  readonly concluded: boolean;
}

export interface OsceOptions {
  /** The patient agent, shared by both arms. */
  readonly patient: Generator;
  /**
   * Decides whether two names are the same diagnosis if they are neither equal nor listed as synonyms; asked in both
   * orders.
   */
  readonly judge?: Generator;
  /** Maximum number of the doctor's questions; AgentClinic: 20. */
  readonly turns?: number;
  /** Maximum number of replies by all models in one encounter. */
  readonly budget?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

/** Number of diagnoses requested after a visit (AMIE: 3 to 10). */
const listLength = 10;
const defaultTurns = 20;

/** For each case, whether the second arm comes first: for half of the cases (rounded), drawn from the seed. */
export function crossover(cases: number, seed: number): boolean[] {
  const random = new Random(seed);
  const order = Array.from({ length: cases }, (_, i) => i % 2 === 1);
  return random.shuffle(order);
}

export async function* examine(
  cases: readonly OsceCase[],
  arms: readonly [Arm, Arm],
  options: OsceOptions,
): AsyncGenerator<Encounter> {
  const { seed = 0 } = options;
  const swapped = crossover(cases.length, seed);
  for (const [i, one] of cases.entries()) {
    const order = swapped[i] ? [arms[1], arms[0]] : arms;
    for (const [period, arm] of order.entries())
      yield { ...(await encounter(one, arm, options, seed + i)), period: period === 0 ? 1 : 2 };
  }
}

async function encounter(
  one: OsceCase,
  { name, doctor, visit: visitOptions }: Arm,
  { patient, judge, turns = defaultTurns, budget, signal }: OsceOptions,
  seed: number,
): Promise<Omit<Encounter, "period">> {
  const limits = { seed, ...(signal && { signal }), ...(budget !== undefined && { budget }) };
  for (const model of [doctor, patient]) requireWorld(model, one.vignette, one.id);
  const { call } = callsTo(doctor, limits);
  const secret = [one.diagnosis, ...(one.synonyms ?? [])];
  const patientAnswer = patientFrom(callsTo(patient, limits).call, one.vignette, secret);
  const { objective, findings, complaint = complaintOf(one.vignette) } = one;
  const closed = settingOf(doctor);
  const setting = closed === "" && objective !== undefined ? examinationWords(objective, turns) : closed;
  const answer = async (question: string): Promise<PatientReply> => {
    const test = /^request test:\s*(.+)$/i.exec(question)?.[1];
    return test === undefined ? patientAnswer(question) : { who: "Measurement", text: measured(findings ?? {}, test) };
  };
  const played = await visit(call, complaint, answer, { setting, turns, ...visitOptions });
  const { differential } = await handOver(call, played, historyOf(played, closed), listLength);
  const judging = judge && callsTo(judge, limits).call;
  const rank = await placeOf(differential, one, judging);
  const { conclusion } = played;
  return {
    case: one.id,
    arm: name,
    diagnosis: one.diagnosis,
    visit: played,
    differential,
    ...(rank !== undefined && { rank }),
    concluded: conclusion !== undefined && (await placeOf([conclusion], one, judging)) === 1,
  };
}

/** Rank by equal names and the case's synonyms; otherwise by the judge, from the top. */
async function placeOf(list: readonly string[], one: OsceCase, judge: Call | undefined): Promise<number | undefined> {
  const { diagnosis, synonyms = [] } = one;
  const rank = rankOf(list, diagnosis, [[diagnosis, ...synonyms]]);
  if (rank !== undefined || judge === undefined) return rank;
  for (const [i, name] of list.entries())
    if ((await undefinedIfBudgetUsedUp(sameDiagnosis(judge, name, diagnosis))) === "same") return i + 1;
  return undefined;
}
