/**
 * Every measure against the values of independent implementations, computed by tools/reference/measure_goldens.py (each case names its own). Within 1e-9.
 */
import { expect, test } from "vitest";
import { difference, goldenCases, plays, themes } from "./goldens/testing.ts";
import { ifDefined } from "./index.ts";

for (const theme of themes) {
  const { cases } = goldenCases(theme);
  for (const measure of new Set(cases.map((one) => one.measure))) {
    test(`${theme}: ${measure} agrees with its reference within 1e-9`, () => {
      const play = plays[theme][measure];
      const wrong = cases
        .filter((one) => one.measure === measure)
        .flatMap((one) => {
          const own = ifDefined(() => play(one.input));
          const apart = difference(own, one.value, theme === "special");
          return apart <= 1e-9 ? [] : [{ reference: one.reference, input: one.input, own, golden: one.value, apart }];
        });
      expect(wrong.slice(0, 3)).toEqual([]);
    });
  }

  test(`${theme}: nothing is played that has no golden case`, () => {
    expect(Object.keys(plays[theme]).sort()).toEqual([...new Set(cases.map(({ measure }) => measure))].sort());
  });
}
