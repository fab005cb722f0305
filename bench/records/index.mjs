/**
 * Health records: computed answers, views, retrieval, the check, long charts and formats, each against reference answers made by other code; laboratory
 * documents against the pages that were generated.
 */
import { existsSync } from "node:fs";

const modules = {
  answers: ["answers", "answers-cited", "view-32000", "view-4000", "view-2000", "retrieval-2000"],
  check: ["check-caught", "check-caught-without-question", "check-false-alarms", "check-false-alarms-without-question"],
  needle: [
    "needle-recall",
    "needle-polarity",
    "needle-polarity-second",
    "needle-polarity-third",
    "needle-polarity-fourth",
    "needle-polarity-unseen",
    "needle-seconds",
  ],
  dialogues: ["train", "valid"].flatMap((set) => [
    `dialogue-grade-${set}`,
    `dialogue-sourced-${set}`,
    `dialogue-drugs-${set}`,
  ]),
  formats: ["ccda-read", "ccda-results", "hl7-read", "ndjson-seconds", "ndjson-memory"],
};

/**
 * Every row is logged as soon as it is measured: an interrupted run loses only the row in progress; continue with `only`.
 *
 * @param {{ data?: string, json?: boolean, only?: string, log: (line: string) => void }} options `data`: the folder that holds `fhir/` and
 * `records/`; `only`: the id of one row, or the name of a module (`labs`, `answers`, `check`, `needle`, `dialogues`, `formats`).
 */
export async function rows(options) {
  const found = [];
  const told = ({ id, ours, unit, note }) =>
    options.log(`  ${id}: ${typeof ours === "number" ? ours.toPrecision(4) : ours} ${unit}${note ? ` (${note})` : ""}`);
  // Their pages are generated: no data is needed.
  if (options.only === undefined || options.only.startsWith("labs")) {
    const labs = await import("./labs/index.mjs");
    const only = options.only === "labs" ? undefined : options.only;
    found.push(...(await labs.rows({ ...options, only, onRow: told })));
    if (options.only !== undefined) return found;
  }
  if (options.data === undefined) {
    options.log(
      "records: only laboratory documents were measured; the rest needs --data FOLDER with fhir/ and records/",
    );
    return found;
  }
  for (const [name, ids] of Object.entries(modules)) {
    if (options.only !== undefined && options.only !== name && !ids.includes(options.only)) continue;
    const file = new URL(`${name}.mjs`, import.meta.url);
    if (!existsSync(file)) continue;
    options.log(`measuring ${name}`);
    const some = await (await import(file)).rows(options);
    for (const row of some) told(row);
    found.push(...some);
  }
  return options.only === undefined || options.only in modules ? found : found.filter(({ id }) => id === options.only);
}
