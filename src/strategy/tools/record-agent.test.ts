/** The agent on the sample chart with scripted steps: what tools give back, what is refused, what an answer must cite. */
import { beforeAll, expect, test } from "vitest";
import { chatServer } from "../../../test/support/chat-server.ts";
import { toFhir } from "../../export/fhir/bundle.ts";
import { fromJson, toJson } from "../../export/json.ts";
import { connect } from "../../model/remote/index.ts";
import { ScriptedModel } from "../../model/scripted/index.ts";
import { agentStepSchema } from "../../records/index.ts";
import { openStudy, type Study } from "../../study/index.ts";
import { compileSchema } from "../../text/grammar/index.ts";
import { askRecordAgent } from "./record-agent.ts";

let study: Study;
beforeAll(async () => {
  study = await openStudy(new URL("../../../samples/chart.json", import.meta.url).pathname);
});

const question = "Was the haemoglobin ever below 11?";
const today = "2026-03-01";
const step = (tool: string, given: object) => JSON.stringify({ tool, arguments: given });
const latest = step("compute", { op: "latest", concept: "haemoglobin" });
const long = { limits: { contextTokens: 32_768 } };

test("a step's schema can be enforced while it is written", () => {
  expect(() => compileSchema(agentStepSchema as never)).not.toThrow();
});

test("tools are run, the answer's references become cited facts, every round is in the trace", async () => {
  const model = new ScriptedModel((messages, _, call) => {
    if (call === 0) return latest;
    const last = messages[messages.length - 1].content[0];
    const [reference] = /F\d+/.exec(last.type === "text" ? last.text : "")!;
    return step("finish", { answer: `Yes: it was 10.4 g/dL on 2026-02-03 [${reference}].` });
  }, long);
  const result = await askRecordAgent(study, model, { question, today });
  expect(result.answer).toMatchObject({ kind: "free", answer: "Yes: it was 10.4 g/dL on 2026-02-03 [1]." });
  expect(result.answer!.facts).toMatchObject([{ number: 1, value: "10.4 g/dL", date: "2026-02-03T09:10:00+01:00" }]);
  expect(result.trace.map(({ tool }) => tool)).toEqual(["compute", "finish"]);
  expect(result.trace[0].result).toContain("10.4");
  expect(result.cautions ?? []).toEqual([]);
  expect(fromJson(toJson(result))).toEqual(JSON.parse(JSON.stringify(result)));
  expect(JSON.stringify(toFhir(result, study, { at: new Date(0) }))).toContain("10.4 g/dL");
});

test("a wrong number is a caution that names both, and a fact no tool showed is no citation", async () => {
  const model = new ScriptedModel(
    [latest, step("finish", { answer: "Hemoglobin was 14.9 g/dL on 2026-02-03 [F1]." })],
    long,
  );
  const { cautions = [] } = await askRecordAgent(study, model, { question, today });
  expect(cautions.find((one) => one.includes("14.9"))).toContain("10.4");
  expect(cautions).toContain("the answer cites F1, which no tool showed");
});

test("mistakes are told to the model; repeats are; after eight rounds it may only finish", async () => {
  const replies = ["no JSON", step("erase", {}), latest, latest];
  const model = new ScriptedModel((_, __, call) => replies[call] ?? step("search", { text: `word${call}` }), long);
  const result = await askRecordAgent(study, model, { question, today });
  expect(model.calls).toHaveLength(9);
  expect(JSON.stringify(model.calls[8].options.schema)).not.toContain('"search"');
  expect(result.trace[0].result).toMatch(/no step/);
  expect(result.trace[1].result).toMatch(/no tool erase/);
  expect(result.trace[3].result).toMatch(/called before/);
  expect(result.trace.every(({ result: given }) => given !== "")).toBe(true);
  expect(result.trace[8].result).toMatch(/No rounds were left/);
  expect(result.parse.status).toBe("unparsed");
  expect(result.parse.problems[0]).toMatch(/^no answer after 8 rounds; the tools showed: .*10\.4 g\/dL.*\[F\d+\]/);
  expect(result.answer).toBeUndefined();
});

test("a server that does not keep to the schema is told so, like any other mistake", async () => {
  const replies = ["", '{"tool": "search", "arguments": {"co', step("erase", { id: "F1" }), latest];
  const server = await chatServer("vllm", (response, _, call) => {
    const content = replies[call - 1] ?? step("finish", { answer: "It was 10.4 g/dL." });
    const event = { choices: [{ index: 0, delta: { content }, finish_reason: "stop" }] };
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(`data: ${JSON.stringify(event)}\n\ndata: [DONE]\n\n`);
  });
  try {
    await using model = await connect(server.url);
    const { trace, answer } = await askRecordAgent(study, model, { question, today });
    expect(trace.map(({ tool }) => tool)).toEqual([undefined, undefined, "erase", "compute", "finish"]);
    expect(trace.slice(0, 3).map(({ result }) => result)).toEqual([
      expect.stringMatching(/no step/),
      expect.stringMatching(/no step/),
      expect.stringMatching(/no tool erase/),
    ]);
    expect(answer).toMatchObject({ answer: "It was 10.4 g/dL." });
  } finally {
    await server.close();
  }
});
