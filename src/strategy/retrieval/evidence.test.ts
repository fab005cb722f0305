import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { Corpus, callsTo, ensembleRefinement, uncertaintySearch } from "../index.ts";
import { userSays } from "../messages.ts";
import { adds, argues, falseCitations, isRelevant, questionTermsOf } from "./evidence.ts";

const text =
  'An adult has blue nails and cold knees.\n\nWhich disease is most likely?\n(A) zibwex fever\n(B) plimdax fever\nEnd with "Final Answer: X".';
const asked = questionTermsOf(userSays(text));
const all = () => true;

test("the options of a question are known by the words that tell them apart; instructions after them are no part of it", () => {
  expect(asked.optionTexts).toEqual(["zibwex fever", "plimdax fever"]);
  expect(asked.options.map((words) => [...words])).toEqual([["zibwex"], ["plimdax"]]);
  expect([...asked.words]).toContain("knee");
  expect(asked.words.has("end")).toBe(false);
  expect(questionTermsOf(userSays("Which drug?")).options).toEqual([]);
});

test("a passage bears on a question if it names an option and what was looked up by a word that few passages hold", () => {
  const bears = (passage: string, specific: (word: string) => boolean = all) =>
    isRelevant(passage, asked, asked.words, specific);
  expect(bears("On blue nails: zibwex.")).toBe(true);
  expect(bears("On blue nails: kelfnub.")).toBe(false);
  expect(bears("On treatment of zibwex: rest.")).toBe(false);
  expect(bears("Fever with blue nails.")).toBe(false);
  expect(bears("On blue nails: zibwex.", (word) => word !== "blue" && word !== "nail")).toBe(false);
  const open = questionTermsOf(userSays("What causes blue nails?"));
  expect(isRelevant("Blue nails come with kelfnub.", open, open.words, all)).toBe(true);
});

test("a summary that names an option its document does not name tells what was expected", () => {
  expect(adds("On blue nails: zibwex.", "On blue nails: kelfnub.", asked)).toBe(true);
  expect(adds("Blue nails: zibwex.", "On blue nails: zibwex.", asked)).toBe(false);
  expect(argues("- blue nails: kelfnub", asked)).toBe(false);
});

test("citations hold if the passage names the option before them and what their line is about", () => {
  const sources = [{ text: "On blue nails: zibwex." }, { text: "On cold knees: plimdax." }];
  expect(falseCitations("- blue nails: zibwex [1]\n- cold knees: plimdax [2]", sources, asked)).toEqual([]);
  expect(falseCitations("- blue nails: plimdax [1], zibwex [2]", sources, asked)).toEqual([1, 2]);
  expect(falseCitations("- cold knees: zibwex [1]", sources, asked)).toEqual([1]);
  expect(falseCitations("Blue nails are typical [3].", sources, asked)).toEqual([3]);
});

const parse = (reply: string) => /Final Answer: (\w+)/.exec(reply)?.[1];
const input = { messages: userSays(text), maxTokens: 64, sampling: {}, parse };

test("a search that finds only other things leaves the vote as it was, and passages that confuse do not replace it", async () => {
  let confused = 0;
  const model = new ScriptedModel((messages, { seed = 0 }) => {
    const said = messages.map(({ content }) => content.map((part) => (part.type === "text" ? part.text : ""))).join();
    if (said.includes("contradict each other")) return "blue nails zibwex plimdax";
    if (said.includes("Search results")) return `Final Answer: ${++confused % 3 === 0 ? "zibwex" : "kelfnub"}${seed}`;
    return `Final Answer: ${seed % 4 === 0 ? "plimdax" : "zibwex"}`;
  });
  const run = (name: string) =>
    uncertaintySearch({
      corpus: new Corpus([{ name: "a.md", text: `On blue nails: ${name}.` }]),
      threshold: 0.3,
      rounds: 1,
    }).run(input, callsTo(model).call);
  expect(await run("kelfnub")).toMatchObject({ endedBy: "nothing new found", sources: [] });
  expect(confused).toBe(0);
  const { answer, sources, endedBy } = await run("zibwex");
  expect([confused, endedBy, sources]).toEqual([11, "rounds", []]);
  expect(answer.filter((reply) => parse(reply.text) === "zibwex")).toHaveLength(8);
});

test("replies whose citations do not hold are counted beside the votes", async () => {
  const model = new ScriptedModel((messages, { seed = 0 }) => {
    const said = JSON.stringify(messages);
    if (said.includes("contradict each other")) return "blue nails zibwex plimdax";
    if (!said.includes("Search results")) return `Final Answer: ${seed % 2 === 0 ? "plimdax" : "zibwex"}`;
    return `- blue nails: ${seed % 3 === 0 ? "plimdax" : "zibwex"} [1]\nFinal Answer: zibwex`;
  });
  const { rounds, withoutVote } = await uncertaintySearch({
    corpus: new Corpus([{ name: "a.md", text: "On blue nails: zibwex." }]),
    threshold: 0.3,
    rounds: 1,
  }).run(input, callsTo(model).call);
  expect(rounds?.map(({ votes }) => votes.withoutVote)).toEqual([undefined, 4]);
  expect(withoutVote).toBe(4);
});

test("drafts that agree more than the answers that read their reasoning stand", async () => {
  const model = new ScriptedModel((messages, { seed = 0 }) =>
    JSON.stringify(messages).includes("Students' reasonings")
      ? `Final Answer: ${seed % 2 === 0 ? "plimdax" : "zibwex"}`
      : "- blue nails: zibwex\nFinal Answer: zibwex",
  );
  const outcome = await ensembleRefinement({ drafts: 2, answers: 4 }).run(input, callsTo(model).call);
  expect(outcome).toMatchObject({ endedBy: "drafts agree more", answer: { length: 2 } });
});
