/** The recipe's tokenizer, and the shipped model on molecules of its own library: these tests need no data folder. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { therapeuticsFolder } from "../../base/embedded-model.ts";
import { auroc } from "../../measure/index.ts";
import { loadModel } from "../../model/load-model.ts";
import { readSmiles } from "../../molecules/index.ts";
import {
  fillPrompt,
  openTherapeutics,
  predict,
  promptTemplate,
  type Therapeutics,
} from "../../task/therapeutics/index.ts";
import { allWords, ownInputs, wordsOf } from "../../task/therapeutics/own/words.ts";
import { PromptBuilder } from "../../text/index.ts";
import { promptOf } from "./prompts.ts";
import { txSets } from "./sets.ts";
import { txTokenizer } from "./tokenizer.ts";

let therapeutics: Therapeutics;
beforeAll(async () => {
  therapeutics = await openTherapeutics(await loadModel(therapeuticsFolder), therapeuticsFolder);
}, 60_000);
afterAll(() => therapeutics.model.close());

const aspirin = "CC(=O)Oc1ccccc1C(=O)O";

test("a prompt's fixed lines and computed words are a token each; digits stay apart", () => {
  const prompts = txSets.flatMap(({ tasks }) => tasks.map(promptOf));
  const { vocabSize: _, ...files } = txTokenizer(prompts, [aspirin, "Cc1ccc12", "CCCl"], 20);
  const { tokenizer } = new PromptBuilder({ ...files, tokensPerImage: undefined });
  for (const word of allWords().slice(0, 60)) expect(tokenizer.encode(word).length).toBe(1);
  expect(tokenizer.encode("417").length).toBe(3);
  const template = promptTemplate("BBB_Martins", prompts[0]);
  const words = wordsOf(readSmiles(aspirin));
  const ids = tokenizer.encode(fillPrompt(template, ownInputs(words)));
  const smilesTokens = tokenizer.encode(words.smiles).length;
  // Four fixed pieces, eleven descriptors, the environments.
  expect(ids.length).toBe(4 + 11 + words.environments.length + smilesTokens);
  expect(tokenizer.decode(ids)).toContain(words.smiles);
});

test("the shipped prompts are the recipe's", () => {
  const tasks = txSets.flatMap(({ tasks: of }) => of);
  expect([...therapeutics.prompts.keys()]).toEqual(tasks.map(({ name }) => name));
  for (const task of tasks) expect(therapeutics.prompts.get(task.name)!.text).toBe(promptOf(task));
});

test("what it was trained on is said, and that its training set contradicts itself; what is far from it too", async () => {
  const of = (smiles: string, task = "BBB_Martins", options = {}) =>
    predict(therapeutics, task, smiles, readSmiles(smiles), options);
  const known = await of(aspirin);
  expect(known.cautions[0]).toMatch(/^Research only/);
  expect(known.cautions[1]).toMatch(/contains this molecule with different labels/);
  expect(known.neighbours[0]).toMatchObject({ similarity: 1 });
  expect(known.probability).toBeGreaterThan(0);
  expect(known.probability).toBeLessThan(1);
  // The same molecule written from another atom is the same question.
  expect((await of("O=C(O)c1ccccc1OC(C)=O")).probability).toBeCloseTo(known.probability!, 12);
  // On BACE the answering method is behind its neighbours, and says so first of all that is particular.
  expect((await of(aspirin, "BACE")).cautions[1]).toMatch(/^Weak: on 152 held-out molecules of BACE/);
  const far = await of("[Na+].[Cl-]", "ESOL", { anyway: true });
  expect(far.cautions[0]).toMatch(/^OUT OF SCOPE.*of ESOL is close.*extrapolation/);
  expect(far.cautions.join(" ")).toMatch(/2 pieces/);
  expect(far.low).toBeLessThanOrEqual(far.value!);
  // Both methods by name; the one that did better on validation molecules answers.
  expect(far).toMatchObject({ method: "kernel", model: { name: "tx, kernel regression" } });
  const language = await of(aspirin, "ESOL", { method: "language" });
  expect(language).toMatchObject({
    method: "language",
    model: { name: "tx" },
    prompt: expect.stringContaining("solubility in water"),
  });
  expect(far.prompt).toBeUndefined();
  const other = { ...therapeutics, kernel: undefined };
  expect((await predict(other, "ESOL", aspirin, readSmiles(aspirin))).value).toBe(language.value);
  await expect(predict(other, "ESOL", aspirin, readSmiles(aspirin), { method: "kernel" })).rejects.toThrow(
    /kernel regression is not available for this task/,
  );
  await expect(of(aspirin, "BBB")).rejects.toThrow(/is not a task of this model/);
});

test("a molecule unlike all training molecules of its task gets no verdict, unless forced; one near them does", async () => {
  const of = (smiles: string, task: string, options = {}) =>
    predict(therapeutics, task, smiles, readSmiles(smiles), options);
  for (const smiles of ["C[Hg]C", "[K+].[C-]#N", "[Pu]"]) {
    const refused = await of(smiles, "ClinTox_FDA_APPROVED", { neighbours: 0 });
    expect(refused).toMatchObject({ status: "refused", answer: "", neighbours: [] });
    expect(refused.refusal!.reasons[0]).toMatchObject({
      code: "extrapolation",
      message: expect.stringMatching(/^No training molecule of ClinTox_FDA_APPROVED .*below 0\.3/),
    });
    expect(refused.probability).toBeUndefined();
  }
  // A relative of a training molecule is answered; a chain has the fingerprint of heptane, but not its size.
  const near = await of("CP(=O)(F)OC(C)C", "ClinTox_FDA_APPROVED");
  expect(near).toMatchObject({ status: "answered", answer: expect.stringMatching(/approved/) });
  expect(near.refusal).toBeUndefined();
  expect((await of("C".repeat(300), "ESOL")).refusal!.reasons[0].message).toMatch(/300 atoms/);
  const forced = await of("C[Hg]C", "ClinTox_FDA_APPROVED", { anyway: true });
  expect(forced.status).toBe("answered");
  expect(forced.cautions[0]).toMatch(/^OUT OF SCOPE/);
  expect(forced.probability).toBeGreaterThan(0);
});

test("on training molecules of the barrier task it ranks better than chance", async () => {
  const set = therapeutics.library!.sets.find(({ name }) => name === "BBBP")!;
  const some = set.smiles.flatMap((smiles, i) => (i % 40 === 0 ? [{ smiles, positive: set.labels[i][0] === 1 }] : []));
  const scores: number[] = [];
  for (const { smiles } of some)
    scores.push(
      (await predict(therapeutics, "BBB_Martins", smiles, readSmiles(smiles), { neighbours: 0, method: "language" }))
        .probability!,
    );
  expect(
    auroc(
      scores,
      some.map(({ positive }) => positive),
    ),
  ).toBeGreaterThan(0.75);
});
