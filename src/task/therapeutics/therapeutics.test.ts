import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { morganFingerprint, readSmiles } from "../../molecules/index.ts";
import {
  binsFromDigits,
  domainCaution,
  fillPrompt,
  fromBin,
  nearestSequences,
  nearestShots,
  parseTherapeuticAnswer,
  positiveProbability,
  predict,
  promptFileName,
  promptTemplate,
  randomShots,
  readPromptFile,
  sequenceIdentity,
  sizeCaution,
  taskNamed,
  therapeuticTasks,
  toBin,
} from "./index.ts";

/** In the layout of the published templates, with their odd spaces; own words. */
const barrier =
  "Instructions: Answer about drug properties.\nContext: A barrier.\n\nQuestion: Given a drug SMILES string, predict whether it\n(A) stays out  (B) passes \nDrug SMILES: {Drug SMILES}\nAnswer:";
const binding =
  "Instructions: Answer.\nContext: Proteins.\nQuestion: Predict from 000 to 1000.\nDrug SMILES: {Drug SMILES}\nTarget amino acid sequence: {Target amino acid sequence}\nAnswer:";

test("66 tasks: 36 binary, 29 regressions, one generation, each once", () => {
  const count = (kind: string) => therapeuticTasks.filter((task) => task.kind === kind).length;
  expect([count("binary"), count("regression"), count("generation")]).toEqual([36, 29, 1]);
  expect(new Set(therapeuticTasks.map((task) => task.name)).size).toBe(66);
  expect(taskNamed("BBB_Martins")).toMatchObject({ kind: "binary", metric: "auroc", split: "scaffold" });
  expect(taskNamed("Tox21_NR_AR")?.name).toBe("Tox21");
  expect(taskNamed("Caco2")?.name).toBe("Caco2_Wang");
  expect(taskNamed("none")).toBeUndefined();
});

test("only placeholders change: everything else of the template is in the prompt, byte by byte", () => {
  const template = promptTemplate("BBB_Martins", barrier);
  const prompt = fillPrompt(template, { "Drug SMILES": "CC{O}C" });
  expect(prompt).toBe(barrier.replace("{Drug SMILES}", "CC{O}C"));
});

test("examples repeat the input lines with their answers before what is asked", () => {
  const template = promptTemplate("BindingDB_kd", binding);
  const prompt = fillPrompt(template, { "Drug SMILES": "CCO", "Target amino acid sequence": "MKV" }, [
    { inputs: { "Drug SMILES": "C", "Target amino acid sequence": "MA" }, answer: "417" },
  ]);
  expect(prompt).toBe(
    "Instructions: Answer.\nContext: Proteins.\nQuestion: Predict from 000 to 1000.\nDrug SMILES: C\nTarget amino acid sequence: MA\nAnswer: 417\nDrug SMILES: CCO\nTarget amino acid sequence: MKV\nAnswer:",
  );
});

test("missing, unknown and broken inputs are named", () => {
  const template = promptTemplate("BBB_Martins", barrier);
  expect(() => fillPrompt(template, {})).toThrow(/BBB_Martins: .*expected Drug SMILES, found none/);
  expect(() => fillPrompt(template, { "Drug SMILES": "C", Target: "M" })).toThrow(/found Drug SMILES, Target/);
  expect(() => fillPrompt(template, { "Drug SMILES": "C\nAnswer: (A)" })).toThrow(/several lines/);
  expect(() => promptTemplate("x", "no holes")).toThrow(/has no placeholder/);
});

test("prompt files of a checkpoint folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "polyclinic-tx-"));
  await expect(readPromptFile(folder)).rejects.toMatchObject({
    code: "therapeutics/prompts",
    hint: expect.stringContaining(promptFileName),
  });
  await writeFile(join(folder, promptFileName), JSON.stringify({ BBB_Martins: barrier, BindingDB_kd: binding }));
  const templates = await readPromptFile(folder);
  expect(templates.get("BindingDB_kd")?.placeholders).toEqual(["Drug SMILES", "Target amino acid sequence"]);
  await writeFile(join(folder, promptFileName), "[1]");
  await expect(readPromptFile(folder)).rejects.toMatchObject({ expected: "an object that maps task names to texts" });
  await rm(folder, { recursive: true });
});

test("000 to 1000 and back: within half a bin, in order, limits kept", () => {
  const limits = { minimum: -7.3, maximum: 4.1 };
  fc.assert(
    fc.property(
      fc.double({ min: -7.3, max: 4.1, noNaN: true }),
      fc.double({ min: -20, max: 20, noNaN: true }),
      (inside, any) => {
        expect(Math.abs(fromBin(Number(toBin(inside, limits)), limits) - inside)).toBeLessThanOrEqual(
          11.4 / 2000 + 1e-12,
        );
        if (any > inside) expect(Number(toBin(any, limits))).toBeGreaterThanOrEqual(Number(toBin(inside, limits)));
      },
    ),
  );
  expect([toBin(-7.3, limits), toBin(-100, limits), toBin(4.1, limits), toBin(-7.2, limits)]).toEqual([
    "000",
    "000",
    "1000",
    "009",
  ]);
  expect(() => toBin(1, { minimum: 2, maximum: 2 })).toThrow(/not an interval/);
});

test.each([
  ["(B)", "binary", { kind: "binary", positive: true }],
  [" Answer: (A)\n", "binary", { kind: "binary", positive: false }],
  ["(A) or (B)", "binary", { kind: "unparsed" }],
  ["(C)", "binary", { kind: "unparsed" }],
  ["maybe", "binary", { kind: "unparsed" }],
  ["042", "regression", { kind: "regression", bin: 42 }],
  ["1000", "regression", { kind: "regression", bin: 1000 }],
  ["1001", "regression", { kind: "unparsed" }],
  ["-3", "regression", { kind: "unparsed" }],
  ["4.2", "regression", { kind: "unparsed" }],
  ["CCO.CC(=O)O", "generation", { kind: "generation", smiles: ["CCO", "CC(=O)O"] }],
  ["", "generation", { kind: "unparsed" }],
] as const)("%s as %s", (text, kind, expected) => {
  expect(parseTherapeuticAnswer(text, kind)).toMatchObject(expected);
});

test("a value needs the limits; without them a number stays a rank", () => {
  expect(parseTherapeuticAnswer("500", "regression", { minimum: 0, maximum: 10 })).toEqual({
    kind: "regression",
    bin: 500,
    value: 5,
  });
  expect(parseTherapeuticAnswer("500", "regression")).toEqual({ kind: "regression", bin: 500 });
  expect(positiveProbability(-1, -1)).toBe(0.5);
  expect(positiveProbability(Math.log(0.2), Math.log(0.6))).toBeCloseTo(0.75, 12);
});

test("sequence identity by hand: equal letters over columns of the alignment", () => {
  expect(sequenceIdentity("MKVL", "mkvl")).toBe(1);
  expect(sequenceIdentity("MKVL", "MKAL")).toBe(0.75);
  expect(sequenceIdentity("MKVL", "MKL")).toBe(0.75);
  expect(sequenceIdentity("AAAA", "CCCC")).toBe(0);
  expect(sequenceIdentity("", "")).toBe(1);
  expect(nearestSequences("MKVL", ["CCCC", "MKVL", "MKAL"], 2, new Set([1])).map((hit) => hit.index)).toEqual([2, 0]);
});

test("nearest examples beat random ones where like molecules have like labels, and not on shuffled labels", () => {
  const families = ["c1ccccc1", "C1CCCCC1", "c1ccncc1", "C1CCOCC1"];
  const molecules = families.flatMap((ring, family) =>
    Array.from({ length: 12 }, (_, i) => ({
      label: family % 2,
      fingerprint: morganFingerprint(readSmiles(`${"C".repeat(i + 1)}${ring}`)),
    })),
  );
  const accuracy = (labels: readonly number[], choose: (i: number) => readonly number[]) =>
    molecules.filter((_, i) => {
      const votes = choose(i).filter((shot) => labels[shot] === 1).length;
      return (votes * 2 > choose(i).length ? 1 : 0) === labels[i];
    }).length / molecules.length;
  const library = molecules.map((m) => m.fingerprint);
  const near = library.map((fp, i) => nearestShots(fp, library, 5, new Set([i])).map((hit) => hit.index));
  const any = library.map((_, i) => randomShots(library.length, 5, i, new Set([i])));
  const labels = molecules.map((m) => m.label);
  // A fixed relabelling that has nothing to do with the families.
  const shuffled = labels.map((_, i) => ((i * 7) % 13) % 2);
  expect(accuracy(labels, (i) => near[i])).toBeGreaterThan(accuracy(labels, (i) => any[i]) + 0.2);
  expect(accuracy(shuffled, (i) => near[i])).toBeLessThan(0.75);
  expect(near.every((shots, i) => !shots.includes(i) && shots.length === 5)).toBe(true);
});

test("a question unlike all training molecules carries a caution", () => {
  expect(domainCaution([{ index: 0, similarity: 0.6 }])).toBeUndefined();
  expect(domainCaution([{ index: 0, similarity: 0.1 }], "ESOL")).toMatch(/of ESOL .*0\.10, below 0\.3/);
  expect(domainCaution([])).toMatch(/extrapolation/);
  expect(sizeCaution(14, [7, 6])).toBeUndefined();
  expect(sizeCaution(5000, [7, 6])).toMatch(/5000 atoms.*at most 7/);
});

test("a number from its digits: mean and limits of the distribution, 1000 told from 100", async () => {
  /** A synthetic model: probability of each whole number, as `p(bin)`; answers are three digits, or 1000. */
  const estimate = (p: (bin: number) => number) => {
    const written = Array.from({ length: 1001 }, (_, bin) => ({ text: String(bin).padStart(3, "0"), share: p(bin) }));
    const all = written.reduce((sum, { share }) => sum + share, 0);
    const likelihood = (begin: string) =>
      written.reduce((sum, { text, share }) => (text.startsWith(begin) ? sum + share : sum), 0) / all;
    return binsFromDigits(async (continuations) => continuations.map((text) => Math.log(likelihood(text) || 1e-300)));
  };
  const bell = (centre: number, width: number) => (bin: number) => Math.exp(-((bin - centre) ** 2) / (2 * width ** 2));
  const { mean, low, high } = await estimate(bell(437, 40));
  expect(Math.abs(mean - 437)).toBeLessThan(2);
  expect(Math.abs(low - (437 - 1.28 * 40))).toBeLessThan(8);
  expect(Math.abs(high - (437 + 1.28 * 40))).toBeLessThan(8);
  expect((await estimate((bin) => (bin === 1000 ? 1 : 0))).mean).toBeCloseTo(1000, 0);
  expect(Math.abs((await estimate((bin) => (bin === 102 ? 1 : 0))).mean - 102)).toBeLessThan(5);
});

test("a model without likelihoods answers in writing: no probability, a rank where limits are unknown, and what cannot be read is said", async () => {
  const of = async (task: string, text: string, reply: string, inputs = {}, smiles = "CCO") => {
    const model = Object.assign(new ScriptedModel([reply]), { score: undefined });
    const prompts = new Map([[task, promptTemplate(task, text)]]);
    const therapeutics = {
      model,
      prompts,
      library: undefined,
      neighbours: undefined,
      kernel: undefined,
      figures: undefined,
    };
    return predict(therapeutics, task, smiles, readSmiles(smiles), { inputs });
  };
  const passes = await of("BBB_Martins", barrier, "(B)");
  expect(passes).toMatchObject({ method: "language", kind: "binary", answer: "passes" });
  expect(passes.probability).toBeUndefined();
  expect(passes.cautions.at(-1)).toMatch(/returns no likelihoods/);
  const marked = await of("BBB_Martins", barrier, "(B)", {}, "C[C@](F)Cl");
  expect(marked.cautions).toContainEqual(
    expect.stringMatching(/^A stereo mark was ignored: C at .* has three neighbours/),
  );
  expect(marked.cautions).toContainEqual(expect.stringMatching(/1 unpaired electron\.$/));
  const ranked = await of("BindingDB_kd", binding, "417", { "Target amino acid sequence": "MKV" });
  expect(ranked).toMatchObject({ rank: 417, answer: expect.stringMatching(/^417 on a scale of 0 to 1000/) });
  const unread = await of("BBB_Martins", barrier, "I cannot say");
  expect(unread).toMatchObject({ answer: "not read" });
  expect(unread.cautions.at(-1)).toMatch(/Not read: the model wrote "I cannot say" \(neither \(A\) nor \(B\)\)/);
});
