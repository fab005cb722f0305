/** Outputs of labelling tools in the layouts their tools write, joined by id or by text; figures worked out by hand. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chexpertLabels } from "../../measure/index.ts";
import { textsFor } from "../export/texts.ts";
import { reportRun } from "../report/report.ts";
import { AnswerLog } from "../run/answer-log.ts";
import { openRun, type RunFolder } from "../run/folder.ts";
import { addLabels } from "./labels.ts";

let folder: string;
let run: RunFolder;
const reports = [
  [
    "Small effusion. No edema. Heart size is normal today, lungs clear otherwise.",
    "Small left effusion and the lungs are otherwise clear without any edema.",
  ],
  [
    "The heart is enlarged, there is no effusion, and there is no edema today.",
    "Cardiomegaly with moderate edema, no effusion and no pneumothorax is seen.",
  ],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-labels-"));
  const log = await AnswerLog.open(join(folder, "run"), {
    claim: "benchmark",
    benchmark: {
      name: "reports",
      title: "Reports",
      version: 1,
      split: "test",
      total: 2,
      dataHash: "0",
      licence: "CC0 1.0",
      metrics: ["rouge-l@google"],
      references: [],
      notes: [],
      warnings: [],
    },
    prompt: { version: "report@1", source: "ours", answer: "report", hash: "0", maxTokens: 10 },
    strategy: { name: "direct", version: 1, options: {} },
    model: { name: "m", hash: undefined, precision: "int4", engine: "scripted" },
    sampling: {},
    seed: 0,
  });
  const usage = { promptTokens: 1, completionTokens: 1, cachedTokens: 0 };
  for (const [i, [text, reference]] of reports.entries())
    await log.add(
      { id: `r${i}`, input: "x", gold: { kind: "text", references: [reference] } },
      { role: "report", text, finishReason: "stop", usage, ms: 1 },
    );
  await log.close();
  run = await openRun(join(folder, "run"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const file = async (name: string, text: string) => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};
const table = (column: string, rows: readonly (readonly [text: string, labels: Record<string, string>])[]) =>
  `${[column, ...chexpertLabels].join(",")}\n${rows.map(([text, labels]) => [`"${text}"`, ...chexpertLabels.map((name) => labels[name] ?? "")].join(",")).join("\n")}\n`;
const figure = async (metric: string) =>
  (await reportRun(run)).report.estimates.find((estimate) => estimate.metric === metric);

test("CheXbert: rows are found by their text, uncertain counts by the variant, the version stands in the report", async () => {
  const candidates = table("Report Impression", [
    [reports[0][0].toUpperCase(), { "Pleural Effusion": "1.0", Edema: "0.0" }],
    [reports[1][0], { Cardiomegaly: "1.0", "Pleural Effusion": "0.0" }],
  ]);
  const references = table("Report Impression", [
    [reports[0][1], { "Pleural Effusion": "1.0" }],
    [reports[1][1], { Cardiomegaly: "-1.0", Edema: "1.0" }],
    ["of another run", {}],
  ]);
  const files = [await file("c.csv", candidates), await file("r.csv", references)];
  await expect(addLabels(run, files, { version: "" })).rejects.toMatchObject({ code: "evaluate/labels" });
  expect(await addLabels(run, files, { version: "CheXbert 3a7f" })).toMatchObject({
    tool: "chexbert",
    items: 2,
    missing: [],
    strange: 1,
  });
  // Effusion right, cardiomegaly right where uncertain is positive, edema missed: micro 2*2/(4+1) and 2*1/(2+1+1).
  expect((await figure("chexbert-f1-14-micro@uncertain-positive"))!.value).toBeCloseTo(0.8, 12);
  expect(await figure("chexbert-f1-5-micro@uncertain-negative")).toMatchObject({
    value: 0.5,
    note: expect.stringContaining("CheXbert 3a7f"),
  });
});

test.each([
  ["null", "is not an object"],
  ["7", "is not an object"],
  ['{"0": null}', "has no entities"],
  ['{"0": {"text": "a", "entities": {"1": null}}}', "is not a valid entity"],
  [
    '{"0": {"text": "a", "entities": {"1": {"tokens": "a", "label": "b", "relations": [null]}}}}',
    "is not a valid entity",
  ],
])("RadGraph: %s is refused by name", async (json, summary) => {
  const broken = await file("broken.json", json);
  await expect(addLabels(run, [broken], { version: "x" })).rejects.toMatchObject({ code: "evaluate/labels", summary });
});

test("RadGraph: graphs by text; GREEN and RadCliQ by id, lower is better for the latter", async () => {
  const entity = (tokens: string, label = "OBS-DP") => ({ tokens, label, relations: [] });
  const graphs = {
    0: { text: reports[0][0].replaceAll(".", " ."), entities: { 1: entity("effusion") } },
    1: { text: reports[0][1], entities: { 1: entity("effusion"), 2: entity("left", "ANAT-DP") } },
    2: { text: reports[1][0], entities: { 1: entity("heart") } },
    3: { text: reports[1][1], entities: { 1: entity("edema") } },
  };
  await addLabels(run, [await file("graphs.json", JSON.stringify(graphs))], { version: "RadGraph-XL 0.1.18" });
  // 1 of 1 and 1 of 2 gives 2/3; then 0.
  expect((await figure("radgraph-f1@simple"))!.value).toBeCloseTo(1 / 3, 12);
  await addLabels(run, [await file("green.csv", "id,green_score\nr0,0.5\nr1,0.25\n")], {
    version: "GREEN-RadLlama2-7b",
  });
  expect((await figure("green"))!.value).toBe(0.375);
  await addLabels(run, [await file("cliq.csv", "study_id,RadCliQ-v0,RadCliQ-v1\nr0,2,1\nr1,3,0\n")], {
    version: "CXR-Report-Metric 1.1",
  });
  expect(await figure("radcliq-v0")).toMatchObject({ value: 2.5, better: "lower" });
});

test("a value that is no label, a table of no tool and a file of another run are refused with row and column", async () => {
  const bad = await file("bad.csv", table("Report Impression", [[reports[0][0], { Edema: "2" }]]));
  await expect(addLabels(run, [bad], { version: "x" })).rejects.toMatchObject({
    where: "bad.csv, row 1, column Edema",
    found: "2",
  });
  await expect(addLabels(run, [await file("no.csv", "a,b\n1,2\n")], { version: "x" })).rejects.toMatchObject({
    code: "evaluate/labels",
  });
  const other = await file("other.csv", "id,green_score\nz,1\n");
  await expect(addLabels(run, [other], { version: "x" })).rejects.toMatchObject({
    message: expect.stringContaining("no row matches a text"),
  });
});

test("texts are written for the tools, in one order", async () => {
  const [candidates] = await textsFor(run, join(folder, "texts"));
  expect((await readFile(candidates, "utf8")).split("\n").slice(0, 2)).toEqual([
    "id,side,Report Impression",
    `"r0",candidate,"${reports[0][0]}"`,
  ]);
});
