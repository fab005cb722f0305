import { expect, test } from "vitest";
import { answers, picture, result, study } from "../../test/export-fixtures.ts";
import type { TaskName } from "../task/tasks.ts";
import { fromJson, resultJsonSchema, toJson } from "./json.ts";

const of = study(picture());
const cases = Object.entries(answers).map(([name, answer]) => [name === "measured" ? "ask" : name, answer] as const);

test.each(cases)("a result of %s comes back as it went", (task, answer) => {
  const made = result(task as TaskName, answer, of);
  expect(fromJson(toJson(made))).toEqual(made);
});

test("an unparsed result comes back, one that claims to be parsed without an answer does not", () => {
  const made = result("locate", undefined, of);
  expect(fromJson(toJson(made))).toEqual(made);
  const claims = { ...made, parse: { status: "parsed", problems: [] } } as typeof made;
  expect(() => fromJson(toJson(claims))).toThrow(/exactly when/);
});

test("an error names the field", () => {
  const made = JSON.parse(toJson(result("locate", answers.locate, of)));
  made.answer.boxes[1].box.x1 = "wide";
  expect(() => fromJson(JSON.stringify(made))).toThrow(/^answer\.boxes\.1\.box\.x1: /);
  expect(() => fromJson("{")).toThrow(/is not JSON/);
});

test("a refusal of an earlier version, whose reasons have `says`, is read", () => {
  const reasons = [{ code: "task", message: "nano was not trained to sing." }];
  const made = { ...result("ask", answers.ask, of), refusal: { reasons, answers: [] } };
  const earlier = { ...made, refusal: { reasons: [{ code: "task", says: reasons[0].message }], answers: [] } };
  expect(fromJson(JSON.stringify(earlier))).toEqual(JSON.parse(toJson(made as never)));
});

test("fields of later additions are kept", () => {
  const made = { ...result("ask", answers.ask, of), later: 1 };
  expect(fromJson(toJson(made))).toMatchObject({ later: 1 });
});

test("the documented schema is this one (update with `npx vitest run src/export -u`)", async () => {
  await expect(`${JSON.stringify(resultJsonSchema(), undefined, 2)}\n`).toMatchFileSnapshot(
    "../../docs/result.schema.json",
  );
});
