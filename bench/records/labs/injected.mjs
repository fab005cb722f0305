/**
 * Typical model errors, inserted one by one into the correct rows of a document: which of them does the check find,
 * from the rows alone and with the page?
 */
import { compareRows, readLabDocument } from "../../../dist/records/labs/index.js";
import { makeDocument, pdfPages } from "./pages.mjs";
import { randomOf } from "./random.mjs";

/** @type {Record<string, (row: any, around: any) => object | undefined>} */
const kinds = {
  "decimal mark dropped": (row) =>
    /\d\.\d/.test(row.result) ? { ...row, result: row.result.replace(".", "") } : undefined,
  "unit invented": (row, { random }) =>
    row.unit
      ? { ...row, unit: random.pick(["mg/kg", "cmH2O", "kcal", "mm2", "dB"].filter((unit) => unit !== row.unit)) }
      : undefined,
  "flag lost": (row) => (row.flag && row.flag !== "A" ? { ...row, flag: null } : undefined),
  "flag invented": (row, { inside, random }) =>
    inside && row.flag === null ? { ...row, flag: random.pick(["H", "L"]) } : undefined,
  "neighbour's value": (row, { next }) =>
    next && next.result !== row.result ? { ...row, result: next.result } : undefined,
  "neighbour's range": (row, { next }) =>
    next && next.range !== row.range ? { ...row, range: next.range } : undefined,
  "digits swapped": (row) => {
    const swapped = row.result.replace(/(\d)(\d)/, "$2$1");
    return swapped === row.result ? undefined : { ...row, result: swapped };
  },
  "one digit changed": (row, { random }) => {
    const places = [...row.result.matchAll(/\d/g)].map(({ index }) => index);
    if (places.length === 0) return undefined;
    const at = random.pick(places);
    return {
      ...row,
      result: `${row.result.slice(0, at)}${(Number(row.result[at]) + 1 + random.below(8)) % 10}${row.result.slice(at + 1)}`,
    };
  },
  "earlier result": (row, { earlier }) => (earlier && earlier !== row.result ? { ...row, result: earlier } : undefined),
};

export async function injected(layouts, seeds) {
  const counts = Object.fromEntries(
    [...Object.keys(kinds), "row invented", "no mistake"].map((kind) => [kind, { all: 0, alone: 0, page: 0 }]),
  );
  for (const layout of layouts)
    for (const seed of seeds) {
      const random = randomOf(seed * 31 + 7);
      const pages = await pdfPages(makeDocument(layout, seed), 100);
      const { rows } = await readLabDocument(pages.map(({ page }) => page));
      const unchanged = rows.map(modelRow);
      const count = (kind, changed, at) => {
        const one = counts[kind];
        one.all++;
        one.alone += Number(compareRows(changed).rows[at].marks.length > 0);
        one.page += Number(compareRows(changed, rows).rows[at].marks.length > 0);
      };
      for (const [i, row] of rows.entries()) {
        count("no mistake", unchanged, i);
        const inside =
          row.number !== undefined &&
          !row.comparator &&
          (row.low !== undefined || row.high !== undefined) &&
          !((row.high !== undefined && row.number > row.high) || (row.low !== undefined && row.number < row.low));
        for (const [kind, change] of Object.entries(kinds)) {
          const changed = change(unchanged[i], {
            next: unchanged[i + 1],
            inside,
            random,
            earlier: row.previous[0]?.value,
          });
          if (changed)
            count(
              kind,
              unchanged.map((one, j) => (j === i ? changed : one)),
              i,
            );
        }
        if (i % 8 === 0) {
          const name = random.pick(["Zonulin", "Calprotectin", "Copper", "Zinc"]);
          count("row invented", [...unchanged, { ...unchanged[i], name }], unchanged.length);
        }
      }
    }
  return Object.entries(counts).map(([kind, { all, alone, page }]) => ({
    id: `labs-injected: ${kind}`,
    ours: (100 * page) / Math.max(1, all),
    unit: kind === "no mistake" ? "% false alarms, checked against the page" : "% caught, checked against the page",
    note: `${all} rows; ${((100 * alone) / Math.max(1, all)).toFixed(1)} % from the rows alone`,
  }));
}

const modelRow = (row) => ({
  name: row.name,
  result: row.value,
  unit: row.unit ?? null,
  range: row.range ?? null,
  flag: row.flag ?? null,
  panel: row.section ?? null,
  method: row.method ?? null,
  specimen: row.specimen ?? null,
  sample_collection_time: null,
});
