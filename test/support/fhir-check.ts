/**
 * A second look at FHIR that the command line wrote, beside HL7's definitions in the tests of `export/fhir`: what those do not say. References
 * resolve inside the bundle, LOINC numbers carry their check digit, UCUM codes have a dimension, codes name their system.
 */
import { measureOf } from "../../src/records/units.ts";

/** Problems with their place; empty for a sound bundle. */
export function fhirProblems(bundle: {
  entry: { fullUrl: string; resource: { resourceType: string; id?: string } }[];
}): string[] {
  const problems: string[] = [];
  const known = new Set(
    bundle.entry.flatMap(({ fullUrl, resource }) => [fullUrl, `${resource.resourceType}/${resource.id}`]),
  );
  if (known.size < bundle.entry.length) problems.push("two entries have one fullUrl");
  const visit = (value: unknown, at: string, key: string): void => {
    if (Array.isArray(value)) for (const [i, each] of value.entries()) visit(each, `${at}[${i}]`, key);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    const { reference, system, code, unit } = value as Record<string, unknown>;
    if (typeof reference === "string" && !reference.startsWith("#") && !known.has(reference))
      problems.push(`${at}: ${reference} is not in the bundle`);
    if (system === "http://loinc.org" && !isLoinc(String(code))) problems.push(`${at}: ${code} is no LOINC number`);
    if (system === "http://unitsofmeasure.org" && (typeof code !== "string" || measureOf(code) === undefined))
      problems.push(`${at}: ${code} is no UCUM code (unit ${unit})`);
    if (key === "coding" && typeof code === "string" && typeof system !== "string")
      problems.push(`${at}: the code ${code} names no system`);
    for (const [name, inner] of Object.entries(value)) visit(inner, `${at}.${name}`, name);
  };
  for (const { resource } of bundle.entry) visit(resource, `${resource.resourceType}/${resource.id}`, "");
  return problems;
}

/** Digits, a dash, and the mod 10 check digit (LOINC Users' Guide, appendix C). */
function isLoinc(code: string): boolean {
  const match = /^(\d{1,7})-(\d)$/.exec(code);
  if (match === null) return false;
  const sum = [...match[1]].reverse().reduce((total, digit, i) => {
    const doubled = Number(digit) * (i % 2 === 0 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return (10 - (sum % 10)) % 10 === Number(match[2]);
}
