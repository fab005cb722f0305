/** Compares parsed rows with the printed ones, matched by the position of the name. */

const key = (text) => (text ?? "").toLowerCase().replace(/μ/g, "µ").replace(/[–—]/g, "-").replace(/\s+/g, "");

/**
 * @param gold rows of one page, boxes in pixels of the picture given to the reader.
 * @param rows the reader's rows of that page.
 * @returns counts: `rows`, `found`, right fields, `every` (all right), `silent` (value wrong or row invented, without a mark), `marked`.
 */
export function scorePage(gold, rows, { exact = true } = {}) {
  const counts = {
    rows: gold.length,
    found: 0,
    name: 0,
    value: 0,
    unit: 0,
    range: 0,
    flag: 0,
    every: 0,
    silent: 0,
    silentUnit: 0,
    marked: 0,
    falseMarks: 0,
  };
  const problems = [];
  const free = new Set(rows);
  const same = (a, b) =>
    exact ? (a ?? "").trim().replace(/\s+/g, " ") === (b ?? "").trim().replace(/\s+/g, " ") : key(a) === key(b);
  for (const one of gold) {
    const height = one.box.y1 - one.box.y0;
    const row = [...free]
      .filter(
        ({ boxes }) =>
          boxes.name &&
          middleDistance(boxes.name, one.box) < 0.9 * height &&
          Math.min(boxes.name.x1, one.box.x1) - Math.max(boxes.name.x0, one.box.x0) > 0,
      )
      .sort((a, b) => middleDistance(a.boxes.name, one.box) - middleDistance(b.boxes.name, one.box))[0];
    if (row === undefined) {
      problems.push({ kind: "missing", gold: one });
      continue;
    }
    free.delete(row);
    counts.found++;
    const right = {
      name: same(row.name, one.name),
      value: key(row.value) === key(one.value),
      unit: unitKey(row.unit) === unitKey(one.unit),
      range: row.low === one.low && row.high === one.high,
      flag: (row.flag ?? "") === one.flag || (one.flag === "" && row.flag === "N"),
    };
    for (const [field, ok] of Object.entries(right)) counts[field] += Number(ok);
    const all = Object.values(right).every(Boolean);
    counts.every += Number(all);
    const marked = row.review.length > 0;
    counts.marked += Number(marked);
    if (marked && right.value && right.unit) counts.falseMarks++;
    if (!right.value && !marked) counts.silent++;
    if (!right.unit && !marked && row.ucum !== undefined) counts.silentUnit++;
    if (!all)
      problems.push({
        kind: Object.entries(right)
          .filter(([, ok]) => !ok)
          .map(([field]) => field)
          .join("+"),
        gold: one,
        row,
      });
  }
  for (const row of free) {
    if (row.review.length === 0) counts.silent++;
    problems.push({ kind: "invented", row });
  }
  return { counts, problems };
}

const middleDistance = (a, b) => Math.abs(a.y0 + a.y1 - b.y0 - b.y1) / 2;
const unitKey = (unit) => key(unit).replace(/\^|\*/g, "").replace(/µ/g, "u").replace(/²/g, "2");

export function add(total, counts) {
  for (const [name, count] of Object.entries(counts)) total[name] = (total[name] ?? 0) + count;
  return total;
}

export { wilson as interval } from "../statistics.mjs";
