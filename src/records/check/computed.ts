/** Compares an answer with the computed answer to its question. */
import type { Answer } from "../compute/query.ts";
import { baseName, ingredients, keyOf } from "../concepts/words.ts";
import { within } from "../dates.ts";
import { sameUnit, ucumOf } from "../printed-units.ts";
import { convert } from "../units.ts";
import type { ClaimCheck } from "./check.ts";
import type { NumberClaim, Sentence } from "./read-claims.ts";

export function checkAgainstComputed(
  text: string,
  sentences: readonly Sentence[],
  answers: readonly Answer[],
): ClaimCheck[] {
  const whole = { words: text.slice(0, 80), from: 0, to: text.length, kind: "answer" as const };
  return answers.flatMap((answer): ClaimCheck[] => {
    if (answer.value === undefined) return [];
    const wrong = (message: string): ClaimCheck[] => [
      {
        ...whole,
        verdict: "contradicted",
        facts: answer.facts.slice(0, 5),
        message: `the answer ${message}; computed from the record: ${answer.text}`,
      },
    ];
    const fine: ClaimCheck[] = [{ ...whole, verdict: "supported", facts: answer.facts.slice(0, 5) }];
    const numbers = sentences.flatMap((sentence) => sentence.numbers);
    const dates = sentences.flatMap((sentence) => sentence.dates);
    const { value, query } = answer;
    if (typeof value === "boolean") {
      const polarity = polarityOf(text, sentences);
      return polarity === undefined ? [] : polarity === value ? fine : wrong(`says ${polarity ? "yes" : "no"}`);
    }
    if (typeof value === "number") {
      if (!numbers.some((number) => agrees(value, answer.unit, number))) {
        if (value === 0 && /\b(?:no|none|never|zero|not)\b/i.test(text)) return fine;
        return numbers.length === 0 ? [] : wrong(`does not state ${value}`);
      }
      if (
        answer.date !== undefined &&
        dates.length > 0 &&
        !dates.some(({ date }) => within(answer.date!, { from: date, to: date }) === "in")
      )
        return wrong(`gives the date ${dates[0].words}`);
      return fine;
    }
    if (typeof value === "string") {
      if (/^\d{4}(-|$)/.test(value)) {
        if (dates.length === 0) return [];
        return dates.some(({ date }) => within(value, { from: date, to: date }) === "in")
          ? fine
          : wrong(`gives the date ${dates[0].words}`);
      }
      if (query.op === "trend") return trendSaid(text, value) === false ? wrong("gives another direction") : fine;
      if (!mentions(text, value)) return wrong(`does not name ${value}`);
      return fine;
    }
    const missing = value.filter((each) => !mentions(text, each));
    if (missing.length > 0 && query.field === "reason" && missing.length < value.length) return fine;
    if (missing.length > 0) return value.length > 12 ? [] : wrong(`does not name ${missing.slice(0, 3).join(", ")}`);
    if (query.op === "list" && query.kind !== undefined) {
      const listed = new Set(value.map(keyOf));
      const extra = sentences
        .flatMap(({ names }) => names)
        .filter(
          ({ concepts, label }) =>
            label === "confirmed" &&
            concepts.length > 0 &&
            concepts.every(
              ({ kind, codes }) => kind === query.kind && !codes.some(({ display }) => listed.has(keyOf(display))),
            ),
        );
      if (extra.length > 0) return wrong(`also names ${extra[0].words}`);
    }
    if (value.length === 0 && !/\b(?:no|none|nothing|not|never)\b/i.test(text)) return wrong("names something");
    return fine;
  });
}

/** Yes or no, by the first word or by whether the named thing is denied. */
function polarityOf(text: string, sentences: readonly Sentence[]): boolean | undefined {
  const first = /^\W*(yes|no|never|none|there is no|there are no|the record states no|nothing)\b/i
    .exec(text)?.[1]
    ?.toLowerCase();
  if (first !== undefined) return first === "yes";
  const labels = sentences.flatMap(({ names, text: words }) =>
    names.filter(({ concepts }) => concepts.length > 0 || !/\bno\b|\bnot\b/.test(words)).map(({ label }) => label),
  );
  if (
    /\b(?:does not|did not|has not|is not|was not|has never|was never|no longer|never|no record|no evidence|not (?:been|taking|on|had|have))\b/i.test(
      text,
    )
  )
    return false;
  if (labels.length === 0) return undefined;
  return labels.some((label) => label === "confirmed");
}

function agrees(value: number, unit: string | undefined, number: NumberClaim): boolean {
  const close = (a: number) =>
    Math.abs(Math.abs(a) - Math.abs(number.value)) <=
    Math.min(0.5 * 10 ** -number.decimals, Math.abs(a) * 0.05) + Math.abs(a) * 1e-9;
  if (number.unit === undefined || unit === undefined || unit === "a" || unit === "d" || sameUnit(unit, number.unit))
    return close(value);
  const from = ucumOf(unit);
  const to = ucumOf(number.unit);
  if (from === undefined || to === undefined) return false;
  const converted = convert(value, from, to);
  return converted !== undefined && close(converted);
}

/** Whether a text contains a name: its display, its base name, or a drug's ingredients. */
function mentions(text: string, name: string): boolean {
  const key = ` ${keyOf(text)} `;
  const has = (words: string) => words !== "" && key.includes(` ${words} `);
  return has(keyOf(name)) || has(baseName(name)) || (ingredients(name).length > 0 && ingredients(name).every(has));
}

function trendSaid(text: string, direction: string): boolean | undefined {
  const words = text.replace(/rising (?:n?or|and) falling|neither[^.]*/gi, "mixed");
  const falling = /\b(?:falling|fell|fallen|decreas|declin|dropp|going down|lower)/i.test(words);
  const rising = /\b(?:rising|rose|risen|increas|going up|higher)/i.test(words);
  if (!falling && !rising) return undefined;
  if (falling && rising) return undefined;
  if (direction === "mixed" || direction === "unchanged") return false;
  return (direction === "falling") === falling;
}
