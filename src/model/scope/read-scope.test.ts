import { expect, test } from "vitest";
import { parseScope } from "./read-scope.ts";

const ability = { id: "a", kinds: [] };
const scope = { model: "m", source: "s", kinds: [] };

test("a scope of version 1, whose abilities have `says` and `asks`, is read as one of version 2", () => {
  const requests = [{ task: "report" }];
  const first = {
    ...scope,
    schema: "polyclinic.scope/1",
    abilities: [{ ...ability, says: "a report", asks: requests }],
  };
  const second = {
    ...scope,
    schema: "polyclinic.scope/2",
    abilities: [{ ...ability, description: "a report", requests }],
  };
  expect(parseScope(JSON.stringify(first), "scope.json")).toEqual(second);
  expect(parseScope(JSON.stringify(second), "scope.json")).toEqual(second);
});

test.each([
  ["polyclinic.scope/3", [], /schema/],
  ["polyclinic.scope/2", [{ ...ability, says: "a report", asks: [{ task: "report" }] }], /abilities\[0\]/],
  ["polyclinic.scope/1", [null], /abilities\[0\]/],
])("a scope that is not valid is an error that names the field: %s", (schema, abilities, field) => {
  expect(() => parseScope(JSON.stringify({ ...scope, schema, abilities }), "scope.json")).toThrow(field);
});
