import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { board } from "../board/board.ts";
import { changesAgainst } from "../board/changes.ts";
import { Corpus, callsTo } from "../index.ts";
import { measured, type OsceCase } from "./cases.ts";
import { compareArms, type Encounter, examine, readCases } from "./index.ts";
import { crossover } from "./osce.ts";

const textOf = (messages: readonly { content: readonly { type: string; text?: string }[] }[]) =>
  messages.flatMap(({ content }) => content.map(({ text = "" }) => text)).join("\n");

const agentClinic = {
  OSCE_Examination: {
    Objective_for_Doctor: "Find out why the patient sees double.",
    Patient_Actor: {
      Demographics: "A woman of 35",
      Symptoms: { Primary_Symptom: "Double vision", Secondary_Symptoms: ["weak arms", "tired legs"] },
    },
    Physical_Examination_Findings: { Vital_Signs: { Heart_Rate: "72 bpm" } },
    Test_Results: { Imaging: { Chest_CT: { Findings: "No thymoma" } }, Blood: { Antibodies: "elevated" } },
    Correct_Diagnosis: "Myasthenia gravis",
  },
};

async function file(lines: readonly unknown[]): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "polyclinic-osce-")), "cases.jsonl");
  await writeFile(path, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"));
  return path;
}

test("cases of AgentClinic and own ones: patient, objective, findings by name, diagnosis", async () => {
  const [first, second] = await readCases(
    await file([agentClinic, { id: "own", vignette: "A man who itches.", diagnosis: "itch", synonyms: ["pruritus"] }]),
  );
  expect(first).toEqual({
    id: "case-1",
    vignette:
      "Demographics: A woman of 35\nSymptoms, Primary Symptom: Double vision\nSymptoms, Secondary Symptoms: weak arms, tired legs",
    complaint: "I have double vision.",
    objective: "Find out why the patient sees double.",
    findings: {
      "Vital Signs, Heart Rate": "72 bpm",
      "Imaging, Chest CT, Findings": "No thymoma",
      "Blood, Antibodies": "elevated",
    },
    diagnosis: "Myasthenia gravis",
  });
  expect(second).toMatchObject({ id: "own", synonyms: ["pruritus"] });
  expect(measured(first.findings!, "Chest CT")).toBe("Imaging, Chest CT, Findings: No thymoma");
  expect(measured(first.findings!, "brain MRI")).toBe("NORMAL READINGS");
  expect(measured({}, "x")).toBe("NORMAL READINGS");
});

test("what is no case is refused with its line and field", async () => {
  await expect(readCases(await file([""]))).rejects.toThrow(/at least one case/);
  await expect(readCases(await file(["{"]))).rejects.toThrow(/line 1/);
  await expect(readCases(await file([{ vignette: "A man." }]))).rejects.toThrow(/a non-empty string in diagnosis/);
  await expect(readCases(await file([{ OSCE_Examination: {} }]))).rejects.toThrow(/Patient_Actor/);
  const one = { id: "a", vignette: "A man.", diagnosis: "b" };
  await expect(readCases(await file([one, one]))).rejects.toThrow(/a twice/);
});

test("the order of the arms is balanced and comes from the seed", () => {
  for (const n of [1, 10, 11]) expect(crossover(n, 3).filter(Boolean)).toHaveLength(Math.floor(n / 2));
  expect(crossover(20, 3)).toEqual(crossover(20, 3));
  expect(crossover(20, 3)).not.toEqual(crossover(20, 4));
});

test("both doctors see each case; a test is answered from the findings; the better list is seen by the statistics", async () => {
  const heard: string[] = [];
  const doctor = (list: string) =>
    new ScriptedModel(
      (messages) => {
        const text = textOf(messages);
        if (text.includes("most likely diagnoses")) return list;
        heard.push(text);
        if (text.includes("elevated")) return "DIAGNOSIS READY: pruritus";
        return text.includes("Patient: since May") ? "REQUEST TEST: antibodies" : "Since when?";
      },
      { scope: undefined },
    );
  const patient = new ScriptedModel(() => "since May", { scope: undefined });
  const cases: OsceCase[] = Array.from({ length: 12 }, (_, i) => ({
    id: `c${i}`,
    vignette: "A man has an itch.",
    objective: "Find the cause.",
    findings: { Antibodies: "elevated" },
    diagnosis: "itch",
    synonyms: ["pruritus"],
  }));
  const encounters: Encounter[] = [];
  const arms = [
    { name: "good", doctor: doctor("- pruritus\n- rash") },
    { name: "bad", doctor: doctor("- rash\n- hives") },
  ] as const;
  for await (const one of examine(cases, arms, { patient })) encounters.push(one);
  expect(encounters).toHaveLength(24);
  expect(encounters[0]).toMatchObject({ period: 1, concluded: true, visit: { questions: 2, endedBy: "conclusion" } });
  expect(encounters[0].visit.lines.at(-1)).toEqual({ who: "Measurement", text: "Antibodies: elevated" });
  expect(heard[0]).toContain("REQUEST TEST: name");
  expect(heard.join()).not.toContain("itch.\n\nWrite the patient's answer");
  const { topK, first, concluded, counts, cases: n } = compareArms(encounters, ["good", "bad"]);
  expect([n, ...first]).toEqual([12, 6, 6]);
  expect(topK[0].shares.map(({ value }) => value)).toEqual([1, 0]);
  expect(topK[0].mcnemar).toBeCloseTo(2 / 2 ** 12, 10);
  expect(topK[0].adjusted).toBeLessThan(0.05);
  expect(concluded).toMatchObject({ mcnemar: 1 });
  expect(counts[0]).toEqual({ what: "questions", means: [2, 2] });
  expect(() => compareArms([], ["good", "bad"])).toThrow(/no case in common/);
  // A budget that ends the visits: both arms end with what they have.
  const spent: Encounter[] = [];
  for await (const one of examine(cases.slice(0, 1), arms, { patient, budget: 0 })) spent.push(one);
  expect(spent.map(({ visit, differential, concluded: done }) => [visit.endedBy, differential, done])).toEqual([
    ["budget", [], false],
    ["budget", [], false],
  ]);
});

test("a judge finds what no name says; undecided is no match", async () => {
  const doctor = new ScriptedModel(
    (messages) => (textOf(messages).includes("most likely") ? "- flu\n- influenza" : "I think it is flu."),
    { scope: undefined },
  );
  const judge = new ScriptedModel(
    (messages) => `Final Answer: ${textOf(messages).includes("1: influenza") ? "yes" : "no"}`,
    { scope: undefined },
  );
  const one: OsceCase = { id: "a", vignette: "A man has fever.", diagnosis: "grippe" };
  const arm = { name: "x", doctor };
  for await (const { rank } of examine([one], [arm, { ...arm, name: "y" }], { patient: doctor, judge }))
    expect(rank).toBeUndefined();
  const fair = new ScriptedModel(
    (messages) => `Final Answer: ${textOf(messages).includes("influenza") ? "yes" : "no"}`,
    {
      scope: undefined,
    },
  );
  for await (const { rank } of examine([one], [arm, { ...arm, name: "y" }], { patient: doctor, judge: fair }))
    expect(rank).toBe(2);
});

test("a revision's right to wrong is counted beside its wrong to right", async () => {
  const model = new ScriptedModel((messages) => {
    const text = textOf(messages);
    if (text.includes("Write the revised plan")) return text.includes("name the drops") ? "salve [1]" : "drops";
    if (text.includes("agree with the draft")) return "change";
    return text.includes("name the rest") ? "tea" : "drops";
  });
  const guidelines = new Corpus([{ name: "a.md", text: "Against itching: drops or rest or sleep." }]);
  const plan = await board(callsTo(model).call, "Itching.", { guidelines, components: ["drops", "rest", "sleep"] });
  expect(changesAgainst(plan, { drops: "Drops", rest: "drops" })).toEqual({
    rightToRight: 0,
    rightToWrong: 1,
    wrongToRight: 1,
    wrongToWrong: 0,
    notCompared: 1,
  });
});
