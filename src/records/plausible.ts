/**
 * Detects results that do not occur in people, by the limits of the table of tests (`terms/`): the value or its unit is
 * probably wrong.
 */
import type { Fact } from "./fact.ts";
import { labTests } from "./terms/index.ts";
import { convert, measureOf } from "./units.ts";

const codes = new Map(labTests.flatMap((test) => test.codes.map((code) => [code.loinc, code])));

/**
 * A caution for a number under a LOINC code of the table; undefined if there is none. The value is never changed.
 */
export function implausible({ kind, code, value, comparator, unit, printedUnit, cautions }: Fact): string | undefined {
  if (kind !== "observation" || typeof value !== "number" || comparator !== undefined) return undefined;
  const known = code?.system === "http://loinc.org" ? codes.get(code.code ?? "") : undefined;
  if (known === undefined) return undefined;
  if (unit === undefined && printedUnit === undefined)
    return known.unit === "" ? undefined : `it states no unit, but ${known.display} has one`;
  const size = unit === undefined ? undefined : convert(value, unit, known.unit);
  // Titles without the LOINC property say nothing to `fitsUcum`; the code does.
  const alreadyStated = cautions?.some((words) => words.startsWith(`the unit ${unit} `));
  if (unit !== undefined && size === undefined && !alreadyStated && measureOf(unit) && measureOf(known.unit))
    return `the unit ${printedUnit ?? unit} is none of ${known.display}`;
  if (size === undefined || (size >= known.low && size <= known.high)) return undefined;
  return `${value} ${printedUnit ?? unit} of ${known.display} does not occur in people: the value or its unit is wrong`;
}
