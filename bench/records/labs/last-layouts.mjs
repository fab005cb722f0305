/**
 * Two layouts of kinds that the parser had not been written for, measured before anything was changed for them: a slip whose flag and result stand before
 * the test, in two columns, and cards with the result under the name and the range under the result.
 */
import { report } from "./content.mjs";
import { gold, madeUp, Page, widthOf } from "./page.mjs";

export const lastLayouts = { slip, cards };

function fit(text, width, style) {
  let shown = text;
  while (widthOf(shown, style) > width) shown = shown.replace(/\s*\S+$/, "");
  return shown;
}

/** Flag, result, unit, test, expected: in this order, in two columns that are filled one after the other. */
function slip(random) {
  const size = random.pick([7.5, 8, 8.5]);
  const pitch = size * random.between(1.5, 1.8);
  const page = new Page();
  page.text(40, 46, "Example Health Centre", { font: "F2", size: 13 });
  page.text(40, 60, "Pathology results slip", { size: 9 });
  page.text(
    40,
    80,
    "Patient: SAMPLE, Synthetic     Ref: A-20931     Sampled: 2026-03-02 08:15     Printed: 2026-03-02 15:40",
    {
      size: 8,
    },
  );
  const flags = random.pick([
    { H: "H", L: "L" },
    { H: "HI", L: "LO" },
    { H: "High", L: "Low" },
  ]);
  const titles = random.pick([
    ["Flag", "Result", "Units", "Test", "Expected"],
    ["", "Result", "Unit", "Investigation", "Reference"],
    ["Abn", "Value", "Units", "Analyte", "Ref. range"],
  ]);
  const offsets = [0, 26, 62, 116, 206];
  const columns = [40, 306];
  let [side, y] = [0, 104];
  const bottom = random.pick([430, 560]);
  const head = () => {
    for (const [i, title] of titles.entries())
      page.text(columns[side] + offsets[i] + (i === 1 ? 28 : 0), y, title, {
        size: size - 0.5,
        font: "F2",
        align: i === 1 ? "right" : "left",
      });
    page.line(columns[side], y + 3.5, columns[side] + 248, y + 3.5);
    y += pitch * 1.1;
  };
  head();
  for (const { section, rows } of report(random, random.pick([20, 30, 40]), { words: false })) {
    let shown = false;
    for (const row of rows) {
      if (y > bottom) {
        if (side === 1) {
          madeUp(page);
          return [page];
        }
        [side, y] = [1, 104];
        head();
        shown = false;
      }
      if (!shown) {
        page.text(columns[side] + offsets[3], y, section.toUpperCase(), { size: size - 0.5, font: "F2" });
        y += pitch;
        shown = true;
      }
      const x = columns[side];
      const bold = row.flag ? "F2" : "F1";
      if (row.flag) page.text(x, y, flags[row.flag], { size, font: "F2" });
      page.text(x + offsets[1] + 28, y, row.value, { size, font: bold, align: "right" });
      page.text(x + offsets[2], y, row.unit, { size: size - 0.5 });
      const name = fit(row.name, 86, { size });
      const box = page.text(x + offsets[3], y, name, { size });
      page.text(x + offsets[4], y, row.range.replace(" - ", "-"), { size });
      gold(page, box, section, { ...row, name });
      y += pitch;
    }
    y += pitch * 0.3;
  }
  madeUp(page);
  return [page];
}

/** Cards in two or three columns: name, flag and result with its unit below, the range below that. */
function cards(random) {
  const size = random.pick([8.5, 9, 9.5]);
  const across = random.pick([2, 3]);
  const page = new Page(612, 792);
  page.text(40, 46, "Your results", { font: "F2", size: 15 });
  page.text(40, 62, "Synthetic Sample, born 5/14/1972. Collected: Mar 2, 2026. Reported: Mar 3, 2026.", { size: 8.5 });
  const label = random.pick(["Range ", "Expected ", "Typical: ", ""]);
  const flagFirst = random.chance(0.7);
  const flags = random.pick([
    { H: "H", L: "L" },
    { H: "HIGH", L: "LOW" },
  ]);
  const width = 532 / across;
  const height = size * 5.4;
  let y = 92;
  for (const { section, rows } of report(random, random.pick([12, 20, 28]), { words: false })) {
    if (y > 690) break;
    page.text(40, y, section, { font: "F2", size: size + 2 });
    y += size * 1.4;
    for (let at = 0; at < rows.length && y < 760 - height; at += across) {
      for (const [i, row] of rows.slice(at, at + across).entries()) {
        const x = 40 + i * width;
        for (const [x0, y0, x1, y1] of [
          [x, y, x + width - 10, y],
          [x, y + height - 6, x + width - 10, y + height - 6],
          [x, y, x, y + height - 6],
          [x + width - 10, y, x + width - 10, y + height - 6],
        ])
          page.line(x0, y0, x1, y1, 0.5, 0.6);
        const name = fit(row.name, width - 24, { size, font: "F2" });
        const box = page.text(x + 7, y + size * 1.3, name, { size, font: "F2" });
        const value = [row.value, row.unit].filter(Boolean).join(" ");
        const shown = row.flag ? (flagFirst ? `${flags[row.flag]} ${value}` : `${value} ${flags[row.flag]}`) : value;
        page.text(x + 7, y + size * 2.7, shown, { size: size + 1 });
        page.text(x + 7, y + size * 4, `${label}${row.range}`, { size: size - 1.5 });
        gold(page, box, section, { ...row, name });
      }
      y += height + 2;
    }
    y += size * 1.2;
  }
  madeUp(page);
  return [page];
}
