/** The index of a record's texts, made once. */
import type { HealthRecord } from "../record.ts";
import { ChartIndex } from "./index-notes.ts";

const charts = new WeakMap<HealthRecord, ChartIndex>();

export function chartOf(record: HealthRecord): ChartIndex {
  const known = charts.get(record) ?? new ChartIndex(record.texts);
  charts.set(record, known);
  return known;
}
