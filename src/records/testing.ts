/** The sample chart, for tests. */
import { readFileSync } from "node:fs";
import type { Fact } from "./fact.ts";
import { finishRecord } from "./finish.ts";
import { readFhirText } from "./read/fhir/index.ts";
import type { HealthRecord } from "./record.ts";

export const today = "2026-03-01";

export const sampleRecord = (): HealthRecord =>
  readFhirText(readFileSync(new URL("../../samples/chart.json", import.meta.url), "utf8"), { today }).records[0];

/** A record of results of one test: value (or value with comparator and unit) and date. */
export function recordOf(facts: readonly (Partial<Fact> & { start?: string })[], birthDate?: string): HealthRecord {
  const made = facts.map(
    (fact, index): Fact => ({
      id: `fact/${index + 1}`,
      kind: "observation",
      code: { display: "Hemoglobin [Mass/volume] in Blood", system: "http://loinc.org", code: "718-7" },
      source: { resource: `fact/${index + 1}` },
      ...(fact.value !== undefined && fact.unit === undefined ? { unit: "g/dL", printedUnit: "g/dL" } : {}),
      ...fact,
    }),
  );
  return finishRecord(
    "fhir",
    { id: "p", ...(birthDate === undefined ? {} : { birthDate }) },
    { facts: made, texts: [], dropped: [] },
    [],
    today,
  );
}
