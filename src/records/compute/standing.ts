/** Classifies results by the reference range that the source states for each; no other ranges are ever applied. */
import { groupNamed } from "../concepts/groups.ts";
import type { Fact } from "../fact.ts";
import { dateOf, described, inPeriod, limits, referenceWords } from "./phrases.ts";
import type { Answer, ComputeQuery, Make } from "./query.ts";
import { beyond } from "./select.ts";
import { dayWords, nameOf, plural, valueWords, whenOf } from "./words.ts";

export type Standing = "below" | "within" | "above" | "outside";

/**
 * By the printed range, otherwise by the source's flag. Undefined if neither decides: no range and no flag, or a bound (`<5`) that may be on either
 * side. `differs` is set if range and flag contradict each other; the range counts.
 */
export function standingOf(fact: Fact): { standing: Standing; differs?: boolean } | undefined {
  const flagged = byFlag(fact.flag);
  const ranged = byRange(fact);
  if (ranged === undefined) return flagged && { standing: flagged };
  const agrees = flagged === undefined || flagged === ranged || (flagged === "outside" && ranged !== "within");
  return { standing: ranged, ...(!agrees && { differs: true }) };
}

function byRange({
  value,
  comparator,
  low = -Infinity,
  high = Infinity,
  printedRange = "",
}: Fact): Standing | undefined {
  if (typeof value !== "number" || (low === -Infinity && high === Infinity)) return undefined;
  // A range printed as `<5` excludes 5; `<=5` and "up to 5" include it.
  if (comparator === undefined && value === high && /^[([]?\s*<(?!\s*=)/.test(printedRange)) return "above";
  if (comparator === undefined && value === low && /^[([]?\s*>(?!\s*=)/.test(printedRange)) return "below";
  // A bound is an interval that contains the value; with `<` and `>` its end is excluded.
  const from = comparator?.startsWith("<") ? -Infinity : value;
  const to = comparator?.startsWith(">") ? Infinity : value;
  if (to < low || (to === low && comparator === "<")) return "below";
  if (from > high || (from === high && comparator === ">")) return "above";
  return from >= low && to <= high ? "within" : undefined;
}

function byFlag(printed: string | undefined): Standing | undefined {
  if (printed === undefined) return undefined;
  // `H*`, `(L)`: the marks around a flag indicate importance, not direction.
  const flag = printed.replace(/[()[\]*!]/g, "") || "A";
  if (/^(?:L|LL|LU|<)$/i.test(flag)) return "below";
  if (/^(?:H|HH|HU|>)$/i.test(flag)) return "above";
  if (/^(?:A|AA|abn|abnormal|critical|panic)$/i.test(flag)) return "outside";
  return /^N$/i.test(flag) ? "within" : undefined;
}

const sideWords: Readonly<Record<Standing, string>> = {
  below: "Below its reference range",
  above: "Above its reference range",
  outside: "Flagged as abnormal",
  within: "Within its reference range",
};

/** One result and its position; a result without a range states that, and gives no value. */
export function standingAnswer(query: ComputeQuery, fact: Fact, same: readonly Fact[], make: Make): Answer {
  if (query.above !== undefined || query.below !== undefined) {
    const cautions: string[] = [];
    const isBeyond = beyond([fact], query, cautions).length > 0;
    const sure = cautions.length === 0;
    return make(`${sure ? (isBeyond ? "Yes" : "No") : "Not certain"}: ${described(fact)}, asked${limits(query)}`, {
      ...(sure ? { value: isBeyond } : {}),
      facts: same,
      ...dateOf(fact),
      cautions,
    });
  }
  const judged = standingOf(fact);
  const found = `${nameOf(fact)} was ${valueWords(fact) ?? "without a value"}${onDay(fact)}${referenceWords(fact)}`;
  if (judged === undefined)
    return make(`${found}; the record states no usable reference range for it`, { facts: same, ...dateOf(fact) });
  return make(`${sideWords[judged.standing]}: ${found}`, {
    value: judged.standing,
    facts: same,
    ...dateOf(fact),
    ...(judged.differs && { cautions: [contradiction(fact)] }),
  });
}

/**
 * The latest result of every test (of a group: of its tests) that is outside its range, on one side or either, or their
 * number; and how many could not be judged.
 */
export function outsideAnswer(query: ComputeQuery, facts: readonly Fact[], make: Make): Answer {
  const group = query.concept === undefined ? undefined : groupNamed(query.concept);
  if (group !== undefined && facts.length === 0)
    return make(`The record states no ${group.title}${inPeriod(query)}, which here means ${group.members.join(", ")}`);
  const latest = [...new Map(facts.map((fact) => [nameOf(fact), fact])).values()];
  const judged = latest.map((fact) => ({ fact, ...standingOf(fact) }));
  const isRequested = (standing: Standing | undefined) =>
    standing !== undefined && standing !== "within" && (query.outside === "range" || query.outside === standing);
  const found = judged.filter(({ standing }) => isRequested(standing));
  const unjudged = judged.filter(({ standing }) => standing === undefined);
  const side = query.outside === "range" ? "outside" : query.outside;
  const rest = [
    `${judged.length - unjudged.length} of ${plural(judged.length, "test")} have a range or flag`,
    ...(group ? [`${group.title} here means ${group.members.join(", ")}, where the record has them`] : []),
    ...(unjudged.length > 0 ? [`not judged: ${someNames(unjudged.map(({ fact }) => nameOf(fact)))}`] : []),
  ].join("; ");
  const text =
    found.length === 0
      ? `${query.op === "count" ? "0: no" : "No"} latest result${group ? ` of the ${group.title}` : ""} is ${side} its reference range${inPeriod(query)} (${rest})`
      : `${query.op === "count" ? `${found.length}: ` : ""}${found.map(({ fact }) => `${described(fact)}${referenceWords(fact)}`).join("; ")} (${rest})`;
  return make(text, {
    value: query.op === "count" ? found.length : found.map(({ fact }) => nameOf(fact)),
    facts: (found.length > 0 || group === undefined ? found : judged).map(({ fact }) => fact),
    cautions: judged.filter(({ differs }) => differs).map(({ fact }) => contradiction(fact)),
  });
}

const contradiction = (fact: Fact) =>
  `${described(fact)}: its flag ${fact.flag} and its reference range contradict each other`;

const onDay = (fact: Fact) => {
  const when = whenOf(fact);
  return when === undefined ? "" : ` on ${dayWords(when)}`;
};

const someNames = (names: readonly string[]) =>
  `${names.slice(0, 6).join(", ")}${names.length > 6 ? ` and ${names.length - 6} more` : ""}`;
