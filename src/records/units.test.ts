import { expect, test } from "vitest";
import { sameUnit, ucumOf } from "./printed-units.ts";
import { convert, fitsUcum, measureOf } from "./units.ts";

test("units of one quantity convert; others do not", () => {
  expect(convert(12.1, "g/dL", "g/L")).toBeCloseTo(121, 9);
  expect(convert(98.6, "[degF]", "Cel")).toBeCloseTo(37, 9);
  expect(convert(150, "[lb_av]", "kg")).toBeCloseTo(68.0388555, 6);
  expect(convert(250, "10*3/uL", "10*9/L")).toBeCloseTo(250, 9);
  expect(convert(5, "mmol/L", "mg/dL")).toBeUndefined();
  expect(convert(1, "furlong", "m")).toBeUndefined();
});

test("printed units are read as people mean them, not as UCUM would", () => {
  expect(ucumOf("K/uL")).toBe("10*3/uL");
  expect(ucumOf("gm/dL")).toBe("g/dL");
  expect(ucumOf("IU/L")).toBe("[iU]/L");
  expect(ucumOf("x10^9/L")).toBe("10*9/L");
  expect(ucumOf("mcg/dL")).toBe("ug/dL");
  expect(ucumOf("K/cumm")).toBe("10*3/uL");
  // Grams, or giga: not decided here.
  expect(ucumOf("G/L")).toBeUndefined();
  expect(ucumOf("furlong")).toBeUndefined();
  expect(sameUnit("mmHg", "mm[Hg]")).toBe(true);
  expect(sameUnit("mg/dL", "mmol/L")).toBe(false);
});

test("annotations count as one", () => {
  expect(measureOf("{score}")?.factor).toBe(1);
  expect(measureOf("mL/min/{1.73_m2}")).toEqual(measureOf("mL/min"));
});

test("a unit that cannot be one of the test is told, an unknown one is not", () => {
  const code = { display: "Hemoglobin [Mass/volume] in Blood" };
  expect(fitsUcum(code, "g/dL")).toBeUndefined();
  expect(fitsUcum(code, "mm[Hg]")).toContain("is not a unit of mass/volume");
  expect(fitsUcum(code, "furlong")).toBeUndefined();
});
