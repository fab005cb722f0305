import { expect, test } from "vitest";
import { ScriptedModel } from "../model/scripted/index.ts";
import type { Study } from "../study/types.ts";
import { ask } from "../task/verbs.ts";
import { agreesWith, board } from "./board/board.ts";
import { examplesOf, exclusionReason } from "./consult/dialogues.ts";
import { selfPlay, visit } from "./consult/visit.ts";
import { sameDiagnosis } from "./ddx/judge.ts";
import { fill, swapDifferences } from "./equity/swap.ts";
import { Corpus, callsTo, chainOfRetrieval, strategyNamed, strategyNames, withStrategy } from "./index.ts";

const study: Study = {
  parts: [
    {
      kind: "text",
      label: "case.txt",
      modality: "DOC",
      origin: { files: [], sha256: "0".repeat(64) },
      warnings: [],
      text: "A case.",
    },
  ],
  leftOut: [],
  warnings: [],
  close: async () => {},
} as unknown as Study;
const question = "Which drug?\n(A) drops\n(B) salve";
const corpus = new Corpus([{ name: "a.md", text: "Drops help against itching." }]);
const textOf = (messages: readonly { content: readonly { type: string; text?: string }[] }[]) =>
  messages.flatMap(({ content }) => content.map(({ text = "" }) => text)).join("\n");

test("a question of an exam is answered by its letter, and the votes stand beside it", async () => {
  const model = new ScriptedModel((_, { seed = 0 }) => `Final Answer: (${seed % 3 === 0 ? "B" : "A"})`, {
    scope: undefined,
  });
  const { answer, strategy } = await ask(study, withStrategy(model, strategyNamed("self-consistency")), { question });
  expect(answer).toMatchObject({ answer: "A", choices: ["A", "B"] });
  expect(strategy).toMatchObject({ replies: 11, votes: { counts: { b: 4, a: 7 } } });
});

test.each(strategyNames)("%s with a budget of nothing asks nothing, defers and says so", async (name) => {
  let calls = 0;
  const model = new ScriptedModel(() => `${++calls}`, { scope: undefined });
  const result = await ask(study, withStrategy(model, strategyNamed(name, corpus), { budget: 0 }), { question });
  expect(calls).toBe(0);
  expect(result.answer).toBeUndefined();
  expect(result).toMatchObject({
    parse: { status: "deferred" },
    strategy: { replies: 0, deferred: expect.any(String) },
  });
});

test("a selective answer that is withheld is no answer; a model that answers outside the options is unread", async () => {
  const split = new ScriptedModel((_, { seed = 0 }) => `Final Answer: (${seed % 2 === 0 ? "B" : "A"})`, {
    scope: undefined,
  });
  const withheld = await ask(study, withStrategy(split, strategyNamed("selective:samples=10,threshold=0.9")), {
    question,
  });
  expect(withheld.parse).toMatchObject({
    status: "deferred",
    problems: ["50 % of the replies agree, fewer than 90 %"],
  });
  // The votes are shown all the same, and nothing says that it stopped as answers do.
  expect(withheld).toMatchObject({ finishReason: "deferred", strategy: { votes: { counts: { a: 5, b: 5 } } } });
  const outside = new ScriptedModel(["Final Answer: (Z)"], { scope: undefined });
  const { parse, strategy } = await ask(study, withStrategy(outside, strategyNamed("self-consistency")), { question });
  expect(parse.status).toBe("unparsed");
  expect(strategy?.votes?.unread).toBe(11);
});

test("options of a strategy are checked by name and value", () => {
  expect(strategyNamed("uncertainty-search:rounds=2,threshold=0", corpus).options).toMatchObject({
    rounds: 2,
    threshold: 0,
  });
  for (const bad of [
    "self-consistency:sample=3",
    "self-consistency:samples=0",
    "selective:threshold=x",
    "self-consistency:samples=1.5",
  ])
    expect(() => strategyNamed(bad)).toThrow(/unknown option/);
  expect(() => strategyNamed("chain-of-retrieval")).toThrow(/no corpus was given/);
});

test("the last step of a chain of retrieval reads summaries and never the draft", async () => {
  const finals: string[] = [];
  const model = new ScriptedModel((messages) => {
    const text = textOf(messages);
    if (text.includes("List the claims")) return "- drops help";
    if (text.includes("search query")) return "drops";
    if (text.includes("Say in one sentence")) return "Drops do help.";
    if (text.includes("Search results")) finals.push(text);
    return text.includes("Drops do help.") ? "Final Answer: (A)" : "DRAFT Final Answer: (B)";
  });
  const input = {
    messages: [{ role: "user" as const, content: [{ type: "text" as const, text: question }] }],
    maxTokens: 9,
    sampling: {},
    parse: (text: string) => text,
  };
  const { answer, sources } = await chainOfRetrieval({ corpus }).run(input, callsTo(model).call);
  expect(answer[0].text).toBe("Final Answer: (A)");
  expect(finals.join()).not.toContain("DRAFT");
  expect(sources).toMatchObject([{ source: "a.md", from: 0 }]);
  const empty = await chainOfRetrieval({ corpus: new Corpus([]) }).run(input, callsTo(model).call);
  expect(empty).toMatchObject({ endedBy: "nothing found", answer: [{ text: "DRAFT Final Answer: (B)" }] });
});

test("a visit ends with a conclusion, at its last turn, when the patient leaves, or when the doctor breaks role", async () => {
  const doctor = (words: string[]) => callsTo(new ScriptedModel(words.map((text) => text))).call;
  const yes = async () => "yes";
  const played = await visit(doctor(["Do you itch?", "I think it is itching."]), "I am ill.", yes);
  expect(played).toMatchObject({ conclusion: "itching", questions: 1, endedBy: "conclusion" });
  // Guarded: what the patient heard holds no diagnosis.
  expect(played.lines.map(({ text }) => text).join()).not.toContain("itching");
  expect(await visit(doctor(["Do you itch?"]), "I am ill.", yes, { turns: 3 })).toMatchObject({
    endedBy: "turns",
    repeats: 2,
  });
  expect((await visit(doctor(["Do you itch?"]), "I am ill.", async () => undefined)).endedBy).toBe("patient left");
  expect((await visit(doctor(["Patient: I itch"]), "I am ill.", yes)).endedBy).toBe("broken role");
  expect((await visit(callsTo(new ScriptedModel(["x"]), { budget: 0 }).call, "I am ill.", yes)).endedBy).toBe("budget");
});

test("the second attempt reads what the critic found in the first", async () => {
  const model = new ScriptedModel((messages) => {
    const text = textOf(messages);
    if (text.includes("ask twice")) return text.split("Doctor: Do you itch?").length > 2 ? "Do you itch?" : "none";
    if (text.includes("Critic: Do you itch?")) return "I think it is itching.";
    return "Do you itch?";
  });
  const { call } = callsTo(model);
  const attempts = await selfPlay({ doctor: call, critic: call }, "I am ill.", async () => "yes", { turns: 2 });
  expect(attempts.map(({ visit: { repeats, endedBy } }) => [repeats, endedBy])).toEqual([
    [1, "turns"],
    [0, "conclusion"],
  ]);
});

test("a plan is revised by what the guidelines say, and stands where they say nothing", async () => {
  const model = new ScriptedModel((messages) => {
    const text = textOf(messages);
    if (text.includes("Write the revised plan")) return "drops [1]";
    if (text.includes("agree with the draft")) return "change to drops [1]";
    return "salve";
  });
  const [item] = await board(callsTo(model).call, "Itching.", { guidelines: corpus, components: ["drops"] });
  expect(item).toMatchObject({ draft: "salve", plan: "drops [1]", changed: true, sources: [{ source: "a.md" }] });
  const [alone] = await board(callsTo(model).call, "Itching.", { guidelines: new Corpus([]), components: ["drops"] });
  expect(alone).toMatchObject({ plan: "salve", changed: false, endedBy: "nothing found" });
  // What the guidelines say, as a change to what the draft says already.
  expect(["keep [1]", "change to Salve [2]", "change to drops [1]"].map((said) => agreesWith(said, "salve"))).toEqual([
    true,
    true,
    false,
  ]);
});

test("a board searches by queries that the model writes as well, and a query about something else finds nothing", async () => {
  const guidelines = new Corpus([
    { name: "a.md", text: "Salve is no help against scabies itching." },
    { name: "b.md", text: "Drops help against glaucoma." },
  ]);
  const model = (queries: string) =>
    new ScriptedModel((messages) => {
      const text = textOf(messages);
      if (text.includes("search queries")) return queries;
      return text.includes("agree with the draft") ? "keep" : "salve";
    });
  const play = (queries: string) =>
    board(callsTo(model(queries)).call, "Itching.", { guidelines, components: ["first treatment"], queries: 2 });
  const [found] = await play("- salve scabies\n- glaucoma drops\n- a third");
  expect(found.queries).toEqual(["salve scabies", "glaucoma drops"]);
  expect(found.sources.map(({ source }) => source)).toEqual(["a.md"]);
  const [spent] = await board(callsTo(model("x"), { budget: 1 }).call, "Itching.", {
    guidelines,
    components: ["first treatment"],
    queries: 1,
  });
  expect(spent).toMatchObject({ draft: "salve", plan: "salve", endedBy: "budget" });
});

test("visits that end rightly become an example for each of the doctor's turns, with the prompt of a visit", async () => {
  const prompts: string[] = [];
  const model = new ScriptedModel((messages) => {
    prompts.push(textOf(messages));
    return prompts.length === 1 ? "Do you itch?" : "I think it is Scabies.";
  });
  const played = await visit(callsTo(model).call, "I am ill.", async () => "yes", { setting: "A clinic." });
  const examples = examplesOf(played, "A clinic.");
  expect(examples.map(({ messages: [asked, said] }) => [asked.content, said.content])).toEqual([
    [prompts[0], "Do you itch?"],
    [prompts[1], "I think it is Scabies."],
  ]);
  const why = (changed: object, diagnosis = "scabies") => exclusionReason({ ...played, ...changed }, { diagnosis });
  expect([why({}), why({}, "flu"), why({ repeats: 1 }), why({ endedBy: "turns" })]).toEqual([
    undefined,
    "wrong diagnosis",
    "repeated question",
    "no conclusion",
  ]);
});

test("a planted difference is found with its size, and none where none is", () => {
  const cases = Array.from({ length: 60 }, (_, i) => ({
    cluster: String(i % 20),
    outcomes: { east: 0.9 - (i % 7) / 100, west: 0.5 + (i % 5) / 100, north: 0.9 - (i % 6) / 100 },
  }));
  const [east, west, north] = swapDifferences(cases);
  expect(west.difference).toBeCloseTo(-0.35, 1);
  expect(west.found).toBe(true);
  expect(west.low).toBeLessThan(west.difference);
  expect(east.difference).toBeCloseTo(north.difference, 1);
  const none = swapDifferences(
    cases.map(({ cluster, outcomes }, i) => ({
      cluster,
      outcomes: { east: outcomes.east, north: outcomes.east + ((i % 20) % 2 ? 0.01 : -0.01) },
    })),
  );
  expect(none.some(({ found }) => found)).toBe(false);
  expect(none.every(({ adjusted }) => adjusted > 0.05)).toBe(true);
  expect(fill("From {place}.", { place: "west" })).toBe("From west.");
  expect(() => fill("From {town}.", { place: "west" })).toThrow(/without a value/);
});

test("a judge that decides by the order is undecided", async () => {
  const same = (reply: (text: string) => string) =>
    sameDiagnosis(callsTo(new ScriptedModel((messages) => reply(textOf(messages)))).call, "flu", "influenza");
  expect(await same(() => "Final Answer: yes")).toBe("same");
  expect(await same((text) => (text.includes("1: flu") ? "Final Answer: yes" : "Final Answer: no"))).toBe("undecided");
});
