/** Checks the denials and affirmations of an answer. */
import { isActive } from "../compute/active.ts";
import { described } from "../compute/phrases.ts";
import { whenOf } from "../compute/words.ts";
import { within } from "../dates.ts";
import type { HealthRecord } from "../record.ts";
import type { ClaimCheck } from "./check.ts";
import type { Sentence } from "./read-claims.ts";

const ended =
  /\b(?:no longer|not (?:currently )?(?:active|taking|on)|is (?:inactive|resolved)|was (?:stopped|discontinued)|has (?:resolved|ended|stopped)|isn't (?:active|taking|on))\b/i;
const ongoing =
  /\b(?:is (?:still |currently )?(?:active|ongoing|taking|on|being treated with)|currently (?:has|takes|on|taking|active)|still (?:has|takes|active|on|taking)|remains active)\b/i;
/** Denials that concern a detail of a fact, not the fact itself. */
const aside =
  /\b(?:states? no (?:end|reason|dosage|birth|date)|no (?:end|reason|dosage|value)\b|does not say|above|below|over|under|greater|less than|exceed|only one|closest|neither)\b/i;

const noAllergies = /\b(?:no (?:known )?(?:drug |food )?allerg(?:y|ies)|nkd?a|not allergic to anything)\b(?! to)/i;

export function checkPolarity(record: HealthRecord, sentence: Sentence, today: string): ClaimCheck[] {
  const found: ClaimCheck[] = [];
  const { text, names, dates, from } = sentence;
  const none = noAllergies.exec(text);
  const allergies = record.facts.filter(
    ({ kind, assertion }) => kind === "allergy" && (assertion === undefined || assertion === "confirmed"),
  );
  if (none !== null && allergies.length > 0)
    found.push({
      kind: "polarity",
      words: none[0],
      from: from + none.index,
      to: from + none.index + none[0].length,
      verdict: "contradicted",
      facts: allergies,
      message: `the answer denies allergies; the record has ${described(allergies[0])}`,
    });
  const answersNo = /^\s*no\s*[:,.-]/i.test(text);
  for (const name of names) {
    if (name.concepts.length === 0) continue;
    const place = { kind: "polarity" as const, words: name.words, from: from + name.from, to: from + name.to };
    const all = name.concepts.flatMap(({ facts }) => facts);
    const period = dates.length === 0 ? undefined : { from: dates[0].date, to: dates[dates.length - 1].date };
    const facts =
      period === undefined
        ? all
        : all.filter((fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, period) !== "out");
    const affirmed = facts.filter(
      ({ assertion, kind }) => (assertion === undefined || assertion === "confirmed") && kind !== "goal",
    );
    const denied = facts.filter(({ assertion }) => assertion === "denied");
    if (ended.test(text)) {
      const active = affirmed.filter((fact) => isActive(fact, today).active);
      if (active.length > 0 && ["condition", "medication", "allergy"].includes(active[0].kind) && affirmed.length > 0)
        found.push({
          ...place,
          verdict: "contradicted",
          facts: active,
          message: `the answer says that ${name.words} is over; the record has ${described(active[0])}${active[0].status ? `, ${active[0].status}` : ""}`,
        });
    } else if (name.label === "denied" && !answersNo && !aside.test(text)) {
      // "Never smoker" is the value, not a denial.
      const statesDenial = affirmed.some(
        ({ value }) => typeof value === "string" && text.toLowerCase().includes(value.toLowerCase()),
      );
      if (affirmed.length > 0 && !statesDenial)
        found.push({
          ...place,
          verdict: "contradicted",
          facts: affirmed,
          message: `the answer denies ${name.words}; the record has ${described(affirmed[0])}`,
        });
    } else if (ongoing.test(text) && name.label === "confirmed" && !answersNo) {
      const running = affirmed.filter((fact) => isActive(fact, today).active);
      const last = affirmed[affirmed.length - 1];
      if (last !== undefined && running.length === 0 && ["condition", "medication", "allergy"].includes(last.kind))
        found.push({
          ...place,
          verdict: "contradicted",
          facts: [last],
          message: `the answer says that ${name.words} goes on; the record has ${described(last)}, ${last.status ?? (last.end ? `ended ${last.end}` : "over")}`,
        });
    } else if (name.label === "confirmed" && affirmed.length === 0 && denied.length > 0 && !answersNo) {
      found.push({
        ...place,
        verdict: "contradicted",
        facts: denied,
        message: `the answer affirms ${name.words}; the record denies it: ${described(denied[0])}`,
      });
    }
  }
  return found;
}
