/**
 * Health records: computed answers, views, retrieval, the check, long charts and formats, each against gold made by other code; laboratory
 * documents against the pages that were generated. One command makes the whole table:
 *
 * npm run bench -- records --data FOLDER [--quick] [--resume FILE] [--only PART or ROW] [--pdf N] [--pictures N] [--seed N]
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { withAims } from "./aims.mjs";

const labSets = ["known", "held-out", "later", "last"];
const modules = {
  answers: ["answers", "answers-cited", "view-32000", "view-4000", "view-2000", "retrieval-2000"],
  check: ["check-caught", "check-caught-without-question", "check-false-alarms", "check-false-alarms-without-question"],
  needle: [
    "needle-recall",
    "needle-polarity",
    "needle-polarity-second",
    "needle-polarity-third",
    "needle-polarity-fourth",
    "needle-polarity-fifth",
    "needle-seconds",
  ],
  polarity: ["polarity-held-out", "polarity-blind", "polarity-aci-bench", "negex-seen", "negex-unseen"],
  dialogues: ["train", "valid"].flatMap((set) => [
    `dialogue-grade-${set}`,
    `dialogue-sourced-${set}`,
    `dialogue-drugs-${set}`,
  ]),
  formats: ["ccda-read", "ccda-results", "hl7-read", "ndjson-seconds", "ndjson-memory"],
  labs: [
    ...labSets.map((set) => `labs-pdf-${set}-layouts`),
    ...["scan", "photo"].flatMap((kind) => [
      ...labSets.map((set) => `labs-${kind}-${set}-layouts`),
      `labs-${kind}-silent`,
    ]),
    "labs-ocr-seconds",
    "labs-injected",
  ],
};

/** Sizes of a run: all of it, and a look in a few minutes. */
const sizes = {
  full: { pdf: 12, pictures: 3, bundles: 10, charts: 6 },
  quick: { pdf: 2, pictures: 1, bundles: 2, charts: 1 },
};

/**
 * Every row is logged as soon as it is measured, with its part of the whole and the time; with `resume` it is also appended to a file, whose parts a later run
 * of the same command does not measure again.
 *
 * @param {{ data?: string, json?: boolean, only?: string, quick?: boolean, resume?: string, pdf?: number, pictures?: number, seed?: number, log: (line: string) => void }} options
 * `data`: the folder that holds `fhir/` and `records/`; `only`: the id or the beginning of an id of a row, or the name of a part (`labs`, `answers`, `check`,
 * `needle`, `polarity`, `dialogues`, `formats`).
 */
export async function rows(options) {
  const { only, log, resume, quick = false } = options;
  if (
    only !== undefined &&
    !(only in modules) &&
    !Object.values(modules)
      .flat()
      .some((id) => id.startsWith(only))
  )
    throw new Error(
      `--only ${only}: expected ${[...Object.keys(modules), ...Object.values(modules).flat()].join(", ")}`,
    );
  const size = { ...(quick ? sizes.quick : sizes.full) };
  for (const name of ["pdf", "pictures", "seed"]) if (options[name] !== undefined) size[name] = Number(options[name]);
  const settings = JSON.stringify(size);
  const kept =
    resume !== undefined && existsSync(resume)
      ? readFileSync(resume, "utf8")
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line))
          .filter((line) => line.settings === settings)
      : [];
  const done = new Set(kept.filter(({ part }) => part !== undefined).map(({ part }) => part));
  const found = kept.filter(({ row }) => row !== undefined && done.has(row.part)).map(({ row }) => row);
  const start = performance.now();
  const write = (line) => resume !== undefined && appendFileSync(resume, `${JSON.stringify({ settings, ...line })}\n`);
  const parts = Object.entries(modules).filter(
    ([name, ids]) => only === undefined || only === name || ids.some((id) => id.startsWith(only)),
  );
  for (const [at, [name]] of parts.entries()) {
    if (only === undefined && done.has(name)) {
      log(`[${at + 1}/${parts.length}] ${name}: measured before (${resume})`);
      continue;
    }
    if (options.data === undefined && name !== "labs" && name !== "polarity") {
      log(`[${at + 1}/${parts.length}] ${name}: needs --data FOLDER with fhir/ and records/`);
      continue;
    }
    log(
      `[${at + 1}/${parts.length}] measuring ${name} (${((performance.now() - start) / 60_000).toFixed(1)} min so far)`,
    );
    const report = (row) => {
      const whole = { ...withAims(row), part: name };
      found.push(whole);
      write({ row: whole });
      const { id, ours, unit, note } = whole;
      log(`  ${id}: ${typeof ours === "number" ? ours.toPrecision(4) : ours} ${unit}${note ? ` (${note})` : ""}`);
    };
    const own = { ...options, ...size, only: only === name ? undefined : only };
    if (name === "labs") await (await import("./labs/index.mjs")).rows({ ...own, onRow: report });
    else
      for (const row of await (await import(`./${name}.mjs`)).rows(own))
        if (own.only === undefined || row.id.startsWith(own.only)) report(row);
    if (only === undefined) write({ part: name });
  }
  log(`${((performance.now() - start) / 60_000).toFixed(1)} minutes`);
  return found;
}

/** The table of the issue: every row with its count, interval, aims and verdict. */
export function table(rows) {
  const shown = (value) => (typeof value === "number" ? Number(value.toPrecision(4)) : (value ?? "-"));
  return [
    ["row", "value", "n", "95 % interval", "at least / aim", "reached"],
    ...rows.map(({ id, ours, unit, n, interval, floor, aim, verdict }) => [
      id,
      `${shown(ours)} ${unit}`,
      String(n ?? "-"),
      interval === undefined ? "-" : interval.map((bound) => Number(bound.toFixed(3))).join(" to "),
      floor === undefined ? "-" : `${floor} / ${aim}`,
      verdict ?? "-",
    ]),
  ];
}
