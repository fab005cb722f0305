import { expect, test } from "vitest";
import type { Message } from "../model/contract.ts";
import { ScriptedModel } from "../model/scripted/index.ts";
import {
  Corpus,
  callsTo,
  ensembleRefinement,
  selective,
  selfConsistency,
  thresholdFor,
  uncertaintySearch,
} from "./index.ts";

const question: Message[] = [{ role: "user", content: [{ type: "text", text: "Which drug? (A) x (B) y" }] }];
const parse = (text: string) => /answer: ([AB])/i.exec(text)?.[1];
const input = { messages: question, maxTokens: 64, sampling: {}, parse };
const textOf = (messages: readonly Message[]) =>
  messages.flatMap(({ content }) => content.map((part) => (part.type === "text" ? part.text : ""))).join("\n");
const seeded = () => new ScriptedModel((_, { seed = 0 }) => (seed % 3 === 0 ? "Answer: B" : "Answer: A"));

test("samples are cached by index, and a cached one costs no budget", async () => {
  const cache = new Map();
  const first = callsTo(seeded(), { cache, budget: 5 });
  expect((await selfConsistency().run(input, first.call)).answer).toHaveLength(5);
  expect(first.trace[0].leftOut).toBe(6);
  const second = callsTo(seeded(), { cache, budget: 6 });
  const { answer } = await selfConsistency().run(input, second.call);
  expect(answer.map(({ text }) => text)).toEqual(
    Array.from({ length: 11 }, (_, i) => (i % 3 === 0 ? "Answer: B" : "Answer: A")),
  );
});

test("a budget of zero ends a search with nothing and says so; the trace shows what was not asked", async () => {
  const { call, trace } = callsTo(seeded(), { budget: 0 });
  const outcome = await uncertaintySearch({ corpus: new Corpus([]), threshold: 0.3 }).run(input, call);
  expect(outcome).toMatchObject({ answer: [], endedBy: "budget" });
  expect(trace).toMatchObject([{ role: "answer", replies: [], leftOut: 11 }]);
});

test("an abort ends it", async () => {
  const { call } = callsTo(seeded(), { signal: AbortSignal.abort() });
  await expect(selfConsistency().run(input, call)).rejects.toThrow();
});

test("deferral is no answer; silence is not agreement", async () => {
  const run = async (model: ScriptedModel, threshold: number) =>
    selective(selfConsistency(), threshold).run(input, callsTo(model).call);
  expect(await run(seeded(), 0.9)).toMatchObject({
    answer: [],
    deferred: "64 % of the replies agree, fewer than 90 %",
  });
  expect((await run(seeded(), 0.6)).answer).toHaveLength(11);
  expect(await run(new ScriptedModel(["I cannot say."]), 0)).toMatchObject({
    answer: [],
    deferred: "no reply could be parsed",
  });
  expect(thresholdFor([0.9, 0.5, 0.7, 0.6], 0.5)).toBe(0.7);
});

test("the second stage of refinement reads reasons without their answers; without a budget for it the drafts vote", async () => {
  const seen: string[] = [];
  const model = () =>
    new ScriptedModel((messages) => {
      seen.push(textOf(messages));
      return "Because of x.\nAnswer: A";
    });
  const { answer } = await ensembleRefinement({ drafts: 2, answers: 3 }).run(input, callsTo(model()).call);
  expect(answer).toHaveLength(3);
  expect(seen.at(-1)).toContain("Students' reasonings:\n\n1 reasoning: Because of x.\n\n2 reasoning: Because of x.");
  expect(seen.at(-1)).not.toContain("Answer: A");
  const short = await ensembleRefinement({ drafts: 2, answers: 3 }).run(input, callsTo(model(), { budget: 2 }).call);
  expect(short).toMatchObject({ endedBy: "budget", answer: { length: 2 } });
});

test("a search asks from the conflict, reads what it finds, and stops when votes agree", async () => {
  const corpus = new Corpus([
    { name: "x.txt", text: "Drug x stops tremor." },
    { name: "y.txt", text: "Drug y causes rash." },
  ]);
  const model = new ScriptedModel((messages, { seed = 0 }) => {
    const text = textOf(messages);
    if (text.includes("contradict each other")) return "1. tremor drug";
    return text.includes("stops tremor") || seed % 2 === 0 ? "Answer: A" : "Answer: B";
  });
  const { rounds, endedBy } = await uncertaintySearch({ corpus, threshold: 0.3, passages: 1 }).run(
    input,
    callsTo(model).call,
  );
  expect(endedBy).toBe("agreement");
  expect(rounds!.map(({ queries, sources }) => [queries, sources.map(({ source }) => source)])).toEqual([
    [["tremor drug"], ["x.txt"]],
    [[], []],
  ]);
  expect(rounds![0].votes.counts).toEqual({ A: 6, B: 5 });
  const empty = await uncertaintySearch({ corpus: new Corpus([]), threshold: 0.3 }).run(input, callsTo(model).call);
  expect(empty).toMatchObject({ endedBy: "nothing new found", answer: { length: 11 } });
});
