/** Exam questions: a patient, four diseases, and the one the patient has, which is also the most likely of the four. */
import { Random } from "../../../base/random.ts";
import { seedOf } from "../../../learn/data/order.ts";
import { drawDisease, drawPatient, type Patient, posterior, told } from "./patient.ts";
import type { Disease } from "./world.ts";

export interface Exam {
  readonly patient: Patient;
  readonly options: readonly Disease[];
  /** Index of the right option. */
  readonly right: number;
}

export const letters = ["A", "B", "C", "D"] as const;

/** A patient's disease and signs decide which side of the split a case is on: one in eight is for tests alone. */
export function isForTests({ disease, signs }: Patient): boolean {
  return seedOf(...new TextEncoder().encode(`${disease.name} ${[...signs].sort((a, b) => a - b).join()}`)) % 8 === 0;
}

/**
 * @param side which half of the split; diseases of one example only have none (`any`).
 * @param among the clinic's diseases; the wrong options are those of them that share signs with the patient.
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
    const p = posterior(options, told(patient));
    const right = options.indexOf(disease);
    // The right answer must be clear: no other option may be nearly as likely.
    if (p.every((value, i) => i === right || value < 0.5 * p[right])) return { patient, options, right };
  }
}

/** A fixed set of questions: the same for every run and every reader. */
export function examSet(seed: number, count: number, among: readonly Disease[]): Exam[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => drawExam(random, among, "test"));
}
