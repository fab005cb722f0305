/** Every prompt that a strategy writes, as text: `goldens/prompts.txt`. A changed word shows up here, and has to change the strategy's version. */
import { expect, test } from "vitest";
import type { Generator, Message } from "../model/contract.ts";
import { ScriptedModel } from "../model/scripted/index.ts";
import { examinationWords, similarReports } from "../prompts/index.ts";
import { board } from "./board/board.ts";
import { criticise, handOver, patientFrom, visit } from "./consult/visit.ts";
import { sameDiagnosis } from "./ddx/judge.ts";
import { ownLists } from "./ddx/own-lists.ts";
import { probabilityOf } from "./equity/probability.ts";
import { type Call, Corpus, callsTo, chainOfThought, direct, fewShot, strategyNamed, strategyNames } from "./index.ts";
import { rationalesOf } from "./self-training/self-train.ts";

const corpus = new Corpus([{ name: "drops.md", text: "Drops help itching in the first week." }]);
const textOf = (messages: readonly Message[]) =>
  messages
    .map(
      ({ role, content }) =>
        `<${role}> ${content.map((part) => (part.type === "text" ? part.text : "<image>")).join("")}`,
    )
    .join("\n");
const question = "A case of itching.\n\nWhich drug?\n(A) drops\n(B) salve";

const learned = { samples: 1, temperature: 0.7, keep: "all" as const, maxTokens: 64 };

/** A model that passes its prompts to `call`, for parts that take a model. */
const asking = (call: Call) => {
  let calls = 0;
  const model = new ScriptedModel(() => "");
  const generate = (messages: readonly Message[]) => ({
    result: call(`call ${++calls}`, messages).then(([{ text }]) => ({
      text,
      unclosedThought: false,
      finishReason: "stop" as const,
      usage: { promptTokens: 0, completionTokens: 0, cachedTokens: 0 },
    })),
  });
  const sample = async (messages: readonly Message[], n: number) => Array(n).fill(await generate(messages).result);
  return {
    identity: model.identity,
    limits: model.limits,
    scope: model.scope,
    generate,
    sample,
  } as unknown as Generator;
};

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
  await record("differential weighed by the model's own lists", (call) =>
    ownLists(call, "A case of itching and fever.", { samples: 1 }),
  );
  await record("judge of two diagnoses", (call) => sameDiagnosis(call, "flu", "influenza"));
  await record("referral, yes or no, of an audit", (call) =>
    probabilityOf(asking(call), "A case of itching.", "Is referral needed?"),
  );
  await record("self-training", (call) =>
    rationalesOf(asking(call), { prompt: question, answer: "A" }, learned, 0, corpus),
  );
  await record("board, with the model's queries", (call) =>
    board(call, "A case of itching.", { guidelines: corpus, components: ["first week"], queries: 2 }),
  );
  await record("board", (call) =>
    board(call, "A case of itching.", { guidelines: corpus, components: ["first week"] }),
  );
  seen.push("##### similar reports", similarReports(["No effusion.", "Effusion on the left."]));
  await expect(`${seen.join("\n")}\n`).toMatchFileSnapshot("goldens/prompts.txt");
});
