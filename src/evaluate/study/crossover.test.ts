import { expect, test } from "vitest";
import { type ArmReading, crossoverReadings, crossoverResults, secondPeriodFrom } from "./crossover.ts";

test("every reader reads every case once in each arm, in two periods; the first arm is balanced over cases and readers", () => {
  const readings = crossoverReadings(6, ["r", "s"], 11);
  expect(readings).toHaveLength(24);
  for (const person of ["r", "s"]) {
    const own = readings.filter((one) => one.person === person);
    expect(own.map(({ position }) => position)).toEqual([...Array(12).keys()]);
    const first = own.filter(({ position }) => position < 6);
    expect(new Set(first.map(({ item }) => item)).size).toBe(6);
    expect(first.filter(({ arm }) => arm === "with AI")).toHaveLength(3);
    for (const { item, arm } of first)
      expect(own.find((one) => one.item === item && one.position >= 6)?.arm).not.toBe(arm);
  }
  const armOf = (person: string, item: number) =>
    readings.find((one) => one.person === person && one.item === item && one.position < 6)!.arm;
  for (let item = 0; item < 6; item++) expect(armOf("r", item)).not.toBe(armOf("s", item));
  expect(crossoverReadings(6, ["r", "s"], 11)).toEqual(readings);
  expect(crossoverReadings(6, ["r", "s"], 12)).not.toEqual(readings);
});

test("results pair a reader's two readings of a case; one that is missing pairs with nothing", () => {
  const reading = (one: string, arm: ArmReading["arm"], urgent: string, milliseconds: number): ArmReading => ({
    case: one,
    person: "r",
    arm,
    values: { urgent },
    milliseconds,
  });
  const { pairs, axes, medianMilliseconds } = crossoverResults(
    [
      reading("1", "with AI", "yes", 1000),
      reading("1", "without AI", "no", 3000),
      reading("2", "with AI", "no", 2000),
      reading("2", "without AI", "no", 5000),
      reading("3", "with AI", "yes", 9000),
    ],
    [{ id: "urgent", options: ["yes", "no"] }],
  );
  expect(pairs).toBe(2);
  expect(medianMilliseconds).toEqual({ "with AI": 2000, "without AI": 4000 });
  expect(axes[0]).toMatchObject({
    changed: 1,
    share: { value: 0.5 },
    mcnemar: { p: expect.closeTo(1, 9), withOnly: 1, withoutOnly: 0 },
  });
  expect(secondPeriodFrom(0, 28).toISOString()).toBe("1970-01-29T00:00:00.000Z");
});
