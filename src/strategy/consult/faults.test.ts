import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { callsTo } from "../index.ts";
import { faultsOf, faultsOfTurn, guarded, remarkOf } from "./faults.ts";
import { criticise, type Line, selfPlay, visit } from "./visit.ts";

const lines = (...texts: string[]): Line[] =>
  texts.map((text, i) => ({ who: i % 2 === 0 ? "Patient" : "Doctor", text }));
const kinds = (words: string, before: Line[] = []) => faultsOfTurn(words, before).map(({ kind }) => kind);

test.each([
  ["Do you have a cough?", []],
  ["When did it begin, and where?", []],
  ["Is there anything else you would like to tell me?", []],
  ["You don't smoke, do you?", ["leading question"]],
  ["So you never drink?", ["leading question"]],
  ["It hurts at night, doesn't it?", ["leading question"]],
  ["Do you smoke? Do you drink? Do you sleep?", ["several questions"]],
  ["It is probably gout.", ["diagnosis or advice told"]],
  ["You should take aspirin. When did it begin?", ["diagnosis or advice told"]],
  ["I recommend rest.", ["diagnosis or advice told"]],
  ["So you have had a cough for three days.", []],
  ["Have you noticed a fever?", ["repeated question"]],
  ["A fever, have you noticed?", ["repeated question"]],
])("%s", (words, expected) => {
  expect(kinds(words, lines("I am ill.", "Have you noticed a fever?", "no"))).toEqual(expected);
});

test("red flags count as asked about where doctor or patient names them; a summary restates what was heard", () => {
  const said = lines("I have chest pain.", "Do you lose weight?", "yes", "Do you cough?", "yes");
  const criteria = { redFlags: ["weight loss", "chest pain", "coughing blood"], summary: true };
  expect(faultsOf(said, criteria).map(({ kind, about }) => `${kind}: ${about}`)).toEqual([
    "red flag not asked: weight loss",
    "red flag not asked: coughing blood",
    "no summary: the end of the visit",
  ]);
  const closed = [...said, { who: "Doctor" as const, text: "So you have chest pain, you lose weight and you cough." }];
  expect(faultsOf(closed, { summary: true })).toEqual([]);
  expect(faultsOf(said)).toEqual([]);
});

test("what tells a diagnosis or advice is withheld, and the rest is said", () => {
  expect(guarded("Thank you. It is most likely gout. Does your toe hurt?")).toEqual({
    spoken: "Thank you. Does your toe hurt?",
    withheld: ["It is most likely gout."],
  });
  expect(guarded("Is it worse at night?").withheld).toEqual([]);
});

test("a doctor is reminded of a red flag before it concludes, once; a leading question is asked again", async () => {
  const prompts: string[] = [];
  const doctor = (script: (text: string) => string) =>
    callsTo(
      new ScriptedModel((messages) => {
        const text = messages.flatMap(({ content }) => content.map((part) => ("text" in part ? part.text : ""))).join();
        prompts.push(text);
        return script(text);
      }),
    ).call;
  const criteria = { redFlags: ["fever", "weight loss"] };
  const stubborn = await visit(
    doctor(() => "I think it is gout."),
    "My toe hurts.",
    async () => "no",
    { refine: true, criteria },
  );
  expect([stubborn.endedBy, stubborn.questions, prompts.length]).toEqual(["conclusion", 0, 2]);
  expect(prompts[1]).toContain("Critic: Red flag not asked: fever\nCritic: Red flag not asked: weight loss");
  const willing = await visit(
    doctor((text) =>
      text.includes("Critic: Red flag")
        ? "Have you had a fever or weight loss?"
        : text.includes("Critic: Leading")
          ? "Does it hurt at night?"
          : text.includes("at night?")
            ? "I think it is gout."
            : "It hurts at night, doesn't it?",
    ),
    "My toe hurts.",
    async () => "no",
    { refine: true, criteria },
  );
  expect(willing.lines.filter(({ who }) => who === "Doctor").map(({ text }) => text)).toEqual([
    "Does it hurt at night?",
    "Have you had a fever or weight loss?",
  ]);
  expect(willing.conclusion).toBe("gout");
});

test("remarks of a model are kept beside the rules' without repeating them, and never name the diagnosis", async () => {
  const said = { lines: lines("I itch.", "Do you itch at night?", "yes", "Do you itch at night?", "as I said") };
  const critic = callsTo(
    new ScriptedModel(["- Do you itch at night?\n- Not kind.\n- It is scabies, ask about it."]),
  ).call;
  const found = await criticise(critic, said, { secret: ["Scabies"] });
  expect(found).toEqual([
    { kind: "repeated question", about: "Do you itch at night?" },
    { kind: "other", about: "Not kind." },
  ]);
  expect(found.map(remarkOf)).toEqual(["Do you itch at night?", "Not kind."]);
});

test("a fault found in the first attempt is checked in the second; a remark of no kind checks nothing", async () => {
  const play = (remark: string, draws: readonly string[]) => {
    let drawn = 0;
    const doctor = callsTo(new ScriptedModel(() => draws[drawn++ % draws.length])).call;
    const critic = callsTo(new ScriptedModel([remark])).call;
    return selfPlay({ doctor, critic }, "I am ill.", async () => "no", { turns: 3, setting: "A clinic." });
  };
  const repeats = async (played: ReturnType<typeof play>) => (await played).map(({ visit: { repeats: own } }) => own);
  const first = ["Do you itch?", "Do you itch?", "Do you cough?", "Do you cough?"];
  const draws = [...first, "Do you itch?", "Do you itch?", "Do you sleep?", "Do you cough?", "Do you smoke?"];
  expect(await repeats(play("none", draws))).toEqual([1, 0]);
  expect(await repeats(play("Be kind.", ["Do you itch?", "Do you cough?", "Do you sleep?"]))).toEqual([0, 0]);
});
