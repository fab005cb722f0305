/** Visits with an exact patient. */
import { clinicMark, complaint, questionAbout } from "../../../dist/recipes/clinic/text/sentences.js";
import { signs } from "../../../dist/recipes/clinic/world/names.js";

/** As in the clinic's dialogues: a patient who is asked twice says so. */
export const exactPatient = (patient) => async (question, lines) => {
  if (lines?.slice(0, -1).some(({ who, text }) => who === "Doctor" && text === question)) return "as I said";
  const sign = signs.findIndex((_, i) => questionAbout(i) === question);
  return sign >= 0 && patient.signs.includes(sign) ? "yes" : "no";
};

/** Arguments of a visit after the calls. @returns {[string, ReturnType<typeof exactPatient>]} */
export const visitOf = (patient) => [complaint(patient.signs[0]), exactPatient(patient)];
export const setting = clinicMark;

/** Other draws for every visit; the visit itself numbers its turns. */
export const seeded =
  (call, offset) =>
  (role, messages, options = {}) =>
    call(role, messages, { ...options, seed: offset + (options.seed ?? 0) });
