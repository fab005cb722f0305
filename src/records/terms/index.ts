/** Terms of laboratory results: printed units as UCUM, printed names as LOINC. */
export { type LabCode, type LabTest, labTests } from "./lab-codes.ts";
export {
  type CodedTest,
  codeOfUnit,
  codeTest,
  findTest,
  inUnitOf,
  kindsOf,
  type LabContext,
  loincSystem,
  type MatchedTest,
  nameKey,
  respell,
} from "./lab-names.ts";
export { unitLike } from "./recognised-units.ts";
export { looksLikeUnit, readUnit, readUnits, type Unit } from "./units.ts";
