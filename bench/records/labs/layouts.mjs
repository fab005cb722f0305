/**
 * Eight layouts of a report. `mirror` and `grid` are held out: the parser was not developed on them. Each function
 * takes randomness and returns pages; a page's `gold` is `{ name, value, unit, low, high, flag, section, box }`, `box`
 * around the name, in points. Over 300 lines because the eight layouts share their head and foot.
 */
import { report } from "./content.mjs";
import { gold, Page, widthOf } from "./page.mjs";

export const layouts = { classic, european, twoColumns, cumulative, methods, mono, mirror, grid };
export const heldOut = ["mirror", "grid"];

const people = ["Sample, Synthetic", "Example, Erika", "Testperson, Tom", "Muster, Maria"];

function head(page, random, { x = 50, title = "LABORATORY REPORT", lab = "Example Laboratory, 1 Sample Street" } = {}) {
  page.text(x, 48, title, { font: "F2", size: 14 });
  page.text(x, 62, lab, { size: 8 });
  page.text(x, 84, `Patient: ${random.pick(people)} (fictitious)`, { size: 9 });
  page.text(x + 260, 84, `Patient ID: SYN-${1000 + random.below(9000)}`, { size: 9 });
  page.text(
    x,
    97,
    `Date of birth: 19${50 + random.below(49)}-0${1 + random.below(9)}-1${random.below(9)}   Sex: ${random.pick(["F", "M"])}`,
    { size: 9 },
  );
  page.text(x + 260, 97, "Collected: 2026-03-02 08:15", { size: 9 });
  return 122;
}

function foot(page, random) {
  page.text(50, page.height - 40, "Made-up values for software tests. Not a real person, not for clinical use.", {
    size: 7.5,
  });
  page.text(page.width - 90, page.height - 28, `Page ${page.number ?? 1} of ${page.of ?? 1}`, { size: 7.5 });
  if (random.chance(0.5))
    page.text(50, page.height - 52, "Authorised by: Dr. A. Example, 2026-03-02 11:40", { size: 7.5 });
}

/** Test | Result | Flag | Units | Reference Range; continues over pages without a second header. */
function classic(random) {
  const size = random.pick([8, 9, 10]);
  const pitch = size * random.between(1.35, 1.9);
  const columns = { name: 50, value: random.between(245, 265), flag: 285, unit: 320, range: 420 };
  const alignRight = random.chance(0.5);
  const pages = [];
  let page = new Page();
  let y = head(page, random);
  const header = random.pick([
    ["Test", "Result", "Flag", "Units", "Reference Range"],
    ["Test Name", "Result", "Abn", "Unit", "Reference Interval"],
    ["Component", "Value", "Flag", "Units", "Ref. Range"],
  ]);
  for (const [i, x] of Object.values(columns).entries())
    page.text(i === 1 && alignRight ? x + 20 : x, y, header[i], {
      font: "F2",
      size,
      align: i === 1 && alignRight ? "right" : "left",
    });
  page.line(50, y + 4, 545, y + 4);
  y += pitch * 1.4;
  for (const { section, rows } of report(random, random.pick([18, 30, 45]))) {
    page.text(50, y, section.toUpperCase(), { font: "F2", size });
    y += pitch;
    for (const row of rows) {
      if (y > 760) {
        pages.push(page);
        page = new Page();
        y = 60;
      }
      const box = page.text(columns.name + (random.chance(0) ? 8 : 0), y, row.name, { size });
      page.text(alignRight ? columns.value + 20 : columns.value, y, row.value, {
        size,
        font: row.flag ? "F2" : "F1",
        align: alignRight ? "right" : "left",
      });
      page.text(columns.flag, y, row.flag, { size, font: "F2" });
      page.text(columns.unit, y, row.unit, { size });
      page.text(columns.range, y, row.range, { size });
      gold(page, box, section.toUpperCase(), row);
      y += pitch;
    }
    if (random.chance(0.4)) {
      page.text(
        56,
        y,
        random.pick([
          "Comment: Sample slightly haemolysed, potassium may be raised.",
          "Note: Reference ranges apply to adults aged 18 to 65 years.",
        ]),
        { size: size - 1 },
      );
      y += pitch;
    }
    y += pitch * 0.4;
  }
  pages.push(page);
  return finish(pages, random);
}

function finish(pages, random) {
  pages.forEach((page, i) => {
    page.number = i + 1;
    page.of = pages.length;
    foot(page, random);
  });
  return pages;
}

/** German titles, decimal comma, + and - as flags. */
function european(random) {
  const size = random.pick([8.5, 9, 10]);
  const pitch = size * random.between(1.4, 1.8);
  const comma = (text) => text.replace(/\./g, ",");
  const page = new Page();
  let y = head(page, random, { title: "Laborbefund", lab: "Labor Beispiel, Musterweg 1" });
  const columns = { name: 50, value: 250, flag: 300, unit: 330, range: 430 };
  for (const [i, title] of ["Untersuchung", "Ergebnis", "", "Einheit", "Referenzbereich"].entries())
    page.text(Object.values(columns)[i], y, title, { font: "F2", size });
  page.line(50, y + 4, 545, y + 4);
  y += pitch * 1.3;
  for (const { section, rows } of report(random, random.pick([16, 28, 38]), { si: true })) {
    page.text(50, y, section, { font: "F2", size });
    y += pitch;
    for (const row of rows) {
      if (y > 770) break;
      const sign = { H: "+", L: "-", A: "*", "": "" }[row.flag];
      const box = page.text(columns.name, y, row.name, { size });
      const value = comma(row.value);
      page.text(columns.value, y, value, { size });
      page.text(columns.flag, y, sign, { size, font: "F2" });
      let x = columns.unit;
      const power = /^10\^(\d+)(.*)$/.exec(row.unit);
      if (power) {
        x = page.text(x, y, "10", { size }).x1;
        x = page.text(x, y - size * 0.35, power[1], { size: size * 0.65 }).x1;
        page.text(x, y, power[2], { size });
      } else page.text(x, y, row.unit, { size });
      page.text(columns.range, y, comma(row.range), { size });
      gold(page, box, section, { ...row, unit: row.unit.replace("^", power ? "" : "^") }, value);
      y += pitch;
    }
    y += pitch * 0.4;
  }
  return finish([page], random);
}

/** Two tables side by side in small print, a star behind values out of range. */
function twoColumns(random) {
  const size = random.pick([7, 7.5, 8]);
  const pitch = size * random.between(1.45, 1.8);
  const page = new Page();
  const top = head(page, random);
  const groups = report(random, 64, { words: false });
  const half = Math.ceil(groups.reduce((sum, { rows }) => sum + rows.length + 1, 0) / 2);
  let [side, used, y] = [0, 0, 0];
  const begin = () => {
    const x = 40 + side * 265;
    y = top;
    for (const [i, title] of ["Test", "Result", "Unit", "Reference"].entries())
      page.text(x + [0, 105, 145, 200][i], y, title, { font: "F2", size });
    page.line(x, y + 3, x + 250, y + 3);
    y += pitch * 1.3;
  };
  begin();
  for (const { section, rows } of groups) {
    const title = () => {
      page.text(40 + side * 265, y, section, { font: "F2", size });
      y += pitch;
      used++;
    };
    if (used >= half && side === 0) {
      side = 1;
      begin();
    }
    title();
    for (const row of rows) {
      if (used >= half + 3 && side === 0) {
        side = 1;
        begin();
      }
      if (y > 780) break;
      const x = 40 + side * 265;
      let name = row.name;
      while (widthOf(name, { size }) > 98) name = name.replace(/\s*\S+$/, "");
      const box = page.text(x, y, name, { size });
      page.text(x + 105, y, row.flag ? `${row.value}*` : row.value, { size, font: row.flag ? "F2" : "F1" });
      page.text(x + 145, y, row.unit, { size });
      page.text(x + 200, y, row.range, { size });
      gold(page, box, section, { ...row, name, flag: row.flag ? "A" : "" });
      y += pitch;
      used++;
    }
  }
  return finish([page], random);
}

/** Results of three dates side by side, the newest at the left or at the right. */
function cumulative(random) {
  const size = random.pick([8, 9]);
  const pitch = size * random.between(1.5, 1.9);
  const page = new Page();
  let y = head(page, random);
  const newestFirst = random.chance(0.5);
  const dates = random.pick([
    ["2026-03-02", "2025-12-01", "2025-06-15"],
    ["02.03.2026", "01.12.2025", "15.06.2025"],
    ["02-Mar-2026", "01-Dec-2025", "15-Jun-2025"],
  ]);
  const order = newestFirst ? [0, 1, 2] : [2, 1, 0];
  const xs = [220, 290, 360];
  page.text(50, y, "Test", { font: "F2", size });
  for (const [i, d] of order.entries()) page.text(xs[i], y, dates[d], { font: "F2", size });
  page.text(430, y, "Unit", { font: "F2", size });
  page.text(495, y, "Reference", { font: "F2", size });
  page.line(50, y + 4, 560, y + 4);
  y += pitch * 1.3;
  for (const { section, rows } of report(random, random.pick([16, 26]), { words: false })) {
    page.text(50, y, section, { font: "F2", size });
    y += pitch;
    for (const row of rows) {
      if (y > 770) break;
      const box = page.text(50, y, row.name, { size });
      const values = [row.value, ...row.earlier];
      order.forEach((d, i) => {
        const value = values[d];
        if (d > 0 && random.chance(0.25)) return;
        const flag = d === 0 ? row.flag : "";
        const end = page.text(xs[i], y, value, { size }).x1;
        if (flag) page.text(end + 4, y, flag, { size, font: "F2" });
      });
      page.text(430, y, row.unit, { size });
      page.text(495, y, row.range, { size });
      gold(page, box, section, row);
      y += pitch;
    }
    y += pitch * 0.4;
  }
  return finish([page], random);
}

/** Header in two lines, names that wrap, the method under the name in small print, comments between. */
function methods(random) {
  const size = random.pick([8.5, 9, 9.5]);
  const page = new Page();
  let y = head(page, random, { title: "Final Report", lab: "Example Diagnostics" });
  const columns = [50, 265, 335, 420];
  page.text(columns[0], y, "Investigation", { font: "F2", size });
  page.text(columns[1], y, "Observed", { font: "F2", size });
  page.text(columns[1], y + size * 1.2, "Value", { font: "F2", size });
  page.text(columns[2], y, "Unit", { font: "F2", size });
  page.text(columns[3], y, "Biological Ref.", { font: "F2", size });
  page.text(columns[3], y + size * 1.2, "Interval", { font: "F2", size });
  y += size * 1.2;
  page.line(50, y + 4, 545, y + 4);
  y += size * 2;
  const long = {
    "Mean Corpuscular Volume": ["Mean Corpuscular", "Volume (MCV)"],
    "Erythrocyte Sedimentation Rate": ["Erythrocyte Sedimentation", "Rate (ESR), Westergren"],
    "Activated Partial Thromboplastin Time": ["Activated Partial", "Thromboplastin Time (APTT)"],
    "Thyroid Stimulating Hormone": ["Thyroid Stimulating", "Hormone (TSH)"],
    "Red Cell Distribution Width": ["Red Cell Distribution", "Width (RDW-CV)"],
  };
  for (const { section, rows } of report(random, random.pick([14, 22]), {
    rangeMark: random.pick([" - ", "-", " – ", " to "]),
  })) {
    page.text(300, y, section.toUpperCase(), { font: "F2", size, align: "center" });
    y += size * 1.9;
    for (const row of rows) {
      if (y > 755) break;
      const parts = long[row.name] ?? [row.name];
      const name = parts.join(" ");
      const box = page.text(columns[0], y, parts[0], { size });
      page.text(columns[1], y, row.value, { size, font: row.flag ? "F2" : "F1" });
      page.text(columns[2], y, row.unit, { size });
      page.text(columns[3], y, row.range, { size });
      gold(page, box, section.toUpperCase(), { ...row, name, flag: "" });
      if (parts[1]) {
        y += size * 1.2;
        page.text(columns[0], y, parts[1], { size });
      }
      if (random.chance(0.4)) {
        y += size * 1.15;
        page.text(
          columns[0],
          y,
          random.pick([
            "Method: Photometry",
            "(Impedance)",
            "Method: CLIA",
            "(Enzymatic, colorimetric)",
            "Method : ISE indirect",
          ]),
          { size: size * 0.78 },
        );
      }
      y += size * 1.75;
    }
    if (random.chance(0.5) && y < 740) {
      page.text(50, y, "Interpretation: Fasting glucose above 126 mg/dL on two occasions suggests diabetes mellitus,", {
        size: size - 1,
      });
      y += size * 1.3;
      page.text(50, y, "values from 100 to 125 mg/dL are called impaired fasting glucose.", { size: size - 1 });
      y += size * 2;
    }
  }
  return finish([page], random);
}

/** Line printer output: one run of text per line with blanks between the columns, the range in brackets. */
function mono(random) {
  const size = random.pick([8, 8.5, 9]);
  const pitch = size * random.between(1.2, 1.5);
  const page = new Page();
  let y = head(page, random);
  const put = (text) => page.text(50, y, text, { font: "F3", size });
  put(`${"TEST".padEnd(32)}${"RESULT".padEnd(12)}${"UNITS".padEnd(16)}REFERENCE`);
  y += pitch;
  put("-".repeat(74));
  y += pitch;
  for (const { section, rows } of report(random, random.pick([20, 36]))) {
    put(section.toUpperCase());
    y += pitch;
    for (const row of rows) {
      if (y > 780) break;
      const left = `  ${row.name}`.slice(0, 31);
      const { x0, y0, y1 } = put(
        `${left.padEnd(32)}${`${row.value}${row.flag ? ` ${row.flag}` : ""}`.padEnd(12)}${row.unit.padEnd(16)}${row.range && `(${row.range})`}`,
      );
      const letter = 0.6 * size;
      gold(page, { x0: x0 + 2 * letter, y0, x1: x0 + left.length * letter, y1 }, section.toUpperCase(), {
        ...row,
        name: left.trim(),
      });
      y += pitch;
    }
    y += pitch;
  }
  return finish([page], random);
}

/**
 * Held out. No header: value and unit joined, range in square brackets, an exclamation mark before values out of range.
 */
function mirror(random) {
  const size = random.pick([9, 10]);
  const pitch = size * random.between(1.5, 1.9);
  const page = new Page();
  let y = head(page, random, { title: "Pathology results", lab: "Example Hospital NHS Trust (fictitious)" });
  for (const { section, rows } of report(random, random.pick([15, 25, 34]), { si: true, words: false })) {
    page.text(50, y, section, { font: "F2", size: size + 1 });
    y += pitch * 1.1;
    for (const row of rows) {
      if (y > 770) break;
      if (row.flag) page.text(52, y, "!", { size, font: "F2" });
      const box = page.text(66, y, row.name, { size });
      const end = page.text(290, y, row.value, { size, font: row.flag ? "F2" : "F1" }).x1;
      page.text(end + size * 0.35, y, row.unit, { size });
      page.text(400, y, `[${row.range}]`, { size });
      gold(page, box, section, { ...row, flag: row.flag ? "A" : "" });
      y += pitch;
    }
    if (random.chance(0.5)) {
      page.text(66, y, "Please repeat in 3 months if clinically indicated.", { size: size - 1 });
      y += pitch;
    }
    y += pitch * 0.5;
  }
  return finish([page], random);
}

/** Held out. A ruled table with centred cells, row numbers, arrows, and ranges with a tilde. */
function grid(random) {
  const size = random.pick([8.5, 9]);
  const pitch = size * random.between(1.7, 2);
  const page = new Page();
  let y = head(page, random, { title: "Test Report" });
  const edges = [45, 75, 255, 325, 355, 440, 550];
  const middle = (i) => (edges[i] + edges[i + 1]) / 2;
  const rule = () => page.line(edges[0], y + size * 0.55, edges.at(-1), y + size * 0.55);
  const top = y - size * 1.1;
  page.line(edges[0], top, edges.at(-1), top);
  for (const [i, title] of ["No.", "Item", "Result", "", "Unit", "Reference"].entries())
    page.text(middle(i), y, title, { font: "F2", size, align: "center" });
  rule();
  y += pitch;
  let number = 0;
  for (const { section, rows } of report(random, random.pick([15, 25, 34]), { rangeMark: "~", words: false })) {
    for (const row of rows) {
      if (y > 770) break;
      page.text(middle(0), y, String(++number), { size, align: "center" });
      const box = page.text(edges[1] + 5, y, row.name, { size });
      page.text(middle(2), y, row.value, { size, align: "center" });
      page.text(middle(3), y, { H: "↑", L: "↓", A: "↑", "": "" }[row.flag], { size, align: "center" });
      page.text(middle(4), y, row.unit, { size, align: "center" });
      page.text(middle(5), y, row.range.replace(" ", ""), { size, align: "center" });
      gold(page, box, section, row);
      rule();
      y += pitch;
    }
  }
  for (const x of edges) page.line(x, top, x, y - pitch + size * 0.55);
  return finish([page], random);
}
