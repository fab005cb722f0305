/** What issue and docs ask of each row: at least `floor`, at best `aim`; `most` where less is better. Ids may be prefixes. */
export const aims = [
  ["answers-cited", {}],
  ["answers", { floor: 99.5, aim: 100 }],
  ["check-caught-without", {}],
  ["check-caught", { floor: 99, aim: 99.9 }],
  ["check-false-alarms-without", {}],
  ["check-false-alarms", { floor: 0.5, aim: 0.1, most: true }],
  ["view-32000", { floor: 99.5, aim: 100 }],
  ["retrieval-2000", { floor: 99, aim: 99.9 }],
  ["needle-recall", { floor: 95, aim: 99 }],
  ["needle-polarity", { floor: 0.9, aim: 0.95 }],
  ["polarity-", { floor: 0.9, aim: 0.95 }],
  ["labs-pdf", { floor: 99.5, aim: 100 }],
  ["labs-scan-silent", { floor: 0.1, aim: 0, most: true }],
  ["labs-photo-silent", { floor: 0.1, aim: 0, most: true }],
  ["labs-scan", { floor: 99, aim: 99.9 }],
  ["labs-photo", { floor: 95, aim: 98 }],
  ["labs-ocr-seconds", { floor: 6, aim: 3, most: true }],
  ["ccda-read", { floor: 100, aim: 100 }],
  ["hl7-read", { floor: 100, aim: 100 }],
  ["ccda-results", { floor: 95, aim: 99 }],
  ["ndjson-seconds", { floor: 6, aim: 3, most: true }],
  ["ndjson-memory", { floor: 600, aim: 250, most: true }],
];

/** The row with its aims, and whether it is below the floor, between, or at the aim. */
export function withAims(row) {
  const [, found] = aims.find(([id]) => row.id.startsWith(id)) ?? [];
  if (found?.floor === undefined) return row;
  const { floor, aim, most = false } = found;
  const value = Number(row.ours);
  const reaches = (limit) => (most ? value <= limit : value >= limit);
  return { ...row, floor, aim, verdict: reaches(aim) ? "aim" : reaches(floor) ? "floor" : "missed" };
}
