import { expect, test } from "vitest";
import { z } from "zod";
import { extract, taskNamed } from "../index.ts";
import { film, scripted, study } from "../testing.ts";

test("values of a zod schema: the model is held to it, and what comes back is checked against it", async () => {
  const schema = z.object({ effusion: z.boolean(), size: z.number().max(10) });
  const model = scripted(['{"effusion": true, "size": 3}', '{"effusion": true, "size": 30}']);
  const first = await extract(study(film()), model, { question: "Is there an effusion?", schema });
  expect(first.answer).toEqual({ effusion: true, size: 3 });
  expect(model.calls[0].options.schema).toMatchObject({ type: "object", required: ["effusion", "size"] });
  const second = await extract(study(film()), model, { question: "Is there an effusion?", schema });
  expect(second.parse).toEqual({ status: "unparsed", problems: [expect.stringMatching(/^size: /)] });
});

test("values of a JSON Schema, for callers that have no zod", async () => {
  const schema = { type: "object", properties: { size: { type: "number", maximum: 10 } }, required: ["size"] };
  const model = scripted(['{"size": 3}', '{"size": 30}', "none"]);
  const values = () => extract(study(film()), model, { question: "How large?", schema });
  expect((await values()).answer).toEqual({ size: 3 });
  expect((await values()).parse.problems).toEqual([expect.stringMatching(/^size: /)]);
  expect((await values()).parse.problems).toEqual(["not JSON"]);
});

test("a JSON Schema that answers cannot be checked against is an error before the model works", async () => {
  const schema = { type: "object", not: { required: ["a"] } };
  const asking = extract(study(film()), scripted([]), { question: "x", schema });
  await expect(asking).rejects.toMatchObject({ code: "task/schema", where: "schema" });
});

test("every value leaves as a statement that says which it is", () => {
  const { findings, summary } = taskNamed("extract").statements({
    effusion: false,
    lesions: [{ size: 12 }],
    side: null,
  });
  expect(findings.map(({ text }) => text)).toEqual(["effusion: no", "lesions.1.size: 12", "side: not given"]);
  expect(summary).toBe("effusion: no; lesions.1.size: 12; side: not given");
});
