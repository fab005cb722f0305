/** The role of a number in a sentence: value, count, age, time, change, mean. */
import type { NumberClaim, Sentence } from "./read-claims.ts";

/**
 * The sentence with its names blanked, because "platelet mean volume" is not a mean and "white cell count" not a count.
 */
export function withoutNames({ text, names }: Sentence): string {
  let plain = text;
  for (const { from, to } of names) plain = plain.slice(0, from) + "#".repeat(to - from) + plain.slice(to);
  return plain;
}

export type Role = "more" | "count" | "age" | "days" | "change" | "mean" | "value";

export function roleOf(text: string, { from, to, unit }: NumberClaim): Role {
  const behind = text.slice(to, to + 40);
  const lead = text.slice(0, from);
  // "and 2 more" counts what the answer omits.
  if (/^\s*more\b/.test(behind)) return "more";
  if (
    /^\s*(?:years? old|-year-old|yo\b|y\/o|years? of age)/i.test(behind) ||
    /\b(?:aged?|at age|age of|age:?)\s*$/i.test(lead)
  )
    return "age";
  if (/^\s*(?:days?|weeks?|months?)\b/i.test(behind)) return "days";
  if (/^\s*years?\b(?! old)/i.test(behind)) return /\bage\b|\bold\b/i.test(text) ? "age" : "days";
  if (
    unit === undefined &&
    (/^\s*(?:times?|results?|readings?|tests?|measurements?|values?|prescriptions?|episodes?|visits?|encounters?|doses?|records?|immuni[sz]ations?|vaccinations?|diagnoses|procedures?|facts?)\b/i.test(
      behind,
    ) ||
      /\b(?:count|number|total)[^.]{0,40}\b(?:is|was|of|:)\s*$/i.test(lead) ||
      (/^\s*$/.test(lead) && /^\s*:/.test(behind)))
  )
    return "count";
  if (
    /\b(?:rose|fell|rise|fall|risen|fallen|increased?|decreased?|dropped|changed?|difference|declined?|gained|lost)\b[^.]{0,12}\b(?:by|of|was|is)\s*$/i.test(
      lead,
    )
  )
    return "change";
  if (/\b(?:mean|average)\b/i.test(lead)) return "mean";
  return "value";
}
