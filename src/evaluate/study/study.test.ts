/** Studies from a table to the analysis: rubrics, balanced and blinded assignment, forms, import of good and bad ratings, the server, shares and agreement. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { analyseStudy } from "./analyse.ts";
import { assignmentsOf, assignStudy, blindName, parseRaters } from "./assign.ts";
import { writeForms } from "./forms.ts";
import { judgeStudy } from "./judge.ts";
import { importRatings, ratingsOf } from "./ratings.ts";
import { reportStudy } from "./report.ts";
import { loadRubric } from "./rubric.ts";
import { serveStudy } from "./serve.ts";
import { initStudy, openStudyFolder, type Study } from "./study.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-study-"));
  const rows = Array.from({ length: 10 }, (_, i) => `q${i},Question ${i}?,good text ${i},poor text ${i}`);
  await writeFile(join(folder, "texts.csv"), `id,question,goodmodel,poormodel\n${rows.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function study(name: string, rubric: string, raters: string, perUnit: number): Promise<Study> {
  const path = join(folder, name);
  await initStudy(path, { rubric, table: join(folder, "texts.csv"), seed: 3 });
  const opened = await openStudyFolder(path);
  await assignStudy(opened, parseRaters(raters, opened.study.rubric.groups), perUnit);
  return opened;
}

test("the rubrics of the package have closed scales and the published numbers of axes", async () => {
  const axes = async (name: string) => (await loadRubric(name)).axes.length;
  expect(await axes("med-palm")).toBe(14);
  expect(await axes("pairwise-9")).toBe(9);
  expect(await axes("gmcpq")).toBe(11);
  for (const name of [
    "cxr-preference",
    "cxr-errors",
    "report-management",
    "ddx",
    "consultation-specialist",
    "oncology-plan",
    "equity-independent",
    "equity-pairwise",
    "equity-counterfactual",
  ])
    expect(await axes(name), name).toBeGreaterThan(0);
});

test("a rubric with an open scale is refused", async () => {
  const path = join(folder, "open.yaml");
  await writeFile(
    path,
    "name: open\ntitle: x\nversion: 1\nshape: independent\nsource: x\naxes: [{ id: free, ask: 'Say something' }]\n",
  );
  await expect(loadRubric(path)).rejects.toMatchObject({
    code: "study/rubric",
    message: expect.stringContaining("open"),
  });
});

test("assignment is balanced in load, in raters a unit and in sides, and forms name no source", async () => {
  const opened = await study("balance", "pairwise-9", "ann,ben,cem", 2);
  const assignments = await assignmentsOf(opened);
  const load = ["ann", "ben", "cem"].map((rater) => assignments.filter((a) => a.rater === rater).length);
  expect(Math.max(...load) - Math.min(...load)).toBeLessThanOrEqual(1);
  for (const { id } of opened.units) {
    const own = assignments.filter(({ unit }) => unit === id);
    expect(new Set(own.map(({ rater }) => rater)).size).toBe(2);
    expect(own.map(({ first }) => first).sort()).toEqual([0, 1]);
  }
  for (const path of await writeForms(opened)) {
    const text = await readFile(path, "utf8");
    expect(text).not.toMatch(/goodmodel|poormodel/);
    expect(text).toMatch(/Question \d\?/);
  }
});

/** Prefers the text that begins with "good", and names the poor one where an axis asks for the worse. */
async function ratings(opened: Study, rater: string, flip = 0): Promise<string> {
  const { rubric } = opened.study;
  const rows = (await assignmentsOf(opened))
    .filter((a) => a.rater === rater)
    .flatMap(({ unit, first }, i) =>
      rubric.axes.map(({ id, worse }) => {
        const good = first === 0 ? "A" : "B";
        const named = worse !== i < flip ? (good === "A" ? "B" : "A") : good;
        return { rater, unit: blindName(opened, unit), axis: id, value: named };
      }),
    );
  const path = join(opened.folder, `${rater}.json`);
  await writeFile(path, JSON.stringify(rows));
  return path;
}

test("ten pairs from import to analysis: preference by source, sides undone, p adjusted, agreement", async () => {
  const opened = await study("pairs", "pairwise-9", "ann,ben", 2);
  await importRatings(opened, [await ratings(opened, "ann"), await ratings(opened, "ben", 2)]);
  const { result, files } = await reportStudy(opened);
  const [consensus] = result.axes;
  expect(consensus.shares.map(({ source, share }) => [source, share.value])).toEqual([
    ["goodmodel", 0.9],
    ["poormodel", 0.1],
  ]);
  // Harm names the worse text, so the good one is still the preferred one.
  expect(result.axes.find(({ axis }) => axis === "harm-extent")!.shares[0].share.value).toBe(0.9);
  // Eight questions for it, two undecided: the sign test of 8 of 8.
  expect(consensus.test!.p).toBeCloseTo(2 * 0.5 ** 8, 12);
  expect(consensus.agreement).toMatchObject({ raters: 2, doublyRated: 10 });
  // Observed agreement .8 of three categories: (.8 - 1/3) / (2/3).
  expect(consensus.agreement.randolphKappa).toBeCloseTo(0.7, 12);
  expect(await readFile(files[2], "utf8")).toContain("<svg");
});

test("unknown raters, units, axes and values are named and counted; the rest is kept, and later ratings replace earlier ones", async () => {
  const opened = await study("bad", "pairwise-9", "ann,ben", 1);
  const path = await ratings(opened, "ann");
  const good = JSON.parse(await readFile(path, "utf8")) as Record<string, string>[];
  await writeFile(
    path,
    JSON.stringify([
      ...good,
      { ...good[0], rater: "eve" },
      { ...good[0], unit: "nowhere" },
      { ...good[0], axis: "beauty" },
      { ...good[0], value: "C" },
      { ...good[0], value: "" },
      { ...good[0], value: "equal" },
    ]),
  );
  const taken = await importRatings(opened, [path]);
  expect(taken).toMatchObject({ added: good.length + 1, empty: 1 });
  expect(taken.refused.map(({ why }) => why)).toEqual([
    expect.stringContaining("eve"),
    expect.stringContaining("nowhere"),
    expect.stringContaining("beauty"),
    expect.stringContaining("C is not one of A, B, equal"),
  ]);
  expect(await ratingsOf(opened)).toMatchObject({ replaced: 1 });
});

test("independent ratings: favourable shares by source, cannot-rate left out and counted", async () => {
  const opened = await study("independent", "gmcpq", "pat:patient", 1);
  const rows = (await assignmentsOf(opened)).map(({ unit }) => {
    const { texts } = opened.units.find(({ id }) => id === unit)!;
    const value = unit.startsWith("q0/") ? "Does not apply" : texts[0].source === "goodmodel" ? "Very good" : "Poor";
    return { rater: "pat", unit: blindName(opened, unit), axis: "listening", value };
  });
  const path = join(opened.folder, "r.json");
  await writeFile(path, JSON.stringify(rows));
  await importRatings(opened, [path]);
  const { axes } = await analyseStudy(opened);
  expect(axes[0]).toMatchObject({
    axis: "listening",
    notRated: 2,
    shares: [
      { source: "goodmodel", share: { value: 1, n: 9 } },
      { source: "poormodel", share: { value: 0, n: 9 } },
    ],
  });
  expect(axes[0].test).toMatchObject({ name: "wilcoxon of questions" });
});

describe("the server", () => {
  test("gives each rater their form, takes their ratings, refuses others", async () => {
    const opened = await study("served", "pairwise-9", "ann,ben", 1);
    const server = await serveStudy(opened);
    try {
      const [ann, ben] = server.links;
      expect(await (await fetch(ann.url)).text()).toContain("Rater ann");
      const [row] = JSON.parse(await readFile(await ratings(opened, "ann"), "utf8")) as object[];
      const post = (url: string, rows: unknown) => fetch(url, { method: "POST", body: JSON.stringify(rows) });
      expect((await post(ann.url, [row])).status).toBe(200);
      expect((await post(ben.url, [row])).status).toBe(422);
      expect((await fetch(new URL("/other", ann.url))).status).toBe(404);
      expect((await ratingsOf(opened)).ratings).toHaveLength(1);
    } finally {
      await server.close();
    }
  });
});

test("a judge that always says A is a tie in both orders; one that reads prefers the good text", async () => {
  const opened = await study("judged", "cxr-preference", "ann", 1);
  const always = await judgeStudy(opened, new ScriptedModel(() => "Final Answer: A", { name: "lazy" }));
  expect(always).toMatchObject({ swayed: 10, unread: 0 });
  const reader = new ScriptedModel(
    (messages) => {
      const text = messages
        .flatMap(({ content }) => content.map((part) => (part.type === "text" ? part.text : "")))
        .join("");
      return `Final Answer: ${text.indexOf("good text") < text.indexOf("poor text") ? "A" : "B"}`;
    },
    { name: "reader" },
  );
  expect(await judgeStudy(opened, reader)).toMatchObject({ swayed: 0, ratings: 10 });
  await importRatings(opened, [await ratings(opened, "ann")]);
  const { axes, judges } = await analyseStudy(opened);
  expect(judges.map(({ rater, swayed, pairs }) => [rater, swayed, pairs])).toEqual([
    ["model:lazy", 10, 10],
    ["model:reader", 0, 10],
  ]);
  const model = axes.find(({ group }) => group === "model")!;
  // Ann prefers the good text every time, as the reader does: alike throughout, so kappa is not defined; the lazy judge's ties never are alike.
  expect(model.withPeople!.map(({ judge, n, equal }) => [judge, n, equal])).toEqual([
    ["model:lazy", 10, 0],
    ["model:reader", 10, 1],
  ]);
  // Ten ties of the lazy judge, ten preferences of the other.
  expect(model.shares.map(({ share }) => share.value)).toEqual([0.5, 0]);
});
