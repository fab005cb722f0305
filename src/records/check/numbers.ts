/** Checks numbers with their units and dates. */
import { dayWords, nameOf, plural, unitWords, valueWords, whenOf } from "../compute/words.ts";
import type { Concept } from "../concepts/resolve.ts";
import { ageAt, compareDates, daysBetween, within } from "../dates.ts";
import type { Fact } from "../fact.ts";
import type { HealthRecord } from "../record.ts";
import { convert, sameUnit, ucumOf } from "../units.ts";
import type { ClaimCheck } from "./check.ts";
import type { DateClaim, NameClaim, NumberClaim, Sentence } from "./read-claims.ts";

const factsOf = (subjects: readonly NameClaim[]): Fact[] => [
  ...new Set(subjects.flatMap(({ concepts }) => concepts.flatMap(({ facts }) => facts))),
];

/** The name right behind a number ("80 mmHg diastolic"), else the closest before it, else the closest behind. */
function subjectOf({ names, text }: Sentence, { from, to, unit }: NumberClaim): readonly Concept[] {
  const behind = names.find((name) => name.from >= to && name.concepts.length > 0);
  if (
    behind !== undefined &&
    text
      .slice(to, behind.from)
      .replace(unit ?? "", "")
      .trim() === ""
  )
    return behind.concepts;
  return subjectAt(names, from);
}

function subjectAt(names: readonly NameClaim[], at: number): readonly Concept[] {
  const before = names.filter(({ to, concepts }) => to <= at && concepts.length > 0);
  if (before.length > 0) return before[before.length - 1].concepts;
  return names.find(({ from, concepts }) => from >= at && concepts.length > 0)?.concepts ?? [];
}

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
          return made("number", "unsupported", [], `the answer states ${number.words}; it names nothing of the record`);
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
            if (!near2(Math.abs(difference), number) || compareDates(whenOf(a), whenOf(b)) > 0) continue;
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
        if (values.length > 0 && near2(mean, number)) return made("number", "supported", values.slice(0, 5));
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

type Make = (
  kind: ClaimCheck["kind"],
  verdict: ClaimCheck["verdict"],
  facts: readonly Fact[],
  message?: string,
) => ClaimCheck;

function checkValue(
  record: HealthRecord,
  sentence: Sentence,
  number: NumberClaim,
  near: readonly Concept[],
  all: readonly Fact[],
  made: Make,
): ClaimCheck {
  const facts = near.flatMap((concept) => concept.facts);
  const numeric = facts.filter(({ value }) => typeof value === "number");
  // Bounds that the question or a guideline gives, and reference ranges.
  if (
    /(?:above|below|over|under|greater than|less than|higher than|lower than|exceed\w*)\s*$/i.test(
      sentence.text.slice(0, number.from),
    )
  )
    return made("number", "supported", []);
  if (
    facts.some(({ low, high }) => low === number.value || high === number.value) &&
    /reference|range|normal/i.test(sentence.text)
  )
    return made("number", "supported", facts.slice(-1));
  const date = dateFor(sentence, number);
  const matching = numeric.filter((fact) => valueMatches(fact, number));
  if (matching.length > 0) {
    if (date === undefined) return made("number", "supported", matching);
    const dated = matching.filter(
      (fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, { from: date.date, to: date.date }) !== "out",
    );
    if (dated.length > 0) return made("number", "supported", dated);
    const there = numeric.filter(
      (fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, { from: date.date, to: date.date }) === "in",
    );
    return made(
      "date",
      "contradicted",
      [...matching, ...there],
      `the answer puts ${nameOf(matching[0])} ${number.words} on ${date.words}; the record has it on ${whenOf(matching[0]) ? dayWords(whenOf(matching[0])!) : "no date"}${there[0] ? ` and ${valueWords(there[0])} on ${date.words}` : ""}`,
    );
  }
  const byNumber = numeric.filter((fact) => near2(fact.value as number, number));
  if (byNumber.length > 0 && number.unit !== undefined)
    return made(
      "unit",
      "contradicted",
      byNumber,
      `the answer gives ${nameOf(byNumber[0])} in ${number.unit}; the record has ${valueWords(byNumber[0])}`,
    );
  // "No record of X 50 mg": the number is of the name that is not there.
  if (/^\s*no\b|\bno record\b|\bnothing in\b|\bdoes not (?:mention|name|state)\b|\bstates? no\b/i.test(sentence.text))
    return made("number", "supported", []);
  // A number may stand inside text: a dose, a detail, a text result, a unit of the patient's.
  if (inTexts([...facts, ...all], number, record)) return made("number", "supported", facts.slice(0, 1));
  if (numeric.length > 0) {
    const there =
      date === undefined
        ? undefined
        : numeric.find(
            (fact) => whenOf(fact) !== undefined && within(whenOf(fact)!, { from: date.date, to: date.date }) === "in",
          );
    const shown = there ?? numeric[numeric.length - 1];
    return made(
      "number",
      "contradicted",
      [shown],
      `the answer states ${nameOf(shown)} ${number.words}; the record has ${valueWords(shown)}${whenOf(shown) ? ` on ${dayWords(whenOf(shown)!)}` : ""}`,
    );
  }
  return made(
    "number",
    "unsupported",
    [],
    `the answer states ${number.words}; the record has no such number for what the sentence names`,
  );
}

export function valueMatches(fact: Fact, number: NumberClaim): boolean {
  if (typeof fact.value !== "number") return false;
  if (number.unit === undefined) return near2(fact.value, number);
  const own = unitWords(fact);
  if (sameUnit(own, number.unit) || sameUnit(fact.unit, number.unit)) return near2(fact.value, number);
  const from = fact.unit ?? (own === undefined ? undefined : ucumOf(own));
  const to = ucumOf(number.unit);
  const converted = from === undefined || to === undefined ? undefined : convert(fact.value, from, to);
  // Words that happen to stand behind the number are no units.
  if (to === undefined && !/[/%\d]/.test(number.unit) && own !== undefined && number.unit.length > 6)
    return near2(fact.value, number);
  return converted !== undefined && near2(converted, number);
}

/** Equal after rounding to the digits printed; rounding by more than 5 % (1.4 to 1) is another number. */
function near2(value: number, { value: stated, decimals }: NumberClaim): boolean {
  return Math.abs(value - stated) <= Math.min(0.5 * 10 ** -decimals, Math.abs(value) * 0.05) + Math.abs(value) * 1e-9;
}

/** The date a number belongs to: the next one behind it before another number, else the one before it. */
function dateFor({ dates, numbers, text }: Sentence, number: NumberClaim): DateClaim | undefined {
  const next = dates.find(({ from }) => from >= number.to);
  const nextNumber = numbers.find(({ from }) => from > number.from);
  if (
    next !== undefined &&
    (nextNumber === undefined || next.from < nextNumber.from) &&
    !/\bafter\b|\bbefore\b|\bsince\b|\bcompared\b/i.test(text.slice(number.to, next.from))
  )
    return next;
  const before = dates.filter(({ to }) => to <= number.from).pop();
  const lastNumber = numbers.filter(({ from }) => from < number.from).pop();
  if (before === undefined || (lastNumber !== undefined && lastNumber.from > before.to))
    return before !== undefined && lastNumber === undefined ? before : undefined;
  // A date that already belongs to the number before it.
  return lastNumber !== undefined && lastNumber.to <= before.from ? undefined : before;
}

/** The sentence with its names blanked: "platelet mean volume" is no mean, "white cell count" no count. */
function withoutNames({ text, names }: Sentence): string {
  let plain = text;
  for (const { from, to } of names) plain = plain.slice(0, from) + "#".repeat(to - from) + plain.slice(to);
  return plain;
}

type Role = "more" | "count" | "age" | "days" | "change" | "mean" | "value";

function roleOf(text: string, { from, to, unit }: NumberClaim): Role {
  const behind = text.slice(to, to + 40);
  const lead = text.slice(0, from);
  // "and 2 more" counts what the answer leaves out.
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

function inTexts(facts: readonly Fact[], number: NumberClaim, { patient }: HealthRecord): boolean {
  const digits = String(number.value);
  const pattern = new RegExp(`(?<![\\d.])${digits.replace(".", "\\.")}(?![\\d.]*\\d)`);
  return (
    facts.some(({ dosage, detail, value, text, code, reason, printedRange }) =>
      [
        dosage,
        text,
        printedRange,
        code?.display,
        typeof value === "string" ? value : undefined,
        ...(detail ?? []),
        ...(reason ?? []),
      ].some((each) => each !== undefined && pattern.test(each)),
    ) || pattern.test(patient.id)
  );
}

/** Dates that stand with a name and no number: the record must have one of its facts then. */
export function checkDates(
  record: HealthRecord,
  sentence: Sentence,
  subjects: readonly NameClaim[],
  today: string,
): ClaimCheck[] {
  const facts = factsOf(subjects);
  return sentence.dates.map((claim) => {
    const place = {
      kind: "date" as const,
      words: claim.words,
      from: sentence.from + claim.from,
      to: sentence.from + claim.to,
    };
    const period = { from: claim.date, to: claim.date };
    const hit = (date: string | undefined) => date !== undefined && within(date, period) !== "out";
    const matching = facts.filter((fact) => hit(fact.start) || hit(fact.end) || hit(fact.recorded));
    if (matching.length > 0) {
      // The name right before the date is the one it belongs to, when it has facts of its own.
      const own = subjectAt(sentence.names, claim.from).flatMap((concept) => concept.facts);
      const spans = /\b(?:from|to)\s*$/i.test(sentence.text.slice(0, claim.from));
      if (own.length === 0 || spans || own.some((fact) => matching.includes(fact)))
        return { ...place, verdict: "supported" as const, facts: matching };
    }
    if (
      hit(today) ||
      hit(record.patient.birthDate) ||
      (typeof record.patient.deceased === "string" && hit(record.patient.deceased))
    )
      return { ...place, verdict: "supported" as const, facts: [] };
    // A period the answer repeats from the question, or the bounds of "no such result in 2014".
    if (
      /\b(?:in|from|to|between|since|until|before|after|during)\s*$/i.test(sentence.text.slice(0, claim.from)) &&
      claim.date.length < 10 &&
      matching.length === 0 &&
      /\bno\b|\bnot\b|\bnone\b|^\s*0\b/i.test(sentence.text)
    )
      return { ...place, verdict: "supported" as const, facts: [] };
    if (
      /\b(?:from|to|between|since|until|before|after)\s*$/i.test(sentence.text.slice(0, claim.from)) &&
      /\bno\b|\bnot\b|\bnone\b/i.test(sentence.text)
    )
      return { ...place, verdict: "supported" as const, facts: [] };
    if (facts.length === 0) {
      const any = record.facts.filter((fact) => hit(fact.start) || hit(fact.end));
      if (any.length > 0) return { ...place, verdict: "supported" as const, facts: any.slice(0, 3) };
      return {
        ...place,
        verdict: "unsupported" as const,
        facts: [],
        message: `the answer states ${claim.words}; the record has nothing of that date`,
      };
    }
    const nearest = facts.filter((fact) => whenOf(fact) !== undefined);
    const shown = nearest[nearest.length - 1];
    return {
      ...place,
      verdict: "contradicted" as const,
      facts: nearest.slice(-3),
      message: `the answer puts ${shown ? nameOf(shown) : nameOf(facts[0])} on ${claim.words}; the record has ${
        nearest
          .slice(-3)
          .map((fact) => dayWords(whenOf(fact)!))
          .join(", ") || "no date for it"
      }`,
    };
  });
}
