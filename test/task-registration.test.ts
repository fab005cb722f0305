/** The proof that a task is a value: one that nothing else knows takes part everywhere by being added to the list. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateText, streamText } from "ai";
import { Command } from "commander";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planBatch, runBatch } from "../src/batch/index.ts";
import { commands } from "../src/cli/commands.ts";
import { fromJson, resultJsonSchema, saveExports, toFhir, toJson } from "../src/export/index.ts";
import { ScriptedModel } from "../src/model/scripted/index.ts";
import { PolyclinicLanguageModel } from "../src/provider/index.ts";
import { openStudy } from "../src/study/index.ts";
import { defineTask, optionsSchema, registerTask, run, taskNamed, tasks } from "../src/task/index.ts";
import { statementsWith } from "../src/task/statements.ts";

interface CountRequest {
  /** What is counted. */
  thing: string;
  most?: number;
}

/** Counts things: everything a task has, and nothing outside of it. */
const countTask = defineTask<CountRequest, { thing: string; count: number }, "count">({
  name: "count",
  summary: "count things in an image",
  example: 'samples/chest-xray.jpg "ribs"',
  options: {
    thing: { kind: "text", required: true, last: "what to count", help: "what to count" },
    most: { kind: "number", whole: true, help: "more than this is no answer" },
  },
  needs: { parts: ["image"] },
  answerTokens: 16,
  render: ({ form }, { thing }) => ({
    prompts: [{ version: `count-${form}@1`, after: `How many ${thing} are there?` }],
  }),
  parse({ texts: [text] }, { thing, most = 100 }) {
    const count = Number(text.match(/\d+/)?.[0] ?? Number.NaN);
    if (!(count <= most)) return { problems: [`no number up to ${most}`] };
    return { answer: { thing, count }, problems: [] };
  },
  answerSchema: (z) => z.looseObject({ thing: z.string(), count: z.int() }),
  text: ({ count }) => String(count),
  statements: ({ thing, count }) =>
    statementsWith({ findings: [{ text: `${count} ${thing}` }], summary: `${count} ${thing}` }),
});

let folder: string;
let remove: () => void;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "polyclinic-task-"));
  const picture = sharp({ create: { width: 40, height: 30, channels: 3, background: "#777" } });
  await writeFile(join(folder, "film.png"), await picture.png().toBuffer());
  await writeFile(join(folder, "list.csv"), "id,study,thing,most\na,film.png,ribs,\nb,film.png,cats,2\n");
  remove = registerTask(countTask);
});
afterAll(async () => {
  remove();
  expect(tasks().map(({ name }) => name)).not.toContain("count");
  await rm(folder, { recursive: true });
});

const model = (...replies: string[]) => new ScriptedModel(replies, { limits: { imageSize: 32 } });
const film = () => join(folder, "film.png");

test("it is a command with its own flags and an example", async () => {
  expect(Object.keys(await commands())).toContain("count");
  const program = new Command();
  await (await commands()).count.register(program);
  let help = "";
  program.commands[0].configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => 400 }).outputHelp();
  expect(help).toMatch(
    /count things in an image[\s\S]*then what to count[\s\S]*--most <n>[\s\S]*--temperature[\s\S]*polyclinic count samples/,
  );
  const batch = new Command();
  await (await commands()).batch.register(batch);
  let batchHelp = "";
  batch.commands[0]
    .configureOutput({ writeOut: (text) => (batchHelp += text), getOutHelpWidth: () => 400 })
    .outputHelp();
  expect(batchHelp).toMatch(/"extract", "ddx", "when", "critical-view", "count"/);
  expect(batchHelp).toMatch(/--thing <text> +for count: what to count/);
});

test("a request for it has a schema", () => {
  expect(optionsSchema(taskNamed("count").options)).toEqual({
    type: "object",
    properties: {
      thing: { type: "string", description: "what to count" },
      most: { type: "integer", description: "more than this is no answer" },
    },
    required: ["thing"],
    additionalProperties: false,
  });
});

test("a batch runs it, with its options as columns", async () => {
  const output = join(folder, "out");
  const plan = await planBatch({ task: taskNamed("count"), source: join(folder, "list.csv"), output, options: {} });
  const summary = await runBatch(plan, model("24 ribs", "3 cats"));
  expect(summary).toMatchObject({ total: 2, finished: true, counts: { answered: 1, unparsed: 1, failed: 0 } });
  const lines = (await readFile(summary.path, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines[0].result).toMatchObject({ task: "count", prompt: "How many ribs are there?", answer: { count: 24 } });
  expect(lines[1].result.parse.problems).toEqual(["no number up to 2"]);
  await expect(planBatch({ task: taskNamed("count"), source: film(), output, options: {} })).rejects.toThrow();
});

test("its result is JSON of the published schema, and leaves as every export", async () => {
  await using study = await openStudy(film());
  const result = await run(countTask, study, model("24"), { thing: "ribs" });
  expect(fromJson(toJson(result))).toEqual(result);
  expect(() => fromJson(toJson({ ...result, answer: { thing: "ribs", count: "many" } } as never))).toThrow(
    /answer\.count/,
  );
  expect(JSON.stringify(resultJsonSchema())).toContain('"const":"count"');
  const [at, paths] = [new Date(0), { sr: join(folder, "a.dcm"), overlay: join(folder, "a.png") }];
  expect(JSON.stringify(toFhir(result, study, { at }))).toContain("24 ribs");
  expect((await saveExports(paths, result, study, { at })).length).toBe(3);
});

test("an AI SDK application calls it by its name", async () => {
  const provided = new PolyclinicLanguageModel("scripted", async () => model("24 ribs"));
  const content = [
    { type: "file" as const, mediaType: "image/png", data: await readFile(film()) },
    { type: "text" as const, text: "ribs" },
  ];
  const call = {
    model: provided,
    messages: [{ role: "user" as const, content }],
    providerOptions: { polyclinic: { task: "count", most: 30 } },
  };
  const { text, providerMetadata } = await generateText(call);
  expect(text).toBe("24");
  expect(providerMetadata?.polyclinic.result).toMatchObject({ task: "count", answer: { thing: "ribs", count: 24 } });
  expect(await streamText(call).text).toBe("24");
});

test("a name that is taken, or that no command could have, is refused", () => {
  expect(() => registerTask({ ...countTask, name: "ask" } as never)).toThrow(/not the name of another task/);
  expect(() => registerTask({ ...countTask, name: "Count it" } as never)).toThrow(/lower-case/);
  expect(() => taskNamed("cuont")).toThrow(/the task is unknown.*count/);
});
