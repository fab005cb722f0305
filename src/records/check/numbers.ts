/** Checks numbers according to their role: value, count, age, time, change or mean. */
import { nameOf, plural, whenOf } from "../compute/words.ts";
import { ageAt, compareDates, daysBetween, within } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import type { ClaimCheck } from "./check.ts";
import type { DateClaim, NameClaim, NumberClaim, Sentence } from "./read-claims.ts";
import { roleOf, withoutNames } from "./role.ts";
import { factsOf, subjectOf } from "./subject.ts";
import { checkValue, equalAsPrinted } from "./value.ts";

export function checkNumbers(
  record: HealthRecord,
  sentence: Sentence,
  subjects: readonly NameClaim[],
  today: string,
): ClaimCheck[] {
  const own = sentence.names.some(({ concepts }) => concepts.length > 0);
  const all = factsOf(subjects);
  const unnamed = withoutNames(sentence);
  return sentence.numbers.map((number) => {
    const near = own ? subjectOf(sentence, number) : subjects.flatMap(({ concepts }) => concepts);
    const place = { words: number.words, from: sentence.from + number.from, to: sentence.from + number.to };
    const made = (
      kind: ClaimCheck["kind"],
      verdict: ClaimCheck["verdict"],
      facts: readonly Fact[],
      message?: string,
    ): ClaimCheck => ({ kind, ...place, verdict, facts, ...(message === undefined ? {} : { message }) });
    const role = roleOf(unnamed, number);
    switch (role) {
      case "more":
        return made("number", "supported", []);
      case "count": {
        const counts = countsOf(
          near.flatMap(({ facts }) => facts),
          sentence,
          all,
        );
        if (counts.size === 0 || /above|below|over|under|greater|less|exceed/i.test(sentence.text))
          return made("number", "supported", []);
        if (counts.has(number.value)) return made("number", "supported", all.slice(0, 5));
        return made(
          "number",
          "contradicted",
          all.slice(0, 5),
          `the answer counts ${number.value}; the record has ${plural([...counts][0], "fact")} of ${nameOf(near[0]?.facts[0] ?? all[0])}`,
        );
      }
      case "age": {
        const { birthDate } = record.patient;
        if (birthDate === undefined)
          return made(
            "number",
            "unsupported",
            [],
            `the answer states an age of ${number.value}; the record states no birth date`,
          );
        const dates = [...sentence.dates.map(({ date }) => date), ...all.map(whenOf), today].filter(
          (each) => each !== undefined,
        );
        const ages = dates.map((date) => ageAt(birthDate, date)).filter((each) => each !== undefined);
        if (ages.some(({ min, max }) => number.value >= min && number.value <= max))
          return made("number", "supported", []);
        return made(
          "number",
          "contradicted",
          [],
          `the answer states an age of ${number.value}; by the birth date ${birthDate} it is ${ages[0]?.min ?? "none"}${sentence.dates[0] ? ` on ${sentence.dates[0].date}` : ""}`,
        );
      }
      case "days": {
        const days = /\bago\b/.test(sentence.text)
          ? all.map((fact) => daysBetween(whenOf(fact) ?? today, today))
          : pairsOf(all).map(([a, b]) => daysBetween(a, b));
        const unit = daysIn(sentence.text, number);
        if (
          days.some(
            (each) =>
              each !== undefined &&
              Math.abs(each.min) <= (number.value + (unit > 1 ? 1 : 0)) * unit &&
              Math.abs(each.max) >= (number.value - (unit > 1 ? 1 : 0)) * unit,
          )
        )
          return made("number", "supported", all.slice(0, 4));
        if (all.length === 0)
          return made("number", "unsupported", [], `the answer states ${number.words}; it names no fact of the record`);
        return made(
          "number",
          "contradicted",
          all.slice(0, 4),
          `the answer states an interval of ${number.words}; no two dates of ${nameOf(all[0])} are that far apart`,
        );
      }
      case "change": {
        const values = all.filter(({ value }) => typeof value === "number");
        const rose = /\b(?:rose|risen|rise|increas|gain)/i.test(sentence.text);
        const fell = /\b(?:fell|fall|fallen|decreas|dropp|declin|lost)/i.test(sentence.text);
        for (const a of values)
          for (const b of values) {
            const difference = (b.value as number) - (a.value as number);
            if (!equalAsPrinted(Math.abs(difference), number) || compareDates(whenOf(a), whenOf(b)) > 0) continue;
            if ((rose && !fell && difference < 0) || (fell && !rose && difference > 0)) continue;
            return made("number", "supported", [a, b]);
          }
        return made(
          "number",
          "contradicted",
          values.slice(-2),
          `the answer states a change of ${number.words}; no two results of ${values[0] ? nameOf(values[0]) : "the record"} differ by it`,
        );
      }
      case "mean": {
        const values = near
          .flatMap(({ facts }) => facts)
          .filter(
            ({ value, start }) =>
              typeof value === "number" &&
              (sentence.dates.length === 0 || start === undefined || inPeriod(start, sentence.dates)),
          );
        const mean = values.reduce((sum, { value }) => sum + (value as number), 0) / values.length;
        if (values.length > 0 && equalAsPrinted(mean, number)) return made("number", "supported", values.slice(0, 5));
        return made(
          "number",
          "contradicted",
          values.slice(0, 5),
          `the answer states a mean of ${number.words}; the mean of the record's results is ${values.length > 0 ? mean.toPrecision(5) : "not defined"}`,
        );
      }
      default:
        return checkValue(record, sentence, number, near, all, made);
    }
  });
}

function countsOf(facts: readonly Fact[], { dates }: Sentence, all: readonly Fact[]): Set<number> {
  const counts = new Set<number>();
  const add = (list: readonly Fact[]) => {
    const affirmed = list.filter(({ assertion }) => assertion === undefined || assertion === "confirmed");
    if (dates.length > 0)
      counts.add(affirmed.filter((fact) => whenOf(fact) !== undefined && inPeriod(whenOf(fact)!, dates)).length);
    counts.add(affirmed.length);
    // "The highest of 2015 was 7.1 on 2015-03-02, of 4 results": the year of a date is a likely period.
    for (const { date } of dates)
      counts.add(affirmed.filter((fact) => whenOf(fact)?.startsWith(date.slice(0, 4))).length);
    counts.add(affirmed.filter(({ value, kind }) => kind !== "observation" || value !== undefined).length);
  };
  if (facts.length > 0) add([...new Set(facts)]);
  if (all.length > 0 && all.length !== facts.length) add([...new Set(all)]);
  return counts;
}

function inPeriod(date: string, dates: readonly DateClaim[]): boolean {
  const [first, last] = [dates[0].date, dates[dates.length - 1].date];
  return within(date, first <= last ? { from: first, to: last } : { from: last, to: first }) === "in";
}

function pairsOf(facts: readonly Fact[]): [string, string][] {
  const dates = [
    ...new Set(
      facts.flatMap(({ start, end, recorded }) => [start ?? recorded, end]).filter((each) => each !== undefined),
    ),
  ];
  return dates.flatMap((a, i) => dates.slice(i).map((b): [string, string] => [a, b]));
}

function daysIn(text: string, { to }: NumberClaim): number {
  const word = /^\s*(day|week|month|year)/i.exec(text.slice(to))?.[1]?.toLowerCase();
  return { day: 1, week: 7, month: 30.44, year: 365.25 }[word ?? "day"]!;
}
