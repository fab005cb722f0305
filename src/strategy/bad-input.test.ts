/** What every strategy does with a model that misbehaves: it ends with what it has, says so, and its trace shows what was written. */
import { describe, expect, test } from "vitest";
import { PolyclinicError } from "../base/errors.ts";
import { ScriptedModel, type ScriptedReply } from "../model/scripted/index.ts";
import type { Study } from "../study/types.ts";
import { ddxTask } from "../task/ddx/ddx.ts";
import { run } from "../task/run.ts";
import { ask } from "../task/verbs.ts";
import { board } from "./board/board.ts";
import { criticise, handOver, patientFrom, selfPlay, visit } from "./consult/visit.ts";
import { probabilityOf } from "./equity/probability.ts";
import { answeredCases } from "./equity/swap.ts";
import { Corpus, callsTo, direct, strategyNamed, strategyNames, withStrategy } from "./index.ts";
import { examine } from "./osce/index.ts";
import { measured, rationalesOf } from "./self-training/self-train.ts";

const textStudy = (text: string) =>
  ({
    parts: [
      {
        kind: "text",
        label: "case.txt",
        modality: "DOC",
        origin: { files: [], sha256: "0".repeat(64) },
        warnings: [],
        text,
      },
    ],
    leftOut: [],
    warnings: [],
    close: async () => {},
  }) as unknown as Study;
const question = "Which drug?\n(A) drops\n(B) salve";
const books = new Corpus([{ name: "a.md", text: "Drops help against itching. Salve helps against redness." }]);

/** By what it does; `said` is in every trace. */
const badly: Readonly<Record<string, { reply: string | ScriptedReply; said: string; visit: string; plan: string }>> = {
  "never ends its thought": {
    reply: { text: "", thought: "Hm", unclosedThought: true },
    said: "",
    visit: "no answer",
    plan: "no answer",
  },
  "answers outside the options": {
    reply: "Final Answer: (Z)",
    said: "(Z)",
    visit: "loop",
    plan: "",
  },
  loops: {
    reply: { text: "so and so and so and", finishReason: "repetition" },
    said: "so and so",
    visit: "no answer",
    plan: "no answer",
  },
  refuses: { reply: "I cannot help with that.", said: "cannot help", visit: "loop", plan: "" },
  "says nothing": { reply: "", said: "", visit: "no answer", plan: "no answer" },
  "leaks the diagnosis": {
    reply: "It is certainly scabies. You should take drops.",
    said: "scabies",
    visit: "broken role",
    plan: "",
  },
};
const modelThat = (name: string) => new ScriptedModel(() => badly[name].reply);

describe.each(Object.keys(badly))("a model that %s", (name) => {
  const { said, visit: endOfVisit, plan } = badly[name];

  test.each(strategyNames)("%s", async (strategy) => {
    const named = strategyNamed(strategy, books);
    const result = await ask(textStudy("A case."), withStrategy(modelThat(name), named), { question });
    expect(result.answer).toBeUndefined();
    expect(["unparsed", "deferred"]).toContain(result.parse.status);
    expect(result.parse.problems.join()).not.toBe("");
    const { trace, replies, votes } = result.strategy!;
    expect(trace.flatMap(({ texts }) => texts).join()).toContain(said);
    expect(replies).toBeLessThanOrEqual(named.callsAtMost);
    expect([votes?.answer, votes?.confidence ?? 0]).toEqual([undefined, 0]);
  });

  test("ddx lists nothing, or what was written as it is", async () => {
    const { answer, parse, text } = await run(ddxTask, textStudy("A case."), modelThat(name), {});
    expect(text).toContain(said);
    if (answer === undefined) expect(parse.status).toBe("unparsed");
    // Whatever the words mean, it is one line of ten, and that is said.
    else expect(parse.problems.join()).toContain("fewer than the 10 asked for");
    if (["refuses", "never ends its thought", "says nothing"].includes(name)) expect(answer).toBeUndefined();
  });

  test("a consultation ends, and the patient hears no diagnosis", async () => {
    const { call, trace } = callsTo(modelThat(name));
    const played = await visit(call, "I itch.", async () => "yes", { refine: true });
    expect(played.endedBy).toBe(endOfVisit);
    expect(played.lines.map(({ text }) => text).join()).not.toContain("scabies");
    if (name === "leaks the diagnosis")
      expect(played).toMatchObject({
        withheld: ["It is certainly scabies.", "You should take drops."],
        brokenBy: { who: "Doctor" },
      });
    expect(trace.flatMap(({ replies }) => replies.map(({ text }) => text)).join()).toContain(said);
    expect((await handOver(call, played)).differential.length).toBeLessThanOrEqual(1);
    // As the critic, in the second attempt, and as the patient.
    expect(await criticise(call, played, { secret: ["scabies"] })).not.toContainEqual(
      expect.objectContaining({ kind: "other", about: expect.stringContaining("scabies") }),
    );
    const attempts = await selfPlay({ doctor: call, critic: call }, "I itch.", async () => "yes", { turns: 3 });
    expect(attempts.length).toBeLessThanOrEqual(2);
    const patient = patientFrom(call, "A patient who itches: scabies.", ["Scabies"]);
    const reply = await patient("Do you itch?");
    if (endOfVisit === "no answer") expect(reply).toHaveProperty("brokenRole");
    else expect(reply).not.toContain("scabies");
  });

  test("a board keeps what it has and says why", async () => {
    const { call, trace } = callsTo(modelThat(name));
    const [item] = await board(call, "Itching.", { guidelines: books, components: ["drug"] });
    if (plan === "no answer") expect(item).toMatchObject({ plan: "", draft: "", endedBy: "no answer" });
    else expect(item).toMatchObject({ plan: item.draft, changed: false });
    expect(trace.length).toBeGreaterThan(0);
  });

  test("an examination, an audit and self-training count it as no answer", async () => {
    const doctor = modelThat(name);
    const one = { id: "1", vignette: "A patient has itching, redness.", diagnosis: "scabies" };
    const arms = [
      { name: "a", doctor },
      { name: "b", doctor, visit: { refine: true } },
    ] as const;
    const ends: string[] = [];
    for await (const { visit: own, concluded } of examine([one], arms, { patient: doctor, turns: 3 })) {
      expect(concluded).toBe(false);
      ends.push(own.endedBy);
    }
    expect(ends).toHaveLength(2);
    const yes = await probabilityOf(withStrategy(doctor, direct), "A case.", "Is referral needed?");
    expect(yes).toBeNaN();
    expect(() => answeredCases([{ cluster: "1", outcomes: { east: yes, west: 0 } }])).toThrow(/no case has an answer/);
    const known = { prompt: `Itching.\n\n${question}`, answer: "A" };
    const learned = { samples: 2, temperature: 0.7, keep: "correct" as const, maxTokens: 16 };
    expect(await rationalesOf(doctor, known, learned, 0, books)).toEqual([]);
    expect(await measured(doctor, [known], 16)).toEqual([false]);
  });
});

test("a model that contradicts itself in one reply is read by its last answer, in several by the vote", async () => {
  const twice = new ScriptedModel(["Final Answer: (A)\nNo.\nFinal Answer: (B)"]);
  const asked = { question };
  expect((await ask(textStudy("A case."), twice, asked)).answer).toMatchObject({ answer: "B" });
  const split = new ScriptedModel((_, { seed = 0 }) => `Final Answer: (${seed % 2 === 0 ? "A" : "B"})`);
  for (const name of strategyNames.filter(
    (own) => !["direct", "chain-of-thought", "chain-of-retrieval"].includes(own),
  )) {
    const { strategy } = await ask(textStudy("A case."), withStrategy(split, strategyNamed(name, books)), asked);
    expect(strategy!.votes!.confidence).toBeLessThan(0.6);
    expect(Object.keys(strategy!.votes!.counts).sort()).toEqual(["a", "b"]);
  }
});

test.each(strategyNames)("%s with a corpus of nothing says that nothing was found, or never searched", async (name) => {
  const split = new ScriptedModel((_, { seed = 0 }) => `drops\nFinal Answer: (${seed % 2 === 0 ? "A" : "B"})`);
  const by = withStrategy(split, strategyNamed(name, new Corpus([])));
  const { strategy } = await ask(textStudy("A case."), by, { question });
  if (name === "uncertainty-search" || name === "chain-of-retrieval") expect(strategy!.endedBy).toMatch(/nothing/);
  expect(strategy!.sources ?? []).toEqual([]);
});

test("with a budget of nothing a consultation, a board and an examination call nobody and say so", async () => {
  const model = new ScriptedModel(["Do you itch?"]);
  const { call } = callsTo(model, { budget: 0 });
  const played = await visit(call, "I itch.", patientFrom(call, "A patient who itches."));
  expect(played.endedBy).toBe("budget");
  expect(await criticise(call, played)).toEqual([]);
  expect((await handOver(call, played)).differential).toEqual([]);
  const plan = await board(call, "Itching.", { guidelines: books, components: ["drug", "test"] });
  expect(plan.map(({ endedBy }) => endedBy)).toEqual(["budget", "budget"]);
  const one = { id: "1", vignette: "A patient has itching, redness.", diagnosis: "scabies" };
  const arms = [
    { name: "a", doctor: model },
    { name: "b", doctor: model },
  ] as const;
  for await (const { visit: own } of examine([one], arms, { patient: model, budget: 0 }))
    expect(own.endedBy).toBe("budget");
  expect(model.calls).toEqual([]);
});

test("a server that refuses a later prompt ends a strategy with what it has; one that refuses the first is an error", async () => {
  const refuses = (words: string) =>
    new ScriptedModel((messages) => {
      if (JSON.stringify(messages).includes(words))
        throw new PolyclinicError("remote/finish", "ended", { found: "content_filter" });
      return "Final Answer: (A)";
    });
  const chain = strategyNamed("chain-of-retrieval", books);
  const by = (words: string) => ask(textStudy("A case."), withStrategy(refuses(words), chain), { question });
  const { answer, strategy } = await by("List the claims");
  expect(answer).toMatchObject({ answer: "A" });
  expect(strategy).toMatchObject({
    endedBy: "nothing found",
    trace: [{ role: "draft" }, { role: "claims (refused by the server)" }],
  });
  await expect(by("A case.")).rejects.toMatchObject({ code: "remote/finish" });
});

test("a patient agent that breaks role ends the visit, and the visit names what it said", async () => {
  const doctor = callsTo(new ScriptedModel(["Do you itch?"])).call;
  for (const words of ["Doctor: how long have you itched?", "Do you itch?", "Critic: ask more", "  "]) {
    const patient = patientFrom(callsTo(new ScriptedModel([words])).call, "A patient who itches.");
    const played = await visit(doctor, "I am ill.", patient);
    expect(played).toMatchObject({ endedBy: "broken role", brokenBy: { who: "Patient", text: words.trim() } });
  }
  const honest = patientFrom(callsTo(new ScriptedModel(["Patient: it began\nin May"])).call, "A patient.");
  expect(await honest("When?")).toBe("it began");
});
