/**
 * Questions of 42 kinds over a raw bundle, each with its gold value, date and the facts it needs. Names are the coded display, or what people
 * say instead; wording is drawn from several ways to ask. Nothing of Polyclinic is used here.
 * Over 300 lines because each of the 42 kinds has its own wordings and computes its own gold value.
 */
import { byTime, day } from "./raw.mjs";

/** What people call Synthea's tests. */
const spoken = {
  "718-7": ["haemoglobin", "hemoglobin", "Hb", "Hgb"],
  "4548-4": ["HbA1c", "A1c", "hemoglobin A1c"],
  "2339-0": ["glucose", "blood sugar", "blood glucose"],
  "6299-2": ["BUN", "urea nitrogen"],
  "38483-4": ["creatinine", "serum creatinine"],
  "49765-1": ["calcium"],
  "2947-0": ["sodium", "Na"],
  "6298-4": ["potassium", "K"],
  "2069-3": ["chloride"],
  "20565-8": ["CO2", "carbon dioxide"],
  "33914-3": ["eGFR", "GFR"],
  "2093-3": ["total cholesterol", "cholesterol"],
  "2571-8": ["triglycerides"],
  "18262-6": ["LDL", "LDL cholesterol"],
  "2085-9": ["HDL", "HDL cholesterol"],
  "29463-7": ["weight", "body weight"],
  "8302-2": ["height", "body height"],
  "39156-5": ["BMI", "body mass index"],
  "8480-6": ["systolic blood pressure", "systolic BP"],
  "8462-4": ["diastolic blood pressure", "diastolic BP"],
  "777-3": ["platelets", "platelet count"],
  "787-2": ["MCV"],
  "786-4": ["MCHC"],
  "72514-3": ["pain score"],
};
const conditionNames = {
  "Anemia (disorder)": ["anaemia", "anemia"],
  Hypertension: ["hypertension", "high blood pressure", "HTN"],
  Diabetes: ["diabetes"],
};

/** @param {ReturnType<typeof import("./raw.mjs").readBundles>} bundles @param {number} at @param {() => number} random */
export function questionsOf(bundles, at, random, today) {
  const { raw } = bundles[at];
  const pick = (list) => list[Math.floor(random() * list.length)];
  const questions = [];
  /** The current subject of the generated questions, as worded. */
  let about = "";
  const ask = (kind, wordings, gold, facts) =>
    questions.push({
      kind,
      question: pick(wordings),
      gold,
      about,
      facts: facts.map(({ id, start, value, end }) => ({ id, start, value, end })),
    });
  const P = () => pick(["the patient", "this patient", "the patient"]);
  const years = (from, to) => {
    const [a, b] = [new Date(day(from)), new Date(day(to))];
    const late =
      b.getUTCMonth() < a.getUTCMonth() || (b.getUTCMonth() === a.getUTCMonth() && b.getUTCDate() < a.getUTCDate());
    return b.getUTCFullYear() - a.getUTCFullYear() - (late ? 1 : 0);
  };
  const days = (from, to) => Math.round((Date.parse(day(to)) - Date.parse(day(from))) / 86_400_000);
  const group = (list) => {
    const groups = new Map();
    for (const each of byTime(list)) groups.set(each.code, [...(groups.get(each.code) ?? []), each]);
    return [...groups.values()];
  };

  for (const series of group(raw.results)) {
    const numeric = typeof series[0].value === "number";
    const c = spoken[series[0].code] && random() < 0.7 ? pick(spoken[series[0].code]) : series[0].name;
    about = c;
    const last = series[series.length - 1];
    const first = series[0];
    const value = ({ value: number, unit, start }) => ({ type: "value", value: number, unit, date: day(start) });
    ask(
      "latest value",
      [
        `What was the last ${c}?`,
        `What is the patient's most recent ${c}?`,
        `What was the latest ${c} result?`,
        `What is ${P()}'s current ${c}?`,
      ],
      value(last),
      [last],
    );
    ask(
      "first value",
      [`What was the first ${c}?`, `What was the patient's earliest ${c} measurement?`],
      value(first),
      [first],
    );
    ask(
      "date of latest",
      [`When was the last ${c} measured?`, `When was ${c} last checked?`, `What was the date of the most recent ${c}?`],
      { type: "date", value: day(last.start) },
      [last],
    );
    ask(
      "count",
      [
        `How many ${c} results are there?`,
        `How many times was ${c} measured?`,
        `How many ${c} measurements does the patient have?`,
      ],
      { type: "number", value: series.length },
      series,
    );
    const year = pick(series).start.slice(0, 4);
    const inYear = series.filter(({ start }) => start.startsWith(year));
    ask(
      "count in year",
      [`How many ${c} results are there in ${year}?`, `How many times was ${c} measured in ${year}?`],
      { type: "number", value: inYear.length },
      inYear,
    );
    if (!numeric) continue;
    // Two results at the same time have no previous one and no interval.
    if (series.length > 1 && series[series.length - 2].start !== last.start) {
      const previous = series[series.length - 2];
      ask("previous value", [`What was the previous ${c}?`, `What was the second to last ${c}?`], value(previous), [
        previous,
        last,
      ]);
      ask(
        "interval of last two",
        [
          `How many days passed between the last two ${c} measurements?`,
          `How many days are there between the last two ${c} results?`,
        ],
        { type: "number", value: days(previous.start, last.start) },
        [previous, last],
      );
      ask(
        "interval of first and last",
        [`How many days passed between the first and the last ${c} measurement?`],
        { type: "number", value: days(first.start, last.start) },
        [first, last],
      );
      ask(
        "change",
        [
          `How much has ${c} changed?`,
          `By how much did ${c} change from first to last?`,
          `What is the change in ${c}?`,
        ],
        { type: "number", value: last.value - first.value },
        [first, last],
      );
      const three = series.slice(-3).map((each) => each.value);
      const end = three[three.length - 1];
      const trend = three.every((each) => each === end)
        ? "unchanged"
        : end < three[three.length - 2] && end < three[0]
          ? "falling"
          : end > three[three.length - 2] && end > three[0]
            ? "rising"
            : "mixed";
      ask(
        "trend",
        [
          `Is the ${c} rising or falling?`,
          `What is the trend of ${c}?`,
          `Is ${c} falling?`,
          `Has the ${c} been increasing?`,
        ],
        { type: "word", value: trend },
        series.slice(-3),
      );
    }
    const values = series.map((each) => each.value);
    const max = series.find((each) => each.value === Math.max(...values));
    const min = series.find((each) => each.value === Math.min(...values));
    ask(
      "maximum",
      [`What was the highest ${c}?`, `What was the patient's maximum ${c}?`, `What is the peak ${c}?`],
      { type: "number", value: max.value },
      [max],
    );
    ask(
      "minimum",
      [`What was the lowest ${c}?`, `What was the minimum ${c} ever recorded?`],
      { type: "number", value: min.value },
      [min],
    );
    if (values.filter((each) => each === max.value).length === 1)
      ask(
        "date of maximum",
        [`When was the highest ${c} measured?`, `When was ${c} at its highest?`],
        { type: "date", value: day(max.start) },
        [max],
      );
    ask(
      "mean",
      [`What was the average ${c}?`, `What is the mean ${c}?`],
      { type: "number", value: values.reduce((a, b) => a + b) / values.length },
      series,
    );
    const topOfYear = inYear.reduce((a, b) => (b.value > a.value ? b : a));
    ask(
      "maximum in year",
      [`What was the highest ${c} in ${year}?`, `What was the maximum ${c} during ${year}?`],
      { type: "number", value: topOfYear.value },
      [topOfYear],
    );
    const some = pick(series);
    if (series.filter(({ start }) => day(start) === day(some.start)).length === 1)
      ask(
        "value on date",
        [`What was the ${c} on ${day(some.start)}?`, `What was ${c} on ${englishDate(some.start)}?`],
        value(some),
        [some],
      );
    if (series.length > 2) {
      const cut = series[series.length - 1];
      const before = series.filter(({ start }) => day(start) < day(cut.start));
      if (before.length > 0)
        ask(
          "latest before date",
          [`What was the last ${c} before ${day(cut.start)}?`],
          value(before[before.length - 1]),
          [before[before.length - 1]],
        );
    }
    const bound = Number(((Math.max(...values) + Math.min(...values)) / 2).toPrecision(3));
    const above = series.filter((each) => each.value > bound);
    ask(
      "ever above",
      [`Was the ${c} ever above ${bound} ${first.unit}?`, `Has ${c} ever been over ${bound}?`],
      { type: "truth", value: above.length > 0 },
      above,
    );
    ask(
      "count above",
      [`How many ${c} results were above ${bound}?`, `How many times was ${c} above ${bound} ${first.unit}?`],
      { type: "number", value: above.length },
      above,
    );
    const visit =
      byTime(raw.encounters)
        .filter(({ name }) => name === last.visit)
        .pop() ?? byTime(raw.encounters.filter(({ start }) => day(start) === day(last.start))).pop();
    if (visit !== undefined) {
      const visits = byTime(raw.encounters.filter(({ name }) => name === visit.name));
      const that = visits[visits.length - 1];
      const then = series.filter(({ start }) => day(start) === day(that.start));
      if (then.length === 1)
        ask("value at encounter", [`What was the ${c} at the last ${visit.name}?`], value(then[0]), [then[0], that]);
    }
  }

  const others = (key) =>
    bundles.flatMap((bundle, index) => (index === at ? [] : bundle.raw[key].map(({ name }) => name)));
  const absent = (key) => {
    const own = raw[key].map(({ name }) => name.toLowerCase());
    const words = new Set(own.flatMap((name) => name.split(/[^a-z]+/)));
    const free = [...new Set(others(key))].filter(
      (name) =>
        name
          .toLowerCase()
          .split(/[^a-z]+/)
          .some((word) => word.length > 4 && !words.has(word)) && !own.includes(name.toLowerCase()),
    );
    return free.length === 0 ? undefined : pick(free);
  };
  const plain = (name) => name.replace(/ \((?:disorder|finding|procedure|situation)\)$/, "");

  for (const series of group(raw.conditions)) {
    const { name } = series[0];
    const c = conditionNames[name] ? pick(conditionNames[name]) : random() < 0.5 ? plain(name) : name;
    about = c;
    const last = series[series.length - 1];
    const first = series[0];
    ask(
      "condition ever",
      [
        `Has the patient ever had ${c}?`,
        `Was ${P()} ever diagnosed with ${c}?`,
        `Does the patient have a history of ${c}?`,
      ],
      { type: "truth", value: true },
      [first],
    );
    ask(
      "condition active",
      [`Does the patient currently have ${c}?`, `Is the patient's ${c} still active?`, `Is ${c} active?`],
      { type: "truth", value: series.some(({ active }) => active) },
      [last],
    );
    ask(
      "condition first date",
      [`When was ${c} first diagnosed?`, `When was the patient first diagnosed with ${c}?`],
      { type: "date", value: day(first.start) },
      [first],
    );
    ask(
      "condition last date",
      [`When was ${c} last diagnosed?`, `When was the patient most recently diagnosed with ${c}?`],
      { type: "date", value: day(last.start) },
      [last],
    );
    ask(
      "condition count",
      [`How many times was the patient diagnosed with ${c}?`, `How many episodes of ${c} are there?`],
      { type: "number", value: series.length },
      series,
    );
    if (first.start >= raw.birthDate)
      ask(
        "age at condition",
        [`How old was the patient when ${c} was first diagnosed?`, `At what age was the patient diagnosed with ${c}?`],
        { type: "number", value: years(raw.birthDate, first.start) },
        [first],
      );
    if (last.end !== undefined) {
      ask(
        "condition end",
        [`When did the last ${c} resolve?`, `When did the ${c} end?`],
        { type: "date", value: day(last.end) },
        [last],
      );
      ask(
        "condition duration",
        [`How many days did the last ${c} last?`, `How long did the ${c} last?`],
        { type: "number", value: days(last.start, last.end) },
        [last],
      );
    }
    const year = pick([last.start.slice(0, 4), String(Number(last.start.slice(0, 4)) - 3)]);
    const inYear = series.filter(({ start }) => start.startsWith(year));
    ask(
      "condition in year",
      [`Was the patient diagnosed with ${c} in ${year}?`],
      { type: "truth", value: inYear.length > 0 },
      inYear,
    );
    const gone = absent("conditions");
    about = gone === undefined ? "" : plain(gone);
    if (gone !== undefined)
      ask(
        "condition never",
        [`Has the patient ever had ${plain(gone)}?`, `Was the patient ever diagnosed with ${plain(gone)}?`],
        { type: "truth", value: false },
        [],
      );
  }
  about = "";
  const active = raw.conditions.filter((each) => each.active);
  ask(
    "active conditions",
    [
      "What are the patient's active conditions?",
      "Which conditions does the patient currently have?",
      "What active problems does the patient have?",
    ],
    { type: "set", value: [...new Set(active.map(({ name }) => name))] },
    active,
  );

  for (const series of group(raw.medications)) {
    const { name } = series[0];
    const ingredient = name
      .split(" ")
      .find((word) => /^[A-Za-z]{5,}$/.test(word) && !/^(?:tablet|capsule|extended)$/i.test(word));
    const alone = raw.medications.filter((each) => each.name.toLowerCase().includes(ingredient.toLowerCase()));
    const byName = random() < 0.5;
    const c = byName ? name : ingredient.toLowerCase();
    about = c;
    const expected = byTime(byName ? series : alone);
    const first = expected[0];
    const last = expected[expected.length - 1];
    ask(
      "medication ever",
      [`Has the patient ever been prescribed ${c}?`, `Was the patient ever given ${c}?`, `Has the patient taken ${c}?`],
      { type: "truth", value: true },
      [first],
    );
    ask(
      "medication active",
      [`Is the patient currently taking ${c}?`, `Is the patient on ${c}?`, `Does the patient take ${c}?`],
      { type: "truth", value: expected.some((each) => each.active) },
      expected,
    );
    ask(
      "medication first date",
      [`When was ${c} first prescribed?`, `When was the patient first prescribed ${c}?`],
      { type: "date", value: day(first.start) },
      [first],
    );
    ask(
      "medication count",
      [`How many ${c} prescriptions are there?`, `How many times was ${c} prescribed?`],
      { type: "number", value: expected.length },
      expected,
    );
    ask("prescriber", [`Who prescribed ${c}?`, `Who ordered the ${c}?`], { type: "word", value: last.by }, [last]);
    if (first.start >= raw.birthDate)
      ask(
        "age at medication",
        [`How old was the patient when ${c} was first prescribed?`],
        { type: "number", value: years(raw.birthDate, first.start) },
        [first],
      );
    if (last.reasons.length > 0) {
      ask(
        "reason",
        [`What was ${c} prescribed for?`, `Why was ${c} prescribed?`],
        { type: "set", value: [...new Set(last.reasons)] },
        [last],
      );
      const reason = last.reasons[0];
      const all = raw.medications.filter(({ reasons }) => reasons.includes(reason));
      ask(
        "medications for condition",
        [
          `Which medications were prescribed for ${plain(reason)}?`,
          `What medication was given to treat ${plain(reason)}?`,
        ],
        { type: "set", value: [...new Set(all.map((each) => each.name))] },
        all,
      );
    }
    const gone = absent("medications");
    about = gone;
    if (gone !== undefined)
      ask(
        "medication never",
        [`Has the patient ever been prescribed ${gone}?`, `Has the patient ever taken ${gone}?`],
        { type: "truth", value: false },
        [],
      );
  }
  about = "";
  const running = raw.medications.filter((each) => each.active);
  ask(
    "current medications",
    [
      "What medications is the patient taking?",
      "Which medications is the patient currently on?",
      "List the patient's current medications.",
    ],
    { type: "set", value: [...new Set(running.map(({ name }) => name))] },
    running,
  );

  for (const series of group(raw.immunizations)) {
    const { name } = series[0];
    about = name;
    const last = series[series.length - 1];
    ask(
      "immunization date",
      [`When was the last ${name} vaccine given?`, `When did the patient last receive ${name}?`],
      { type: "date", value: day(last.start) },
      [last],
    );
    ask(
      "immunization count",
      [`How many times did the patient receive ${name}?`, `How many ${name} vaccinations are there?`],
      { type: "number", value: series.length },
      series,
    );
    const year = pick([last.start.slice(0, 4), String(Number(last.start.slice(0, 4)) - 4)]);
    const inYear = series.filter(({ start }) => start.startsWith(year));
    ask(
      "immunization in year",
      [
        `Did the patient receive the ${name} vaccine in ${year}?`,
        `Was the patient vaccinated with ${name} in ${year}?`,
      ],
      { type: "truth", value: inYear.length > 0 },
      inYear,
    );
  }
  for (const series of group(raw.procedures)) {
    const c = random() < 0.5 ? plain(series[0].name) : series[0].name;
    about = c;
    const last = series[series.length - 1];
    ask(
      "procedure ever",
      [`Has the patient ever undergone ${c}?`, `Has the patient ever had ${c}?`],
      { type: "truth", value: true },
      [last],
    );
    ask(
      "procedure date",
      [`When did the patient last undergo ${c}?`, `When was ${c} last performed?`],
      { type: "date", value: day(last.start) },
      [last],
    );
    ask("procedure count", [`How many times was ${c} performed?`], { type: "number", value: series.length }, series);
  }
  about = "";
  for (const year of [...new Set(raw.encounters.map(({ start }) => start.slice(0, 4)))].slice(-4)) {
    const list = raw.encounters.filter(({ start }) => start.startsWith(year));
    ask(
      "encounters in year",
      [`How many encounters did the patient have in ${year}?`, `How many visits were there in ${year}?`],
      { type: "number", value: list.length },
      list,
    );
  }
  const visits = byTime(raw.encounters);
  ask(
    "last encounter",
    ["When was the last visit?", "When was the patient last seen?", "When was the patient's most recent encounter?"],
    { type: "date", value: day(visits[visits.length - 1].start) },
    [visits[visits.length - 1]],
  );
  ask(
    "allergies",
    ["What is the patient allergic to?", "What allergies does the patient have?", "List the patient's allergies."],
    { type: "set", value: [...new Set(raw.allergies.map(({ name }) => name))] },
    raw.allergies,
  );
  ask(
    "age",
    ["How old is the patient?", "What is the patient's age?"],
    { type: "number", value: years(raw.birthDate, today) },
    [],
  );
  ask(
    "birth date",
    ["When was the patient born?", "What is the patient's date of birth?"],
    { type: "date", value: raw.birthDate },
    [],
  );
  return questions;
}

function englishDate(date) {
  const at = new Date(`${day(date)}T00:00:00Z`);
  return at.toLocaleDateString("en-US", { timeZone: "UTC", year: "numeric", month: "long", day: "numeric" });
}

/** Whether Polyclinic's answer has the reference value (and date). */
export function isRight({ gold }, answer) {
  if (answer === undefined) return false;
  const { value, date } = answer;
  switch (gold.type) {
    case "value":
      return (
        (typeof gold.value === "number"
          ? Math.abs(value - gold.value) < 1e-9 * Math.max(1, Math.abs(gold.value)) && answer.unit === gold.unit
          : value === gold.value) && day(date) === gold.date
      );
    case "number":
      return typeof value === "number" && Math.abs(value - gold.value) <= 1e-9 * Math.max(1, Math.abs(gold.value));
    case "date":
      return typeof value === "string" && day(value) === gold.value;
    case "set":
      return (
        Array.isArray(value) && value.length === gold.value.length && gold.value.every((each) => value.includes(each))
      );
    default:
      return value === gold.value;
  }
}
