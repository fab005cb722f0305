import { expect, test } from "vitest";
import { differ, differentNames, distinctPatientIds, formatPatientId } from "./patient-id.ts";

const [north, south, unknown] = ["North", "South", ""].map((issuer) => ({ id: "1", issuer }));

test("one number of two issuers is of two people; a file without an issuer goes with either", () => {
  expect([differ(north, south), differ(north, unknown), differ(unknown, south)]).toEqual([true, false, false]);
  expect(differ(north, { id: "2", issuer: "North" })).toBe(true);
  expect(distinctPatientIds([unknown, north, unknown, north])).toEqual([north]);
  expect(distinctPatientIds([unknown, south, north]).map(formatPatientId)).toEqual(["1^^^South", "1^^^North"]);
});

test("names differ only by what both state", () => {
  expect(differentNames("DOE^JANE", "Doe Jane Mary")).toBe(false);
  expect(differentNames("DOE^JANE", "")).toBe(false);
  expect(differentNames("MÜLLER^ANNA", "Müller, Anna")).toBe(false);
  expect(differentNames("DOE^JANE", "ROE^JANE")).toBe(true);
  expect(differentNames("山田^太郎", "山田^花子")).toBe(true);
});
