/** Every prompt that a strategy writes, as text: `goldens/prompts.txt`. A changed word shows up here, and has to change the strategy's version. */
import { expect, test } from "vitest";
import type { Message } from "../model/contract.ts";
import { ScriptedModel } from "../model/scripted/index.ts";
import { examinationWords } from "../prompts/index.ts";
import { board } from "./board/board.ts";
import { criticise, handOver, patientFrom, visit } from "./consult/visit.ts";
import { Corpus, callsTo, chainOfThought, direct, fewShot, strategyNamed, strategyNames } from "./index.ts";

const corpus = new Corpus([{ name: "drops.md", text: "Drops help itching in the first week." }]);
const textOf = (messages: readonly Message[]) =>
  messages
    .map(
      ({ role, content }) =>
        `<${role}> ${content.map((part) => (part.type === "text" ? part.text : "<image>")).join("")}`,
    )
    .join("\n");
const question = "A case of itching.\n\nWhich drug?\n(A) drops\n(B) salve";

test("the prompts are these, word for word", async () => {
  const seen: string[] = [];
  const record = async (title: string, play: (call: ReturnType<typeof callsTo>["call"]) => Promise<unknown>) => {
    const prompts = new Map<string, string>();
    const { call } = callsTo(
      new ScriptedModel((messages, { seed = 0 }) => {
        const text = textOf(messages);
        if (text.includes("List the claims")) return "- drops help";
        if (text.includes("search quer")) return "- drops first week";
        if (text.includes("next words"))
          return text.includes("Doctor: How long?") ? "I think it is itching." : "How long?";
        return seed % 2 === 0 ? "Drops, because.\nFinal Answer: (A)" : "Salve, because.\nFinal Answer: (B)";
      }),
    );
    await play((role, messages, options) => {
      if (!prompts.has(role) || role === "answer") prompts.set(role, textOf(messages));
      return call(role, messages, options);
    });
    seen.push(`##### ${title}`, ...[...prompts].map(([role, text]) => `--- ${role}\n${text}`));
  };
  const input = {
    messages: [{ role: "user" as const, content: [{ type: "text" as const, text: question }] }],
    maxTokens: 64,
    sampling: {},
    parse: (text: string) => /Final Answer: \((\w)\)/.exec(text)?.[1],
  };
  for (const name of strategyNames) await record(name, (call) => strategyNamed(name, corpus).run(input, call));
  const shown = [{ question: "<img>\nWhich side? (A) left (B) right", answer: "The mark is left. Final Answer: (A)" }];
  await record("few-shot, chain of thought", (call) => fewShot(chainOfThought(direct), shown).run(input, call));
  await record("consultation", async (call) => {
    const played = await visit(call, "I itch.", patientFrom(call, "A patient who itches."));
    await criticise(call, played, { setting: "A clinic.", criteria: { redFlags: ["fever"] } });
    await criticise((_, ...rest) => call("critic of a whole visit", ...rest), played);
    const flags = { redFlags: ["weight loss"] };
    await criticise((_, ...rest) => call("critic with red flags", ...rest), played, { criteria: flags });
    await handOver(call, played);
  });
  await record("examination, with AgentClinic's words", (call) =>
    visit(call, "I itch.", async () => "yes", { setting: examinationWords("Find out why the patient itches.", 20) }),
  );
  await record("board", (call) =>
    board(call, "A case of itching.", { guidelines: corpus, components: ["first week"] }),
  );
  await expect(`${seen.join("\n")}\n`).toMatchFileSnapshot("goldens/prompts.txt");
});
