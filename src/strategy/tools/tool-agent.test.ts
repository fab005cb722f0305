/** The loop with scripted models: budget, one tool a turn, mistakes told, the last step without tools; two-hop questions with right and with noisy tools. */
import { expect, test } from "vitest";
import { Random } from "../../base/random.ts";
import type { Message } from "../../model/contract.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { structureTool } from "./molecule-tools.ts";
import { askWithTools, type Tool } from "./tool-agent.ts";

const long = { limits: { contextTokens: 8192 } };
const block = (name: string, argument: string) => `\`\`\`${name}\n${argument}\n\`\`\``;
const textOf = (messages: readonly Message[]) =>
  messages.map(({ content }) => content.map((part) => (part.type === "text" ? part.text : "")).join("")).join("");

test("structure of a molecule by tool; the answer cites the observation", async () => {
  const model = new ScriptedModel(
    [
      "Look at the structure.",
      `${block("Molecule", "CC(=O)Oc1ccccc1C(=O)O")}\n${block("Molecule", "C")}`,
      "C9H8O4 [1].",
    ],
    long,
  );
  const result = await askWithTools(model, { question: "Formula of aspirin?", tools: [structureTool], rounds: 1 });
  expect(result.trace).toMatchObject([{ tool: "Molecule", argument: "CC(=O)Oc1ccccc1C(=O)O" }]);
  expect(result.trace[0].observation).toContain("formula C9H8O4, 180.16 Da");
  expect(result.answer).toBe("C9H8O4 [1].");
  expect(result.cautions).toEqual([expect.stringMatching(/^Research only/)]);
  expect(textOf(model.calls[2].messages)).toMatch(
    /### Thought 1:[\s\S]*### Action 1:[\s\S]*### Observation 1:[\s\S]*No tool can be used/,
  );
});

test("what is no call, a broken SMILES, a repeat: told to the model; the budget ends it", async () => {
  const actions = [
    "I would look.",
    block("Molecule", "C1CC"),
    block("Molecule", "CCO"),
    block("Molecule", "CCO"),
    block("Magic", "x"),
  ];
  const model = new ScriptedModel(
    (_, __, call) => (call === 10 ? "Ethanol [7]." : call % 2 === 0 ? "Next." : actions[(call - 1) / 2]),
    long,
  );
  const { trace, cautions } = await askWithTools(model, { question: "?", tools: [structureTool] });
  expect(model.calls.length).toBe(11);
  expect(trace.map(({ observation }) => observation.slice(0, 12))).toEqual([
    "No tool matc",
    "Error: SMILE",
    "canonical SM",
    "The same cal",
    "No tool matc",
  ]);
  expect(cautions).toContain("The answer cites observation 7, which does not exist.");
});

test("two-hop questions: right with tools, not without, and not with tools that give noise", async () => {
  const random = new Random(5);
  const genes = new Map(Array.from({ length: 20 }, (_, i) => [`drug${i}`, `gene${random.below(1000)}`]));
  const places = new Map([...genes.values()].map((gene) => [gene, `chromosome ${1 + random.below(22)}`]));
  const lookUp = (name: string, table: ReadonlyMap<string, string>, noisy: boolean): Tool => {
    const values = [...table.values()];
    return {
      name,
      description: "looks up.",
      example: "x",
      run: async (key) => (noisy ? values[random.below(values.length)] : (table.get(key) ?? "not found")),
    };
  };
  /** Follows what it is shown, as a model that reads: first the target of the drug, then the place of the target. */
  const reader = (drug: string) =>
    new ScriptedModel((messages) => {
      const text = textOf(messages);
      const observed = [...text.matchAll(/### Observation \d+:\n(.*)/g)].map((match) => match[1]);
      if (text.includes("No tool can be used")) return observed[1] ?? "chromosome 1";
      return observed.length === 0 ? block("Target", drug) : block("Place", observed[0]);
    }, long);
  const right = async (tools: readonly Tool[]) => {
    let hits = 0;
    for (const [drug, gene] of genes) {
      const { answer } = await askWithTools(reader(drug), { question: `Where does ${drug} act?`, tools, rounds: 2 });
      if (answer === places.get(gene)) hits++;
    }
    return hits / genes.size;
  };
  const both = (noisy: boolean) => [lookUp("Target", genes, noisy), lookUp("Place", places, noisy)];
  expect(await right(both(false))).toBe(1);
  expect(await right([])).toBeLessThan(0.3);
  expect(await right(both(true))).toBeLessThan(0.3);
});
