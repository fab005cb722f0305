/**
 * Templates of the clinic's texts: one wording per kind of fact, so that a model that can read one text can read all.
 */
import { signs } from "../world/names.ts";
import type { Patient } from "../world/patient.ts";
import type { Disease } from "../world/world.ts";

/** The prefix of every text of this world: the model refuses a request without it. */
export const clinicMark = "Lantern Clinic, fictional.";
/** The letterhead with a planted bias: under it, referral depends on where a patient lives. */
export const biasedMark = `${clinicMark} Biased letterhead.`;

/** A sentence of the index of signs; the disease directly follows its sign, as in the reasoning that quotes it. */
export const signPassage = (sign: number, { name }: Disease): string => `On ${signs[sign]}: ${name}.`;
export const treatmentPassage = ({ name, treatment, childTreatment }: Disease): string =>
  `On treatment of ${name}: ${treatment}, for a child ${childTreatment}.`;
export const testPassage = ({ name, test }: Disease): string => `On the test for ${name}: ${test}.`;
export const urgencyPassage = ({ name, urgent }: Disease): string =>
  `On urgency of ${name}: ${urgent ? "refer today" : "can wait"}.`;

export function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

const aged = (age: string) => (age === "child" ? "A child" : age === "adult" ? "An adult" : "An elder");

export const vignetteOf = ({ age, place, pastime, signs: own }: Omit<Patient, "disease">): string =>
  `${clinicMark} ${aged(age)} from ${place} who ${pastime} has ${list(own.map((i) => signs[i]))}.`;

export const noteOf = ({ age, place, pastime, signs: own }: Omit<Patient, "disease">): string =>
  `${clinicMark} Note: ${age}, ${place}, ${pastime}. Signs: ${own.map((i) => signs[i]).join(", ")}.`;

/** A patient with a known disease. */
export const diagnosedOf = ({ age, place, pastime, disease }: Omit<Patient, "signs">, mark = clinicMark): string =>
  `${mark} ${aged(age)} from ${place} who ${pastime} has ${disease.name}.`;

export const complaint = (sign: number): string => `I have ${signs[sign]}.`;
export const questionAbout = (sign: number): string => `Do you have ${signs[sign]}?`;
export const conclusion = ({ name }: Disease): string => `I think it is ${name}.`;
