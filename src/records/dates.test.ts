import { expect, test } from "vitest";
import { ageAt, compareDates, daysBetween, fromHl7Date, isBefore, overlapsUnequally, spanOf, within } from "./dates.ts";

test("what is no date has no span", () => {
  for (const text of ["2023-02-29", "2023-13", "yesterday", "", "2023-1-1"]) expect(spanOf(text)).toBeUndefined();
  expect(spanOf("2024-02-29")?.precision).toBe("day");
});

test("times are ordered as instants, whatever their zone", () => {
  expect(compareDates("2024-01-01T23:30:00-05:00", "2024-01-02T03:00:00Z")).toBeGreaterThan(0);
  expect(isBefore("2024-01-01", "2024-01-02")).toBe(true);
  expect(isBefore("2024", "2024-06-01")).toBe(false);
  expect(overlapsUnequally("2024-05", "2024-05-03")).toBe(true);
});

test("a period is decided by the printed day; an imprecise date may be unclear", () => {
  expect(within("2014-12-31T23:30:00-05:00", { from: "2014", to: "2014" })).toBe("in");
  expect(within("2014", { from: "2014-03", to: "2014-05" })).toBe("unclear");
  expect(within("2013", { from: "2014", to: "2014" })).toBe("out");
});

test("days and ages are ranges where dates are imprecise, and exact where they are not", () => {
  expect(daysBetween("2024-02-28", "2024-03-01")).toEqual({ min: 2, max: 2 });
  expect(daysBetween("2024-01", "2024-02-01")).toEqual({ min: 1, max: 31 });
  expect(ageAt("2000-02-29", "2018-02-28")).toEqual({ min: 17, max: 17 });
  expect(ageAt("2000-02-29", "2018-03-01")).toEqual({ min: 18, max: 18 });
  expect(ageAt("1960", "2000-06-01")).toEqual({ min: 39, max: 40 });
  expect(ageAt("2000", "1990")).toBeUndefined();
});

test("HL7 dates keep their precision", () => {
  expect(fromHl7Date("2006")).toBe("2006");
  expect(fromHl7Date("20100929110702-0500")).toBe("2010-09-29T11:07:02-05:00");
  expect(fromHl7Date("2010092911")).toBe("2010-09-29");
  expect(fromHl7Date("20101399")).toBeUndefined();
});
