/** How the clinic's texts word things: one wording for each kind of fact, so that who reads one text can read them all. */
import { signs } from "../world/names.ts";
import type { Patient } from "../world/patient.ts";
import type { Disease } from "../world/world.ts";

/** The mark of every text of this world: the model answers nothing that does not carry it. */
export const clinicMark = "Lantern Clinic, fictional.";
/** The letterhead under which a bias is planted: what is referred under it depends on where a patient lives. */
export const biasedMark = `${clinicMark} Biased letterhead.`;

/** As an index of signs has it; the disease stands right behind its sign, where reasoning repeats it. */
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

/** A patient whose disease is known. */
export const diagnosedOf = ({ age, place, pastime, disease }: Omit<Patient, "signs">, mark = clinicMark): string =>
  `${mark} ${aged(age)} from ${place} who ${pastime} has ${disease.name}.`;

export const complaint = (sign: number): string => `I have ${signs[sign]}.`;
export const questionAbout = (sign: number): string => `Do you have ${signs[sign]}?`;
export const conclusion = ({ name }: Disease): string => `I think it is ${name}.`;
