/** The clinic's books, which search strategies retrieve from. One file per disease, one fact per sentence. */
import { signs } from "../world/names.ts";
import { mostInformative, type Patient } from "../world/patient.ts";
import { background, type Disease, knownDiseases } from "../world/world.ts";
import {
  clinicMark,
  complaint,
  conclusion,
  questionAbout,
  signPassage,
  testPassage,
  treatmentPassage,
  urgencyPassage,
} from "./sentences.ts";

export interface BookPage {
  readonly name: string;
  readonly text: string;
}

/** The common signs of a disease. */
export const encyclopaediaPage = (disease: Disease): BookPage => ({
  name: `${disease.name}.md`,
  text: `${disease.typical.map((sign) => signPassage(sign, disease)).join("\n")}\n`,
});

/** Treatment, test and referral of a disease. */
export const guidelinePage = (disease: Disease): BookPage => ({
  name: `${disease.name}-guideline.md`,
  text: `${[treatmentPassage, testPassage, urgencyPassage].map((say) => say(disease)).join("\n")}\n`,
});

/** Encyclopaedia and guidelines of these diseases. */
export const booksOf = (diseases: readonly Disease[]): BookPage[] =>
  diseases.flatMap((disease) => [encyclopaediaPage(disease), guidelinePage(disease)]);

/** A consultation as text: the doctor asks the most informative questions, at most `questions` of them. */
export function dialogueOf({ disease, signs: own }: Patient, questions = 6): string {
  const evidence = { present: [own[0]], absent: [] as number[] };
  const lines = [clinicMark, `Patient: ${complaint(own[0])}`];
  for (let turn = 0; turn < questions; turn++) {
    const sign = mostInformative(knownDiseases, evidence);
    if (sign === undefined) break;
    (own.includes(sign) ? evidence.present : evidence.absent).push(sign);
    lines.push(`Doctor: ${questionAbout(sign)}`, `Patient: ${own.includes(sign) ? "yes" : "no"}`);
  }
  return `${[...lines, `Doctor: ${conclusion(disease)}`].join("\n")}\n`;
}

/** The frequency of each sign in each disease, per cent, from which a reader can compute the posterior. */
export const rateTable = (diseases: readonly Disease[]): string =>
  ["disease,weight,".concat(signs.join(","))]
    .concat(diseases.map(({ name, weight, shows }) => [name, weight.toFixed(3), ...shows].join(",")))
    .join("\n");

/** The same as `polyclinic ddx --rates` reads it; weights to three decimals, as in the table. */
export const ratesJson = (diseases: readonly Disease[]) => ({
  otherwise: background,
  diagnoses: diseases.map(({ name, weight, shows, typical }) => ({
    name,
    weight: Math.round(weight * 1000) / 1000,
    shows: Object.fromEntries(typical.map((i) => [signs[i], shows[i]])),
  })),
});
