/** Queries for one fact: the first, the latest, or the one before the latest. */
import type { Fact } from "../fact.ts";
import { dateOf, described, referenceWords } from "./phrases.ts";
import type { Answer, ComputeQuery, Make } from "./query.ts";
import { byMoment, dated, orderCautions, type Selection } from "./select.ts";
import { standingAnswer } from "./standing.ts";
import { dayWords, listWords, nameOf, unitWords, valueWords, whenOf } from "./words.ts";

/** An undated report with a single result of a test: it is both the first and the latest. */
function undatedAnswer(query: ComputeQuery, facts: readonly Fact[], make: Make): Answer {
  const [fact] = facts;
  const cautions = ["the record states no date for it"];
  if (new Set(facts.map((one) => `${nameOf(one)} ${valueWords(one) ?? ""}`)).size > 1)
    return make(
      `${listWords(facts.slice(0, 6).map((one) => described(one)))}: the source does not state which came first`,
      {
        facts,
        cautions,
      },
    );
  if (query.field === "range") return { ...standingAnswer(query, fact, facts, make), facts };
  return make(`${nameOf(fact)} was ${valueWords(fact) ?? "without a value"}${referenceWords(fact)}`, {
    value: fact.value,
    ...(unitWords(fact) ? { unit: unitWords(fact) } : {}),
    facts,
    cautions,
  });
}

export function oneAnswer(
  query: ComputeQuery,
  { facts, cautions, panel }: Selection,
  make: Make,
  none: () => Answer,
): Answer {
  const list =
    query.field === "date" || facts.some((fact) => whenOf(fact) !== undefined) ? dated(facts, cautions) : facts;
  if (list.length === 0) return none();
  if (list === facts && whenOf(facts[0]) === undefined) return undatedAnswer(query, facts, make);
  const groups = panel || query.op === "previous" ? byMoment(list) : undefined;
  let at: Fact;
  if (query.op === "first") at = list[0];
  else if (query.op === "latest") at = list[list.length - 1];
  else {
    if (groups!.length < 2) return make(`There is only one: ${described(list[0])}`, { facts: [list[0]] });
    at = groups![groups!.length - 2][0];
  }
  orderCautions(at, list, cautions);
  const same = list.filter((fact) => whenOf(fact) === whenOf(at));
  const field = query.field ?? (at.kind === "observation" ? "value" : "date");
  if (panel)
    return make(`${same.map((fact) => `${nameOf(fact)} ${valueWords(fact)}`).join(", ")} on ${dayWords(whenOf(at)!)}`, {
      value: same.map((fact) => valueWords(fact) ?? ""),
      facts: same,
      ...dateOf(at),
    });
  const differing = new Set(same.map((fact) => `${nameOf(fact)} ${valueWords(fact) ?? ""}`));
  if (field === "value" && differing.size > 1)
    cautions.push(`${differing.size} different results have this time: ${[...differing].join("; ")}`);
  const range = referenceWords(at);
  switch (field) {
    case "range":
      return standingAnswer(query, at, same, make);
    case "value": {
      const value = valueWords(at);
      if (value === undefined) return make(described(at), { value: nameOf(at), facts: same, ...dateOf(at) });
      return make(`${nameOf(at)} was ${value} on ${dayWords(whenOf(at)!)}${range}`, {
        value: at.value,
        ...(unitWords(at) ? { unit: unitWords(at) } : {}),
        facts: same,
        ...dateOf(at),
      });
    }
    case "date":
      return make(`${dayWords(whenOf(at)!)}: ${described(at, false)}`, {
        value: whenOf(at),
        facts: same,
        ...dateOf(at),
      });
    case "end":
      return at.end === undefined
        ? make(`${described(at)}; the record states no end`, { facts: [at] })
        : make(`${dayWords(at.end)}: the end of ${described(at)}`, { value: at.end, facts: [at], date: at.end });
    case "by":
      return at.by === undefined
        ? make(`${described(at)}; the record does not state by whom`, { facts: [at] })
        : make(`${at.by}: ${described(at)}`, { value: at.by, facts: [at], ...dateOf(at) });
    case "reason":
      return at.reason === undefined
        ? make(`${described(at)}; the record states no reason`, { facts: [at] })
        : make(`${listWords(at.reason)}: the reason for ${described(at)}`, {
            value: at.reason,
            facts: [at],
            ...dateOf(at),
          });
    case "dosage":
      return at.dosage === undefined
        ? make(`${described(at)}; the record states no dosage`, { facts: [at] })
        : make(`${nameOf(at)}: ${at.dosage}`, { value: at.dosage, facts: [at], ...dateOf(at) });
    default:
      return none();
  }
}
