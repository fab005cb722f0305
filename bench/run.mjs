/**
 * `npm run bench -- imaging engine training [--json] [--data FOLDER]`: Polyclinic against commonly used alternatives,
 * in one run, on two cores each.
 *
 * Each suite is `bench/<name>/index.mjs`, whose `rows({ data, json, log })` returns `{ id, ours, peer?, peerName?,
 * unit, ratio?, note? }`; a ratio above 1 is in our favour. Peers run on the Python of POLYCLINIC_PYTHON (or the one on
 * the path); without it they are skipped with a log line. `--quick`, `--resume`, `--pdf`, `--pictures` and `--seed` are read by `records`, `--base` by `before`.
 *
 * @typedef {{ id: string, ours: number, unit: string, peer?: number, peerName?: string, ratio?: number, note?: string }} Row
 */
import { existsSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";

const suites = readdirSync(new URL(".", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/index.mjs`, import.meta.url)))
  .map((entry) => entry.name);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean" },
    data: { type: "string" },
    only: { type: "string" },
    base: { type: "string" },
    write: { type: "boolean" },
    quick: { type: "boolean" },
    resume: { type: "string" },
    pdf: { type: "string" },
    pictures: { type: "string" },
    seed: { type: "string" },
  },
});
const unknown = positionals.filter((name) => !suites.includes(name));
if (positionals.length === 0 || unknown.length > 0) {
  console.error(
    `usage: npm run bench -- ${suites.join("|")} [--json] [--data FOLDER] [--only ID] [--base COMMIT] [--quick] [--resume FILE]`,
  );
  if (unknown.length > 0) console.error(`unknown suite: ${unknown.join(", ")}; expected ${suites.join(", ")}`);
  process.exit(2);
}
if (!existsSync(new URL("../dist", import.meta.url))) {
  console.error("dist/ is missing: run npm run build first");
  process.exit(2);
}

const log = (line) => console.error(line);
const rows = [];
for (const name of positionals) {
  const suite = await import(new URL(`${name}/index.mjs`, import.meta.url).href);
  rows.push(...(await suite.rows({ ...values, log })));
}
if (values.write)
  for (const name of positionals)
    await (await import(new URL(`${name}/index.mjs`, import.meta.url).href)).write?.(rows);
if (values.json) console.log(JSON.stringify({ rows }, null, 2));
else {
  // A suite with aims and intervals has a table of its own.
  const tables = await Promise.all(
    positionals.map(async (name) => (await import(new URL(`${name}/index.mjs`, import.meta.url).href)).table),
  );
  if (tables.length === 1 && tables[0] !== undefined) align(tables[0](rows));
  else print(rows);
}
process.exit(0);

function print(rows) {
  const cells = rows.map(({ id, ours, peer, peerName, unit, ratio, note }) => [
    id,
    `${number(ours)} ${unit}`,
    peer === undefined ? "-" : `${number(peer)} ${unit}`,
    ratio === undefined ? "-" : `${ratio.toFixed(2)}x`,
    [peerName, note].filter(Boolean).join("; "),
  ]);
  align([["id", "ours", "peer", "ratio", "peer is"], ...cells]);
}

function align(table) {
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
}

function number(value) {
  if (typeof value !== "number") return String(value);
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
