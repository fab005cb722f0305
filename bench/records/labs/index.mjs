/**
 * Laboratory documents: generated PDFs, scans and photographs are read and compared with their content, and errors are
 * inserted into correct rows to see which the checks find. Of eight layouts `mirror` and `grid` were held out at first;
 * three more (`later-layouts.mjs`) were added when the parser was finished, and two (`last-layouts.mjs`) after that. Also runs alone:
 *
 * node bench/records/labs/index.mjs [--pdf DOCUMENTS] [--pictures PAGES] [--seed FIRST] [--only ID] counts are per
 * layout
 */
import { parseArgs } from "node:util";
import { openOcr } from "../../../dist/imaging/ocr/index.js";
import { injected } from "./injected.mjs";
import { lastLayouts } from "./last-layouts.mjs";
import { laterLayouts } from "./later-layouts.mjs";
import { heldOut, layouts } from "./layouts.mjs";
import { runtime } from "./ort.mjs";
import { runPdf, runPictures } from "./run.mjs";
import { interval } from "./score.mjs";

const names = Object.keys(layouts);
const later = Object.keys(laterLayouts);
const last = Object.keys(lastLayouts);
const known = names.filter((name) => !heldOut.includes(name));
const percent = (correct, all) => `${((100 * correct) / all).toFixed(2)} %`;
const between = (correct, all) =>
  `95 % interval ${interval(correct, all)
    .map((share) => (100 * share).toFixed(2))
    .join(" to ")}`;

/** @param {{ only?: string, log: (line: string) => void, onRow?: (row: object) => void, pdf?: number, pictures?: number, seed?: number }} options */
export async function rows({ only, log, onRow, pdf = 25, pictures = 12, seed = 1000 }) {
  const found = [];
  const sums = {};
  const add = (row) => {
    found.push(row);
    onRow?.(row);
  };
  const isSelected = (id) => only === undefined || id.startsWith(only);
  const seeds = (count) => Array.from({ length: count }, (_, i) => seed + i);
  const logProblem = (problem) =>
    log(
      `  ${problem.layout} ${problem.seed}: ${problem.kind}${problem.gold ? ` of ${problem.gold.name} ${problem.gold.value}` : ""}${problem.row ? `, read as ${problem.row.name} ${problem.row.value} ${problem.row.unit ?? ""}` : ""}`,
    );
  for (const [id, some] of [
    ["labs-pdf-known-layouts", known],
    ["labs-pdf-held-out-layouts", heldOut],
    ["labs-pdf-later-layouts", later],
    ["labs-pdf-last-layouts", last],
  ]) {
    if (!isSelected(id)) continue;
    log(`measuring ${id}`);
    const total = await runPdf(some, seeds(pdf), { onProblem: logProblem });
    add({
      id,
      ours: (100 * total.every) / total.rows,
      unit: "% of rows correct in every field",
      n: total.rows,
      interval: interval(total.every, total.rows).map((share) => 100 * share),
      note: `name, value, unit, range, flag of ${total.rows} rows; ${between(total.every, total.rows)}; silently wrong ${total.silent}; marked for review ${total.marked}`,
    });
  }
  const ocr = await openOcr(/** @type {any} */ (runtime));
  for (const kind of ["scan", "photo"]) {
    const id = `labs-${kind}`;
    for (const [which, some] of [
      ["known", known],
      ["held-out", heldOut],
      ["later", later],
      ["last", last],
    ]) {
      if (!isSelected(`${id}-${which}-layouts`)) continue;
      log(`measuring ${id}-${which}-layouts`);
      const total = await runPictures(kind, some, seeds(pictures), ocr, { onProblem: logProblem });
      sums[kind] ??= { silent: 0, rows: 0, seconds: 0, pages: 0 };
      for (const field of Object.keys(sums[kind])) sums[kind][field] += total[field];
      add({
        id: `${id}-${which}-layouts`,
        ours: (100 * total.value) / total.rows,
        unit: "% of values correct",
        n: total.rows,
        interval: interval(total.value, total.rows).map((share) => 100 * share),
        note: `${total.value} of ${total.rows} rows on ${total.pages} pages, ${between(total.value, total.rows)}; silently wrong ${total.silent} (${percent(total.silent, total.rows)}, ${between(total.silent, total.rows)}); units ${percent(total.unit, total.rows)} (${between(total.unit, total.rows)}), wrong without a mark ${total.silentUnit}; ranges ${percent(total.range, total.rows)}; marked ${percent(total.marked, total.rows)}; ${(total.seconds / total.pages).toFixed(2)} processor s a page`,
      });
    }
  }
  for (const [kind, { silent, rows }] of Object.entries(sums))
    if (isSelected(`labs-${kind}-silent`) || only === undefined)
      add({
        id: `labs-${kind}-silent`,
        ours: (100 * silent) / rows,
        unit: "% of rows silently wrong",
        n: rows,
        interval: interval(silent, rows).map((share) => 100 * share),
        note: `${silent} of ${rows}, ${between(silent, rows)}`,
      });
  const pages = Object.values(sums).reduce((sum, one) => sum + one.pages, 0);
  if (pages > 0)
    add({
      id: "labs-ocr-seconds",
      ours: Object.values(sums).reduce((sum, one) => sum + one.seconds, 0) / pages,
      unit: "processor s a page",
      n: pages,
      note: `OCR and parsing, mean of ${pages} pages`,
    });
  if (isSelected("labs-injected")) {
    log("measuring labs-injected");
    for (const row of await injected(names, seeds(Math.max(1, Math.round(pdf / 6))))) add(row);
  }
  await ocr.close();
  return found;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({
    options: {
      pdf: { type: "string" },
      pictures: { type: "string" },
      seed: { type: "string" },
      only: { type: "string" },
    },
  });
  const number = (text) => (text === undefined ? undefined : Number(text));
  await rows({
    only: values.only,
    log: (line) => console.error(line),
    onRow: ({ id, ours, unit, note }) => console.log(`${id}: ${ours.toFixed(2)} ${unit} (${note})`),
    pdf: number(values.pdf),
    pictures: number(values.pictures),
    seed: number(values.seed),
  });
}
