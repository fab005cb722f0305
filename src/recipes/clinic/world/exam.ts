/** Exam questions: a patient, four diseases, and the correct one, which is also the most likely of the four. */
import { Random } from "../../../base/random.ts";
import { seedOf } from "../../../learn/data/order.ts";
import { drawDisease, drawPatient, evidenceOf, type Patient, posterior } from "./patient.ts";
import type { Disease } from "./world.ts";

export interface Exam {
  readonly patient: Patient;
  readonly options: readonly Disease[];
  /** Index of the correct option. */
  readonly correct: number;
}

export const letters = ["A", "B", "C", "D"] as const;

/** The split depends on a patient's disease and signs: one case in eight is for testing only. */
export function isForTests({ disease, signs }: Patient): boolean {
  return seedOf(...new TextEncoder().encode(`${disease.name} ${[...signs].sort((a, b) => a - b).join()}`)) % 8 === 0;
}

/**
 * @param side which split; diseases that occur in one example only belong to none (`any`).
 * @param among the clinic's diseases; the wrong options are diseases of them that share signs with the patient.
 */
export function drawExam(random: Random, among: readonly Disease[], side: "train" | "test" | "any"): Exam {
  for (;;) {
    const patient = drawPatient(random, drawDisease(random, among));
    if (side !== "any" && isForTests(patient) !== (side === "test")) continue;
    const { disease, signs } = patient;
    const shared = (other: Disease) => other.typical.filter((i) => signs.includes(i)).length;
    const wrong = random
      .shuffle(among.filter((other) => other !== disease))
      .sort((a, b) => shared(b) - shared(a))
      .slice(0, 5);
    const options = random.shuffle([disease, ...random.shuffle(wrong).slice(0, 3)]);
    const p = posterior(options, evidenceOf(patient));
    const correct = options.indexOf(disease);
    // The correct answer must be clear: no other option may be nearly as likely.
    if (p.every((value, i) => i === correct || value < 0.5 * p[correct])) return { patient, options, correct };
  }
}

/** A fixed set of questions, determined by its arguments. */
export function examSet(seed: number, count: number, among: readonly Disease[]): Exam[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => drawExam(random, among, "test"));
}
