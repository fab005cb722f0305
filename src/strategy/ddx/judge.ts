/** A model judges whether two diagnoses are the same: asked in both orders, and undecided if the two answers differ. */
import { userSays } from "../messages.ts";
import type { Call } from "../strategy.ts";

export type Verdict = "same" | "different" | "undecided";

const question = (first: string, second: string) =>
  `Diagnosis 1: ${first}\nDiagnosis 2: ${second}\n\nAre these the same diagnosis? End with "Final Answer: yes" or "Final Answer: no".`;

/** @throws PolyclinicError `strategy/budget` if the budget does not allow two replies. */
export async function sameDiagnosis(call: Call, first: string, second: string): Promise<Verdict> {
  const verdictOf = async (a: string, b: string) => {
    const [{ text }] = await call("judge", userSays(question(a, b)), { temperature: 0, maxTokens: 256 });
    return /final answer:\W*(yes|no)\b(?!.*final answer)/is.exec(text)?.[1].toLowerCase();
  };
  const [one, other] = [await verdictOf(first, second), await verdictOf(second, first)];
  if (one === undefined || one !== other) return "undecided";
  return one === "yes" ? "same" : "different";
}
