import { expect, test } from "vitest";
import { codeTest, findTest, inUnitOf, labTests, readUnit, readUnits, respell, unitLike } from "./index.ts";

/** Printed unit to UCUM. The UCUM side was looked up in LOINC 2.67's table of example units and in UCUM's essence 2.2. */
const printed: readonly (readonly [string, string])[] = [
  ["g/dL", "g/dL"],
  ["gm/dL", "g/dL"],
  ["GM/DL", "g/dL"],
  ["g%", "g/dL"],
  ["mg/dl", "mg/dL"],
  ["mg/100 mL", "mg/dL"],
  ["K/uL", "10*3/uL"],
  ["K/mcL", "10*3/uL"],
  ["thou/mcL", "10*3/uL"],
  ["x10^3/µL", "10*3/uL"],
  ["x10E3/uL", "10*3/uL"],
  ["10³/μL", "10*3/uL"],
  ["x10^9/L", "10*9/L"],
  ["10⁹/L", "10*9/L"],
  ["10*9/l", "10*9/L"],
  ["x 10^12 /L", "10*12/L"],
  ["T/L", "10*12/L"],
  ["M/uL", "10*6/uL"],
  ["cells/cumm", "/uL"],
  ["lakhs/cumm", "10*5/uL"],
  ["mill/cumm", "10*6/uL"],
  ["µmol/L", "umol/L"],
  ["μmol/l", "umol/L"],
  ["mcg/dL", "ug/dL"],
  ["IU/L", "[IU]/L"],
  ["U/L", "U/L"],
  ["mIU/L", "m[IU]/L"],
  ["uIU/mL", "u[IU]/mL"],
  ["mEq/L", "meq/L"],
  ["mmol/L", "mmol/L"],
  ["mmol/mol", "mmol/mol"],
  ["fL", "fL"],
  ["pg", "pg"],
  ["%", "%"],
  ["sec", "s"],
  ["Seconds", "s"],
  ["mm/1st hr", "mm/h"],
  ["mL/min/1.73 m²", "mL/min/{1.73_m2}"],
  ["mL/min/1.73m2", "mL/min/{1.73_m2}"],
  ["ng/mL FEU", "ng/mL{FEU}"],
  ["mg/g creat", "mg/g{creat}"],
  ["/HPF", "/[HPF]"],
  ["mmHg", "mm[Hg]"],
  ["kU/L", "kU/L"],
];

test.each(printed)("%s is %s", (text, ucum) => {
  expect(readUnit(text)?.ucum).toBe(ucum);
});

test.each(["", "abc", "12.5", "H", "Negative", "K", "10^7/banana", "g/", "kelvin"])("%j is no unit", (text) => {
  expect(readUnits(text)).toEqual([]);
});

test("units of one kind convert, and others do not", () => {
  const creatinine = labTests.find(({ name }) => name === "Creatinine")!;
  expect(inUnitOf(creatinine.codes[0], 0.0082, "g/L")).toBeCloseTo(0.82, 10);
  expect(inUnitOf(creatinine.codes[0], 82, "umol/L")).toBeUndefined();
  const wbc = labTests.find(({ name }) => name === "White blood cells")!;
  expect(inUnitOf(wbc.codes[0], 8100, "/cumm")).toBeCloseTo(8.1, 10);
  expect(inUnitOf(wbc.codes[0], 8.1, "G/L")).toBeCloseTo(8.1, 10);
});

test.each([
  ["Hemoglobin", "g/dL", undefined, "718-7"],
  ["HAEMOGLOBIN (Hb)", "g/L", undefined, "718-7"],
  ["Creatinine", "mg/dL", undefined, "2160-0"],
  ["Creatinine", "µmol/L", undefined, "14682-9"],
  ["Neutrophils", "%", undefined, "26511-6"],
  ["Neutrophils", "10^9/L", undefined, "26499-4"],
  ["SGPT (ALT)", "IU/L", undefined, "1742-6"],
  ["Protein", "", "URINALYSIS", "20454-5"],
  ["Glucose", "mmol/L", undefined, "14749-6"],
  ["Whitebloodcells", "K/uL", undefined, "26464-8"],
  ["Serum sodium", "mmol/L", undefined, "2951-2"],
  ["TSH", "uIU/mL", undefined, "3016-3"],
])("%s in %j (section %s) is LOINC %s", (name, unit, section, loinc) => {
  expect(codeTest(name, { unit, section })?.code.loinc).toBe(loinc);
});

test("a unit that does not fit the test gives no code", () => {
  expect(codeTest("Potassium", { unit: "g/dL" })).toBeUndefined();
  expect(findTest("Potassium")?.test.name).toBe("Potassium");
});

test("a unit that is missing gives no code where codes differ by it", () => {
  expect(codeTest("Creatinine", {})).toBeUndefined();
  expect(codeTest("Hemoglobin", {})).toMatchObject({ code: { loinc: "718-7" }, confidence: 0.7 });
});

test("a misread letter lowers the confidence, two tests of like name are not mixed up", () => {
  expect(codeTest("Hemog1obin", { unit: "g/dL" })).toMatchObject({ code: { loinc: "718-7" }, confidence: 0.6 });
  expect(findTest("MCHC")?.test.name).toBe("MCHC");
  expect(findTest("MCH")?.test.name).toBe("MCH");
  expect(findTest("Something else entirely")).toBeUndefined();
});

test("every example unit is understood, and every printed name leads to one test of its system", () => {
  for (const { codes, name } of labTests)
    for (const { unit, low, high } of codes) {
      if (unit !== "")
        expect(
          readUnit(
            unit.replace("[IU]", "IU").replace("{1.73_m2}", "1.73m2").replace("[pH]", "pH").replace(/[{}]/g, ""),
          ),
          `${name} ${unit}`,
        ).toBeDefined();
      expect(low).toBeLessThanOrEqual(high);
    }
  for (const one of labTests)
    for (const name of [one.name, ...one.also])
      expect(findTest(name, one.system === "Urine" ? { section: "Urine" } : {})?.test.name, name).toBe(one.name);
});

test.each([
  ["lron", "Iron"],
  ["Hemoglobin Alc", "Hemoglobin A1c"],
  ["lNR", "INR"],
  ["Iipase", "Lipase"],
  ["ALT", undefined],
  ["Sillimanite", undefined],
])("recognised %s is spelled %s", (recognised, name) => {
  expect(respell(recognised)).toBe(name);
});

test.each([
  ["Hämoglobin", 146, "g/", "g/l"],
  ["Hämoglobin", 14.6, "gdL", "g/dL"],
  ["Erythrozyten", 4.51, "TA", "T/l"],
  ["fT3", 2.1, "pmoll", "pmol/l"],
  ["Folsäure", 8.1, "nmo//", "nmol/l"],
  ["Hämatokrit", 0.54, "V", "l/l"],
  ["HbA1c", 29, "mmolmol", "mmol/mol"],
  ["Basophils", 0.01, "10°L", "10^9/L"],
  ["White blood cells", 2.1, "10%/L", "10^9/L"],
  ["Red blood cells", 4.5, "10%2/L", "10^12/L"],
  ["RDW", 16.9, "告", "%"],
  // The test has no such unit, the value would not occur, or nothing says which unit it is.
  ["Hämoglobin", 146, "mmo/", undefined],
  ["Red blood cells", 4.5, "10%L", undefined],
  ["Hämoglobin", 1460, "g/", undefined],
  ["Hematocrit", 120, "o", undefined],
  ["Prolaktin", 388, "mIUn", undefined],
  ["Potassium", 4.1, "mmo", undefined],
  ["Potassium", 4.1, "g#", undefined],
])("%s %d %s on a photograph is %s", (name, value, recognised, unit) => {
  expect(unitLike(recognised, { test: findTest(name)?.test, value, elsewhere: new Set() })).toBe(unit);
});

test("a unit of an unknown test is read where the page shows that its litres are a small l", () => {
  const of = (...elsewhere: string[]) => unitLike("mIU/", { value: 2, elsewhere: new Set(elsewhere) });
  expect([of(), of("g/dL"), of("pmol/l"), of("mIU/l")]).toEqual([undefined, undefined, "mIU/l", "mIU/l"]);
});
