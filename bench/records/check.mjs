/** The check of answers: correct answers in several wordings, and the same with one error. */
import { answerFromRecord, checkAnswer } from "../../dist/records/index.js";
import { load, today } from "./answers.mjs";
import { seeded, share } from "./statistics.mjs";

const foreignUnits = {
  "mg/dL": "mmol/L",
  "mmol/L": "mg/dL",
  "g/dL": "mmol/L",
  "%": "mg/dL",
  kg: "lb",
  cm: "mm",
  "kg/m2": "kg",
  "mm[Hg]": "kPa",
  "10*3/uL": "g/dL",
  "10*6/uL": "g/dL",
  fL: "pg",
  pg: "fL",
  "mg/g": "g/g",
  Cel: "[degF]",
};
const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export function rows({ data, log, bundles }) {
  const charts = load(data, bundles);
  if (charts.length === 0) return [];
  const random = seeded(77);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const counts = { caught: 0, corrupted: 0, caughtAlone: 0, alarms: 0, alarmsAlone: 0, correct: 0 };
  const byKind = {};
  const names = (key, record) =>
    [...new Set(charts.flatMap(({ raw }) => raw[key].map(({ name }) => name)))].filter(
      (name) => !record.facts.some(({ code }) => code?.display === name),
    );
  const people = [...new Set(charts.flatMap(({ raw }) => raw.medications.map(({ by }) => by)))].filter(Boolean);

  for (const { record, questions } of charts)
    for (const question of questions) {
      const computed = answerFromRecord(record, question.question, { today });
      const statement = state(question, pick, question.gold);
      const correctStatements = [statement, random() < 0.3 ? computed?.text : undefined].filter(
        (each) => each !== undefined,
      );
      for (const text of correctStatements) {
        counts.correct++;
        const check = checkAnswer(record, text, { question: question.question, today });
        if (check.verdict !== "supported") {
          counts.alarms++;
          log(`false alarm (${question.kind}): ${question.question} | ${text} | ${check.cautions[0]}`);
        }
        if (checkAnswer(record, text, { today }).verdict !== "supported") {
          counts.alarmsAlone++;
        }
      }
      const wrong = corrupt(question, { pick, random, record, names, people });
      if (wrong === undefined) continue;
      counts.corrupted++;
      byKind[wrong.kind] ??= { caught: 0, n: 0 };
      byKind[wrong.kind].n++;
      if (checkAnswer(record, wrong.text, { question: question.question, today }).verdict !== "supported") {
        counts.caught++;
        byKind[wrong.kind].caught++;
      } else
        log(
          `missed (${question.kind}, ${wrong.kind}): ${question.question} | right: ${statement} | wrong: ${wrong.text}`,
        );
      if (checkAnswer(record, wrong.text, { today }).verdict !== "supported") counts.caughtAlone++;
    }
  const kinds = Object.entries(byKind)
    .map(([name, { caught, n }]) => `${name} ${caught}/${n}`)
    .join(", ");
  return [
    share("check-caught", counts.caught, counts.corrupted, `answers with one change: ${kinds}`),
    share("check-false-alarms", counts.alarms, counts.correct, "correct answers that were not marked supported"),
    share(
      "check-caught-without-question",
      counts.caughtAlone,
      counts.corrupted,
      "the check does not receive the question",
    ),
    share("check-false-alarms-without-question", counts.alarmsAlone, counts.correct),
  ];
}

/** Rounded, but not below two significant digits. */
const number = (value, digits) => {
  const rounded = Number(value.toFixed(digits));
  return String(Math.abs(value) < 10 ** (1 - digits) ? Number(value.toPrecision(2)) : rounded);
};
const english = (date) => `${months[Number(date.slice(5, 7)) - 1]} ${Number(date.slice(8, 10))}, ${date.slice(0, 4)}`;

/** A correct answer in a wording other than Polyclinic's. */
function state(
  { kind, question, about: c, facts },
  pick,
  gold,
  digits = pick([1, 2]),
  dateIn = pick([(date) => date, english]),
) {
  const year = /\b(?:19|20)\d{2}\b/.exec(question)?.[0];
  const { value } = gold;
  switch (gold.type) {
    case "value": {
      const shown =
        typeof value === "number" ? `${number(value, digits)}${gold.unit === "%" ? "%" : ` ${gold.unit}`}` : value;
      return pick([
        `The ${c} was ${shown} on ${dateIn(gold.date)}.`,
        `On ${dateIn(gold.date)} the ${c} was ${shown}.`,
        `${shown} (${c}, ${gold.date})`,
      ]);
    }
    case "number":
      if (kind === "age") return `The patient is ${value} years old.`;
      if (kind.startsWith("age at"))
        return pick([`The patient was ${value} years old when ${c} was first recorded.`, `At the age of ${value}.`]);
      if (kind.startsWith("interval"))
        return pick([`${value} days passed between the two ${c} measurements.`, `${value} days.`]);
      if (kind.endsWith("duration")) return pick([`${c} lasted ${value} days.`, `It lasted ${value} days.`]);
      if (kind === "change") return `${c} changed by ${number(Math.abs(value), 2)}.`;
      if (kind === "mean") return `The mean ${c} is ${number(value, digits)}.`;
      if (kind.startsWith("maximum") || kind.startsWith("minimum"))
        return pick([
          `The ${kind.slice(0, 7)} ${c} was ${number(value, digits)}.`,
          `It was ${number(value, digits)} on ${dateIn(facts[0].start.slice(0, 10))}.`,
        ]);
      if (kind === "encounters in year") return `There were ${value} encounters in ${year}.`;
      if (kind === "count above") return `${value} results of ${c} were above that.`;
      return year !== undefined && kind.endsWith("in year")
        ? `${c} was recorded ${value} times in ${year}.`
        : pick([`${c} was recorded ${value} times.`, `${value} times.`]);
    case "date":
      return c === ""
        ? `The date is ${dateIn(value)}.`
        : pick([`The date of the ${c} was ${dateIn(value)}.`, `${dateIn(value)}`, `${c} on ${dateIn(value)}.`]);
    case "truth":
      return value
        ? pick([`Yes, the record has ${c}.`, "Yes."])
        : pick([`No, the record does not mention ${c}.`, "No."]);
    case "set":
      return value.length === 0 ? "The record lists none." : `The record lists ${value.join("; ")}.`;
    default:
      return kind === "trend" ? `The ${c} is ${value}.` : `${c} was prescribed by ${value}.`;
  }
}

/** The same statement with one error; undefined if nothing can be changed. */
function corrupt(question, { pick, random, record, names, people }) {
  const { gold, kind, about, facts } = question;
  const again = (changed, other = question) => state(other, pick, changed);
  const otherNumber = (value) => {
    if (Number.isInteger(value)) return value + pick([-3, -2, -1, 1, 2, 5].filter((step) => value + step >= 0));
    const changed = value * (1 + pick([-1, 1]) * (0.06 + random() * 0.6));
    return Math.abs(changed - value) < 0.3 ? value + pick([-1, 1]) * (0.6 + random() * 3) : changed;
  };
  const otherDate = (date) => {
    const at = new Date(`${date}T00:00:00Z`);
    at.setUTCDate(at.getUTCDate() + pick([-1, 1]) * pick([1, 9, 31, 365, 731]));
    return at.toISOString().slice(0, 10);
  };
  const kindOf = {
    condition: "conditions",
    medication: "medications",
    immunization: "immunizations",
    procedure: "procedures",
  };
  switch (gold.type) {
    case "value": {
      const way = pick(["number", "date", "unit", "name"]);
      if (typeof gold.value !== "number" || way === "date")
        return { kind: "date", text: state(question, pick, { ...gold, date: otherDate(gold.date) }) };
      if (way === "unit" && foreignUnits[gold.unit])
        return { kind: "unit", text: again({ ...gold, unit: foreignUnits[gold.unit] }) };
      if (way === "name") {
        const others = [
          ...new Set(
            record.facts
              .filter(
                ({ kind: each, code, value, start }) =>
                  each === "observation" &&
                  typeof value === "number" &&
                  code.display !== facts[0].name &&
                  Math.abs(value - gold.value) > 1 &&
                  start,
              )
              .map(({ code }) => code.display),
          ),
        ].filter((name) => !related(name, about));
        if (others.length > 0) return { kind: "name", text: again(gold, { ...question, about: pick(others) }) };
      }
      return { kind: "number", text: again({ ...gold, value: otherNumber(gold.value) }) };
    }
    case "number":
      return {
        kind: "number",
        text: again({
          ...gold,
          value: kind === "change" ? Math.abs(otherNumber(gold.value)) + 0.8 : otherNumber(gold.value),
        }),
      };
    case "date":
      return { kind: "date", text: again({ ...gold, value: otherDate(gold.value) }) };
    case "truth":
      return { kind: "polarity", text: again({ ...gold, value: !gold.value }) };
    case "set": {
      const key =
        kindOf[facts[0]?.id.split("/")[0].replace("MedicationRequest", "medication").toLowerCase()] ?? "conditions";
      const foreign = names(key, record);
      if (gold.value.length === 0) return { kind: "name", text: `The record lists ${pick(foreign)}.` };
      const changed = [...gold.value];
      changed[Math.floor(random() * changed.length)] = pick(foreign);
      return { kind: "name", text: again({ ...gold, value: changed }) };
    }
    default:
      if (kind === "trend")
        return {
          kind: "trend",
          text: again({
            ...gold,
            value:
              gold.value === "falling" ? "rising" : gold.value === "rising" ? "falling" : pick(["falling", "rising"]),
          }),
        };
      return { kind: "person", text: again({ ...gold, value: pick(people.filter((name) => name !== gold.value)) }) };
  }
}

/** Names that mean the same test to a reader. */
const related = (a, b) => {
  const words = (text) =>
    new Set(
      text
        .toLowerCase()
        .split(/[^a-z]+/)
        .filter((word) => word.length > 3),
    );
  return [...words(a)].some((word) => words(b).has(word));
};
