/**
 * Converts the input and output of a visit to the wording a model was trained on: its setting, the patient's opening,
 * the history as a case.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Generator } from "../../model/contract.ts";
import { judgeText } from "../../task/scope/text.ts";
import type { Visit } from "./visit.ts";

/** The text that precedes every prompt of a model trained on a closed world; empty for other models. */
export const settingOf = ({ scope }: Pick<Generator, "scope">): string => {
  const mark = scope?.kinds.flatMap(({ mentions = [] }) => mentions)[0];
  return mark === undefined ? "" : `${mark}.`;
};

/**
 * Checks that a model trained on certain requests only accepts a visit, and texts of its own world.
 *
 * @throws PolyclinicError `scope/refused`.
 */
export function requireWorld(model: Pick<Generator, "scope" | "identity">, text: string, where: string): void {
  const { refusal } = judgeText({ task: "consult", text, label: where }, model);
  if (refusal === undefined) return;
  throw new PolyclinicError("scope/refused", refusal.reasons.map(({ message }) => message).join(" "), {
    where,
    hint: "Ask another model: --model.",
  });
}

/** The first sign of `... has blue nails, cold knees and ...`, with which the patient opens the visit. */
export function complaintOf(vignette: string): string {
  const first = /\b(?:has|have|complains of|signs:)\s+([^,.;]+?)(?:,|\.|;|\s+and\b)/i.exec(vignette)?.[1];
  return first === undefined ? "I am not well." : `I have ${first.trim()}.`;
}

/** The history as a case with the signs the patient confirmed; the transcript if no signs can be identified. */
export function historyOf({ lines }: Pick<Visit, "lines">, setting: string): string {
  const present = lines.flatMap(({ who, text }, i) => {
    if (who !== "Patient") return [];
    const own = /^I have (.+?)\.?$/i.exec(text)?.[1];
    if (own !== undefined) return [own];
    const symptom = /^Do you have (.+?)\?$/i.exec(lines[i - 1]?.text ?? "")?.[1];
    return symptom !== undefined && /^yes\b/i.test(text) ? [symptom] : [];
  });
  if (present.length === 0) return lines.map(({ who, text }) => `${who}: ${text}`).join("\n");
  return `${setting}${setting === "" ? "" : " "}Note: Signs: ${[...new Set(present)].join(", ")}.`;
}
