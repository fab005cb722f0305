/** The metric of a task on a user's table, with neighbours, limits from the training table, and bad rows. */
import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { promptTemplate, type Therapeutics, taskScore } from "../../task/therapeutics/index.ts";
import { evaluateTaskTable } from "./evaluate-table.ts";

const barrier = "Question: predict whether it\n(A) does not cross (B) crosses\nDrug SMILES: {Drug SMILES}\nAnswer:";
const solubility = "Question: predict its solubility, from 000 to 1000.\nDrug SMILES: {Drug SMILES}\nAnswer:";

/** A model that holds what has no oxygen for able to cross, and rates solubility by the number of oxygens. */
function properties(task: string, text: string): Therapeutics {
  const molecule = (said: string) => /Drug SMILES: (.*)\n/.exec(said)![1];
  const model = new ScriptedModel([""], {
    score: (messages, word) => {
      const smiles = molecule(
        messages.flatMap(({ content }) => content.map((part) => ("text" in part ? part.text : ""))).join(""),
      );
      const oxygens = [...smiles].filter((letter) => letter === "O").length;
      if (word.includes("A") || word.includes("B")) return word.includes("B") === (oxygens === 0) ? -0.1 : -3;
      return -0.01;
    },
  });
  const prompts = new Map([[task, promptTemplate(task, text)]]);
  return { model, prompts, library: undefined, neighbours: undefined, kernel: undefined, figures: undefined };
}

const table = (rows: readonly string[]) => ({ name: "test.csv", text: `Drug_ID,Drug,Y\n${rows.join("\n")}\n` });
const rows = ["a,CCC,1", "b,CCCC,1", "c,CCO,0", "d,OCCO,0", "e,c1ccccc1,1", "f,CC(=O)O,0"];

test("every metric of a task, by hand", () => {
  const truth = [0, 0, 1, 1];
  const said = [0.1, 0.6, 0.4, 0.9];
  expect(taskScore("auroc", truth, said)).toBe(0.75);
  // Precision at the two positives by falling score: 1 and 2/3.
  expect(taskScore("auprc", truth, said)).toBeCloseTo((1 + 2 / 3) / 2);
  expect(taskScore("accuracy", truth, said)).toBe(0.5);
  expect(taskScore("mae", [1, 2, 4], [1, 3, 1])).toBeCloseTo(4 / 3);
  expect(taskScore("mse", [1, 2, 4], [1, 3, 1])).toBeCloseTo(10 / 3);
  expect(taskScore("spearman", [1, 2, 3], [10, 20, 15])).toBeCloseTo(0.5);
  expect(taskScore("pearson", [1, 2, 3], [2, 4, 6])).toBeCloseTo(1);
  expect(taskScore("auroc", truth, said, [0, 2])).toBe(1);
  expect(() => taskScore("auroc", [1, 1], [0.1, 0.2])).toThrow();
  expect(() => taskScore("set-accuracy", truth, said)).toThrow(RangeError);
});

test("the task's metric with its interval; what cannot be read is counted, twins in the training table are too", async () => {
  const test = table([...rows, "g,C1CC,0"]);
  const train = table(["x,CCCCC,1", "y,OCO,0", "z,C(C)O,0"]);
  const row = await evaluateTaskTable(properties("BBB_Martins", barrier), { task: "BBB_Martins", test, train });
  expect(row).toMatchObject({ metric: "auroc", molecules: 6, model: { value: 1 }, overlap: 1 });
  expect(Object.values(row.refused)).toEqual([1]);
  expect(row.neighbours!.value).toBeGreaterThan(0.5);
  expect(row.model.low).toBeLessThanOrEqual(row.model.high);
});

test("an error in units needs the training labels; labels that are none are named by line", async () => {
  const own = properties("Solubility_AqSolDB", solubility);
  const test = table(["a,CCC,-1.5", "b,CCO,0.5", "c,OCCO,1.5"]);
  await expect(evaluateTaskTable(own, { task: "Solubility_AqSolDB", test })).rejects.toMatchObject({
    code: "therapeutics/table",
    expected: expect.stringContaining("--train"),
  });
  const { metric, model } = await evaluateTaskTable(own, {
    task: "Solubility_AqSolDB",
    test,
    train: table(["x,CC,-2", "y,CO,2"]),
  });
  expect([metric, Number.isFinite(model.value), model.value < 4]).toEqual(["mae", true, true]);
  const barrierOf = (bad: string) =>
    evaluateTaskTable(properties("BBB_Martins", barrier), { task: "BBB_Martins", test: table([rows[0], bad]) });
  await expect(barrierOf("q,CC,2")).rejects.toMatchObject({ where: "test.csv, line 3", found: "2" });
  await expect(evaluateTaskTable(own, { task: "USPTO", test })).rejects.toMatchObject({ code: "therapeutics/task" });
});
