import { expect, test } from "vitest";
import { assertionOf } from "./assertion.ts";
import { classify, labelOf } from "./classifier.ts";
import { ChartIndex, decideFromNotes, findMentions, searchNotes } from "./index.ts";

const label = (sentence: string, word: string, heading?: string) => {
  const from = sentence.indexOf(word);
  return assertionOf(sentence, from, from + word.length, heading);
};

test.each([
  ["She was diagnosed with asthma in 2009.", "asthma", "confirmed"],
  ["Denies fever, chills, or chest pain.", "chest pain", "denied"],
  ["No evidence of pneumonia.", "pneumonia", "denied"],
  ["No fever, but has a known history of asthma.", "asthma", "confirmed"],
  ["Pneumonia was ruled out.", "Pneumonia", "denied"],
  ["Rule out pneumonia.", "pneumonia", "possible"],
  ["Cannot exclude pulmonary embolism.", "pulmonary embolism", "possible"],
  ["Mother had breast cancer; patient has diabetes.", "breast cancer", "family"],
  ["Mother had breast cancer; patient has diabetes.", "diabetes", "confirmed"],
  ["No family history of colon cancer.", "colon cancer", "denied"],
  ["Return if you have signs of stroke.", "stroke", "planned"],
  ["I do not think he has asthma.", "asthma", "denied"],
  ["Nothing to suggest pneumonia.", "pneumonia", "denied"],
  ["Pneumonia - nil.", "Pneumonia", "denied"],
  ["It is possible that he has asthma.", "asthma", "possible"],
  ["Potentially pneumonia or a side effect.", "pneumonia", "possible"],
  ["Two of his children have asthma.", "asthma", "family"],
  ["You don't have pneumonia.", "pneumonia", "denied"],
  ["[ ] Hypertension [x] Diabetes", "Hypertension", "denied"],
  ["[ ] Hypertension [x] Diabetes", "Diabetes", "confirmed"],
  ["Without complication of the known diabetes.", "diabetes", "confirmed"],
])("%s -> %s is %s", (sentence, word, expected) => {
  expect(label(sentence, word)).toBe(expected);
});

test.each([
  ["Gout has never been a problem for him.", "Gout", "denied"],
  ["Her stepfather battles gout.", "gout", "family"],
  ["One has to think about gout here.", "gout", "possible"],
  ["Cherries keep gout away.", "gout", "planned"],
  ["He lives with gout.", "gout", "confirmed"],
  ["[ ] Gout", "Gout", "denied"],
])("a wording that no cue word names: %s -> %s is %s", (sentence, word, expected) => {
  const from = sentence.indexOf(word);
  expect(labelOf(sentence, from, from + word.length)).toBe(expected);
});

test("the network's probabilities add up to one, also of an empty line and of unknown words", () => {
  for (const sentence of ["gout", "xqzv gout zzyx", `${"very ".repeat(400)}gout`]) {
    const from = sentence.indexOf("gout");
    const sum = [...classify(sentence, from, from + 4).values()].reduce((total, one) => total + one, 0);
    expect(sum).toBeCloseTo(1, 5);
  }
});

test("a heading decides where the sentence does not", () => {
  expect(label("Diabetes, hypertension.", "Diabetes", "Family History")).toBe("family");
});

const notes = [
  { id: "a", title: "Visit", date: "2020-01-01", text: "PMH: HTN, well controlled.\nNo chest pain." },
  {
    id: "b",
    title: "Visit",
    date: "2021-01-01",
    text: "Family History: father with Hypertenson.\nTakes metformin 500 mg.",
  },
  { id: "c", title: "Visit", date: "2022-01-01", text: "Hypotension after dialysis. ms smith asks about ms." },
];
const index = new ChartIndex(notes);

test("abbreviations, slips and drugs are found, other words are not", () => {
  expect(
    findMentions(index, "hypertension").map(({ note, words, how, label: said }) => [note, words, how, said]),
  ).toEqual([
    ["a", "HTN", "synonym", "confirmed"],
    ["b", "Hypertenson", "spelling", "family"],
  ]);
  expect(findMentions(index, "diabetes").map(({ words, how }) => [words, how])).toEqual([["metformin", "implied"]]);
  expect(findMentions(index, "multiple sclerosis")).toEqual([]);
});

test("names with a genitive or an article are found as they are written", () => {
  const text = "Mild shortness of breath. Known Parkinson\u2019s disease and Crohn's disease. Blood in the stool.";
  const chart = new ChartIndex([{ id: "n", title: "Note", text }]);
  for (const name of ["shortness of breath", "Parkinson's disease", "Crohn's disease", "blood in the stool"])
    expect(
      findMentions(chart, name).filter(({ how }) => how === "name"),
      name,
    ).toHaveLength(1);
});

test("a mention's span is its place in the note", () => {
  const [mention] = findMentions(index, "hypertension");
  expect(notes[0].text.slice(mention.from, mention.to)).toBe("HTN");
});

test("the conclusion follows from the labels", () => {
  expect(decideFromNotes(index, "hypertension")).toMatchObject({ conclusion: "yes" });
  expect(decideFromNotes(index, "chest pain")).toMatchObject({ conclusion: "no" });
  expect(decideFromNotes(index, "diabetes")).toMatchObject({ conclusion: "hinted" });
  expect(decideFromNotes(index, "gout")).toMatchObject({
    conclusion: "notMentioned",
    text: "gout is not mentioned in 3 notes",
  });
});

test("a search finds passages by synonym and near spelling", () => {
  expect(
    searchNotes(index, "high blood pressure")
      .slice(0, 2)
      .map(({ note }) => note),
  ).toContain("a");
  expect(searchNotes(index, "hypertension").map(({ note }) => note)).toEqual(expect.arrayContaining(["a", "b"]));
});

test("a name within a longer one is one mention, with the label of the longer", () => {
  const index = new ChartIndex([{ id: "a", title: "Note", text: "CT negative for congestive heart failure." }]);
  for (const term of ["congestive heart failure", "heart failure"])
    expect(findMentions(index, term).map(({ words, label }) => [words, label])).toEqual([
      ["congestive heart failure", "denied"],
    ]);
});
