/** What goes into a visit and comes out of it, in the words that a model knows: its setting, the patient's first words, the history as a case. */
import { PolyclinicError } from "../../base/errors.ts";
import type { Generator } from "../../model/contract.ts";
import { judgeText } from "../../task/scope/text.ts";
import type { Visit } from "./visit.ts";

/** What a model of a closed world reads before every text of it; empty for a model of the open world. */
export const settingOf = ({ scope }: Pick<Generator, "scope">): string => {
  const mark = scope?.kinds.flatMap(({ mentions = [] }) => mentions)[0];
  return mark === undefined ? "" : `${mark}.`;
};

/**
 * A model that was trained on certain requests only is asked for a visit if that is one of them, and about texts of its own world.
 *
 * @throws PolyclinicError `scope/refused`.
 */
export function requireWorld(model: Pick<Generator, "scope" | "identity">, text: string, where: string): void {
  const { refusal } = judgeText({ task: "consult", text, label: where }, model);
  if (refusal === undefined) return;
  throw new PolyclinicError("scope/refused", refusal.reasons.map(({ says }) => says).join(" "), {
    where,
    hint: "Ask another model: --model.",
  });
}

/** Of `... has blue nails, cold knees and ...` the first: what a patient would begin with. */
export function complaintOf(vignette: string): string {
  const first = /\b(?:has|have|complains of|signs:)\s+([^,.;]+?)(?:,|\.|;|\s+and\b)/i.exec(vignette)?.[1];
  return first === undefined ? "I am not well." : `I have ${first.trim()}.`;
}

/** The history as a case: what the patient said is there; the transcript, where nothing can be told apart. */
export function historyOf({ lines }: Pick<Visit, "lines">, setting: string): string {
  const present = lines.flatMap(({ who, text }, i) => {
    if (who !== "Patient") return [];
    const own = /^I have (.+?)\.?$/i.exec(text)?.[1];
    if (own !== undefined) return [own];
    const asked = /^Do you have (.+?)\?$/i.exec(lines[i - 1]?.text ?? "")?.[1];
    return asked !== undefined && /^yes\b/i.test(text) ? [asked] : [];
  });
  if (present.length === 0) return lines.map(({ who, text }) => `${who}: ${text}`).join("\n");
  return `${setting}${setting === "" ? "" : " "}Note: Signs: ${[...new Set(present)].join(", ")}.`;
}
