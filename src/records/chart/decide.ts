/** Draws a conclusion from labelled mentions: whether the patient has the condition, and the evidence. */
import type { ChartIndex } from "./index-notes.ts";
import { findMentions, type Mention } from "./mentions.ts";

/** Whether the notes of a record state a finding, with the evidence. */
export interface Decision {
  /** `hinted`: only drugs given for it are mentioned. `notMentioned` does not prove absence. */
  conclusion: "yes" | "no" | "conflicting" | "possible" | "family" | "planned" | "hinted" | "notMentioned";
  /** One sentence. */
  text: string;
  /** The evidence for the conclusion, best first. */
  evidence: readonly Mention[];
  mentions: readonly Mention[];
}

/**
 * Whether a chart's notes confirm, deny or only mention a condition.
 *
 * @param term name of the condition, in any wording that the dictionary or near spellings cover.
 */
export function decideFromNotes(index: ChartIndex, term: string): Decision {
  const mentions = findMentions(index, term);
  const direct = mentions.filter(({ how }) => how !== "implied");
  const of = (label: Mention["label"]) => direct.filter((mention) => mention.label === label);
  const confirmed = of("confirmed");
  const denied = of("denied");
  const made = (conclusion: Decision["conclusion"], evidence: readonly Mention[], words: string): Decision => ({
    conclusion,
    text: `${words}${evidence.length > 0 ? `: "${evidence[0].quote.slice(0, 200)}" (${[evidence[0].note, evidence[0].date].filter(Boolean).join(", ")})` : ""}`,
    evidence,
    mentions,
  });
  if (confirmed.length > 0 && denied.length > 0) {
    // A general denial in a review of symptoms contradicts a statement: a person has to decide.
    return made(
      "conflicting",
      [...confirmed, ...denied],
      `${term} is stated ${times(confirmed)} and denied ${times(denied)}`,
    );
  }
  if (confirmed.length > 0) return made("yes", confirmed, `${term} is stated ${times(confirmed)}`);
  if (of("possible").length > 0)
    return made("possible", of("possible"), `${term} is called possible ${times(of("possible"))}, and never confirmed`);
  if (denied.length > 0) return made("no", denied, `${term} is denied ${times(denied)}, and never stated`);
  const hints = mentions.filter(({ how, label }) => how === "implied" && label === "confirmed");
  if (hints.length > 0) return made("hinted", hints, `${term} is not named, but ${hints[0].words} is`);
  if (of("family").length > 0) return made("family", of("family"), `${term} is stated of the family only`);
  if (of("planned").length > 0)
    return made("planned", of("planned"), `${term} is named only as something to screen for, prevent or plan`);
  return made(
    "notMentioned",
    [],
    `${term} is not mentioned in ${index.notes.length} ${index.notes.length === 1 ? "note" : "notes"}`,
  );
}

const times = (mentions: readonly Mention[]) => (mentions.length === 1 ? "once" : `${mentions.length} times`);
