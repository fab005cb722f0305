import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { processorSeconds } from "../../../../test/support/processor-time.ts";
import { summaryFields } from "../summary.ts";
import { clausesOf, clean } from "./clauses.ts";
import { summariseDialogue } from "./index.ts";
import { isDialogue, turnsOf } from "./turns.ts";

const visit = readFileSync(new URL("../../../../samples/visit.txt", import.meta.url), "utf8");
const textsOf = (said: string) => {
  const { fields } = summariseDialogue(said);
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, lines]) => lines.length > 0)
      .map(([field, lines]) => [field, lines.map(({ text }) => text)]),
  );
};

test("the twelve fields of a transcript, each line from one turn", () => {
  const summary = summariseDialogue(visit, { name: "visit.txt" });
  expect(Object.keys(summary.fields)).toEqual(summaryFields.map(([field]) => field));
  expect(textsOf(visit)).toEqual({
    patient: ["Mary, 67 years old, woman."],
    seenBy: ["You saw Dr. Okafor."],
    cameInFor: ['You said: "I\'ve been so tired for the last six weeks, and I get short of breath on the stairs."'],
    newIssues: ["I think you have an anemia from low iron."],
    otherIssues: ["High blood pressure.", "Prediabetes."],
    accomplished: ["Your heart sounds normal, and your lungs are clear."],
    numbers: [
      "Your blood pressure is 128 over 80, which is good.",
      "Your hemoglobin is 10.4, and it was 11.3 in August.",
      "Your ferritin is low at 8.",
    ],
    medicationChanges: [
      "I want you to stop taking the naproxen, because it can cause bleeding.",
      "Let's start you on ferrous sulfate 325 mg every other day.",
    ],
    otherMedications: ["Continue the lisinopril 10 mg every morning."],
    nextSteps: ["I'm going to order a colonoscopy within two weeks. And we'll repeat the blood count in four weeks."],
    seekAttention: ["If you see black stools or you feel faint, go to the emergency room."],
    otherComments: ['You said: "I\'m allergic to penicillin."', "Make sure you take the iron with orange juice."],
  });
  expect(summary.readability.grade).toBeLessThan(6);
  expect(summary.speakers).toEqual([
    { name: "Doctor", role: "clinician", turns: 9 },
    { name: "Patient", role: "patient", turns: 9 },
  ]);
});

test("a medicine that the patient takes is among the others unless exactly that one is stopped", () => {
  const taken = (told: string, takes = "I take naproxen for my knees.") =>
    textsOf(`Doctor: What do you take?\nPatient: ${takes}\nDoctor: ${told}\nPatient: Okay.`).otherMedications;
  expect(taken("I want you to stop taking the naproxen.")).toBeUndefined();
  for (const told of [
    "I want you to stop taking the aspirin.",
    "I don't want you to stop taking the naproxen.",
    "I want you to stop taking the naproxen two days before the surgery.",
    "If it hurts, I want you to stop taking the naproxen.",
  ])
    expect(taken(told), told).toEqual(['You said: "I take naproxen for my knees."']);
  expect(taken("I want you to stop taking the naproxen.", "I take naproxen and lisinopril.")).toEqual([
    'You said: "I take naproxen and lisinopril."',
  ]);
});

test("every number stands in the turn that the line cites", () => {
  const { fields, turns } = summariseDialogue(visit, { name: "visit.txt" });
  const lines = Object.values(fields).flat();
  expect(lines.filter(({ text }) => /\d/.test(text)).length).toBeGreaterThan(5);
  for (const { text, passage, turn } of lines) {
    expect(turn).toBeLessThanOrEqual(turns);
    const source = visit.slice(passage!.from, passage!.to);
    for (const number of text.match(/\d+(?:\.\d+)?/g) ?? []) expect(source).toMatch(new RegExp(`\\b${number}\\b`));
  }
});

test("what is asked, denied or said to a device is no problem of the patient", () => {
  expect(
    textsOf(`[doctor] any history of asthma ? do you have diabetes ?
[patient] no .
[doctor] hey , dragon ? show me the chest x-ray . so you do n't have pneumonia , okay ?
[patient] good .
[doctor] do you take metformin 500 milligrams ?`),
  ).toEqual({ otherComments: ["You don't have pneumonia."] });
});

test("speech without punctuation is cut where another statement begins", () => {
  const said =
    "[doctor] okay so i do think this is most likely gout looking at your toe i want to start you on colchicine point six milligrams twice a day i will see you in two weeks\n[patient] okay\n[doctor] bye";
  expect(textsOf(said)).toEqual({
    newIssues: ["I do think this is most likely gout looking at your toe."],
    medicationChanges: ["I want to start you on colchicine point six mg twice a day."],
    nextSteps: ["I will see you in two weeks."],
  });
});

test.each([
  ["um , so i , i think it 's wh- what we call your , your gout , okay ?", "I think it's what we call your gout"],
  ["i do n't wan na take twenty twenty milligrams", "I don't want to take twenty twenty milligrams"],
  ["right knee pain", "right knee pain"],
  ["right , so the pain is on the right", "the pain is on the right"],
  ["take 20 , 20 times", "take 20, 20 times"],
])("%s is written %s", (said, written) => expect(clean(said)).toBe(written));

test("a clause's characters are its place in the transcript; numbers and titles do not end it", () => {
  const text = "Doctor: Your A1c is 7.4. Dr. Smith agrees.";
  const clauses = clausesOf(text, { number: 1, speaker: "Doctor", role: "clinician", from: 8, to: text.length });
  expect(clauses.map(({ from, to }) => text.slice(from, to))).toEqual(["Your A1c is 7.4.", "Dr. Smith agrees."]);
});

test.each([
  ["[00:12] **Dr. Lee:** Hello.\n00:15 Pt: Hi.\nMore.\n00:20 **Dr. Lee:** Bye.", ["clinician", "patient", "clinician"]],
  [
    "Nurse: Hello.\nMother: He has a fever.\nPatient: I'm hot.\nNurse: Okay.",
    ["clinician", "other", "patient", "clinician"],
  ],
])("speakers are told by their labels", (text, roles) => {
  expect(turnsOf(text).map(({ role }) => role)).toEqual(roles);
});

test("who the clinician is must be clear, or said", () => {
  const text = "Speaker 1: What brings you in?\nSpeaker 2: My back hurts a lot today.\nSpeaker 1: Okay.";
  expect(() => turnsOf(text)).toThrow(/not clear which speaker is the clinician .*found Speaker 1, Speaker 2/);
  expect(() => turnsOf(text, { clinician: "Speaker 3" })).toThrow(/no speaker is called Speaker 3/);
  expect(turnsOf(text, { clinician: "speaker 1" }).map(({ role }) => role)).toEqual([
    "clinician",
    "patient",
    "clinician",
  ]);
});

test.each([
  "Plan: stop naproxen.\nHistory: tired for six weeks.",
  "She came for a check-up.\nAll is well.",
  "Doctor: Hello.\nDoctor: Hello?",
  "",
])("a note is no transcript: %j", (text) => {
  expect(isDialogue(text)).toBe(false);
  expect(() => turnsOf(text, { where: "note.txt" })).toThrow(/^(?:.*)not a transcript of a consultation/);
});

test("a sentence without an end, and a word without one, take no time", () => {
  for (const said of ["your blood pressure is 120 over 80 and ".repeat(3000), "a".repeat(100_000)]) {
    const before = processorSeconds();
    summariseDialogue(`Doctor: ${said}\nPatient: Yes.\nDoctor: Bye.`);
    expect(processorSeconds() - before).toBeLessThan(5);
  }
});

test("a number that is corrected stands with its correction; another person's drugs are not the patient's", () => {
  const said = [
    "Doctor: Your blood pressure is 120 over 80. Actually no, it is 150 over 95.",
    "Patient: Okay.",
    "Doctor: Your mother takes aspirin 81 milligrams. My other patient takes warfarin 5 milligrams. Continue lisinopril 10 milligrams.",
  ].join("\n");
  expect(textsOf(said)).toEqual({
    numbers: ["Your blood pressure is 120 over 80.", "Actually no, it is 150 over 95."],
    otherMedications: ["Continue lisinopril 10 mg."],
  });
});

test("a transcript of many different lines takes time in proportion", () => {
  const turns = Array.from(
    { length: 1500 },
    (_, i) => `Doctor: Your glucose is ${i}. Start drug${i} ${i} milligrams.\nPatient: I have pain in knee ${i}.`,
  );
  const before = processorSeconds();
  const { fields } = summariseDialogue(turns.join("\n"));
  expect(processorSeconds() - before).toBeLessThan(4);
  expect(fields.numbers).toHaveLength(1500);
});

test("control characters of a transcript are blanks, told in a warning, and never part of a line", () => {
  const coloured =
    "\u001b[1mDoctor:\u001b[0m Your blood\u0007 pressure is \u001b[31m128 over 80\u001b[0m.\n\u001b[1mPatient:\u001b[0m Okay.\nDoctor: Bye.\n";
  const { fields, warnings, text } = summariseDialogue(coloured);
  expect(fields.numbers.map((line) => line.text)).toEqual(["Your blood pressure is 128 over 80."]);
  const { from, to } = fields.numbers[0].passage!;
  expect(coloured.slice(from, to)).toContain("Your blood\u0007 pressure is \u001b[31m128 over 80");
  expect(text).not.toMatch(/\p{Cc}(?<!\n)/u);
  expect(warnings).toEqual([
    "control characters were read as blanks: 6 ESC sequences (U+001B, as of a terminal), 1 U+0007; compare the lines with the transcript",
  ]);
  expect(summariseDialogue(visit).warnings).toEqual([]);
});

test("a text too long for one consultation is refused before it is read", () => {
  expect(() => summariseDialogue(`Doctor: Hello.\nPatient: Yes.\n${"Doctor: Well.\n".repeat(80_000)}`)).toThrow(
    /too long for the transcript of one consultation.*1000000 characters/,
  );
});

test("prohibitions stay, what was taken back goes, and other people's results are left out", () => {
  const said = (...turns: string[]) => textsOf(`Doctor: Hello.\nPatient: Hello.\n${turns.join("\n")}`);
  expect(said("Doctor: Do not double the insulin.", "Patient: Okay.").medicationChanges).toEqual([
    "Do not double the insulin.",
  ]);
  expect(said("Patient: Should I take ibuprofen for it?", "Doctor: No.").medicationChanges).toEqual([
    'You asked: "Should I take ibuprofen for it?" The answer was: No.',
  ]);
  expect(said("Patient: Should I take ibuprofen for it?", "Doctor: Yes.").medicationChanges).toBeUndefined();
  expect(
    said("Doctor: I'll start you on warfarin 50 milligrams, no wait, 5 milligrams a day.").medicationChanges,
  ).toEqual(["I'll start you on warfarin 5 mg a day."]);
  expect(
    said("Doctor: I'll start you on warfarin 5 milligrams a day. Actually, let's not start warfarin.")
      .medicationChanges,
  ).toEqual(["Let's not start warfarin."]);
  expect(said("Doctor: Come back in two weeks. No, make that two days.").nextSteps).toEqual(["Come back in two days."]);
  expect(said("Doctor: My other patient has a hemoglobin of 7.").numbers).toBeUndefined();
  expect(said("Doctor: Mrs. Jones, you have a hemoglobin of 7.").numbers).toHaveLength(1);
  expect(said("Doctor: If you were bleeding, I would send you to the emergency room.").seekAttention).toBeUndefined();
  expect(said("Doctor: Ann is a 54-year-old woman with asthma.").otherIssues).toEqual(["Asthma."]);
  const corrected = summariseDialogue(
    "Doctor: Come back in two weeks. No, make that two days.\nPatient: Okay.\nDoctor: Bye.",
  );
  expect(corrected.text).toMatch(/^Caution: something was corrected/);
  expect(corrected.warnings).toHaveLength(1);
});
