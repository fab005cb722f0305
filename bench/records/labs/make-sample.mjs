/**
 * Writes samples/lab-photo.jpg: a fictional laboratory report as photographed by a phone. Deterministic.
 *
 * node bench/records/labs/make-sample.mjs samples/lab-photo.jpg
 */
import { writeFileSync } from "node:fs";
import sharp from "sharp";
import { readPdf } from "../../../dist/imaging/page/index.js";
import { Page, toPdf } from "./page.mjs";
import { photograph } from "./photo.mjs";
import { randomOf } from "./random.mjs";

const [, , out] = process.argv;
if (!out) {
  console.error("usage: node bench/records/labs/make-sample.mjs <new file.jpg>");
  process.exit(2);
}

const page = new Page(420, 595);
page.text(36, 42, "LABORATORY REPORT", { font: "F2", size: 13 });
page.text(36, 55, "Example Laboratory, 1 Sample Street", { size: 8 });
page.text(36, 76, "Patient: Sample, Synthetic (fictitious)", { size: 8.5 });
page.text(236, 76, "Patient ID: SYN-0002", { size: 8.5 });
page.text(36, 88, "Date of birth: 1972-05-14   Sex: F", { size: 8.5 });
page.text(236, 88, "Collected: 2026-03-02 08:15", { size: 8.5 });
const columns = [36, 168, 214, 244, 320];
for (const [i, title] of ["Test", "Result", "Flag", "Unit", "Reference"].entries())
  page.text(columns[i], 112, title, { font: "F2", size: 9 });
page.line(36, 116, 388, 116);
const sheet = {
  HAEMATOLOGY: [
    ["Hemoglobin", "10.4", "L", "g/dL", "12.0 - 15.5"],
    ["Hematocrit", "32.1", "L", "%", "36.0 - 46.0"],
    ["MCV", "75", "L", "fL", "80 - 96"],
    ["White blood cells", "7.9", "", "10^3/uL", "4.0 - 10.0"],
    ["Platelets", "412", "H", "10^3/uL", "150 - 400"],
  ],
  BIOCHEMISTRY: [
    ["Sodium", "139", "", "mmol/L", "135 - 145"],
    ["Potassium", "4.1", "", "mmol/L", "3.5 - 5.1"],
    ["Creatinine", "0.82", "", "mg/dL", "0.50 - 0.95"],
    ["Glucose (fasting)", "104", "H", "mg/dL", "70 - 99"],
    ["ALT (SGPT)", "22", "", "U/L", "7 - 35"],
    ["C-Reactive Protein", "1.2", "", "mg/L", "< 5.0"],
  ],
  IRON: [
    ["Ferritin", "6", "L", "ng/mL", "15 - 150"],
    ["Iron", "31", "L", "ug/dL", "37 - 145"],
    ["Transferrin saturation", "8", "L", "%", "15 - 45"],
  ],
};
let y = 134;
for (const [section, rows] of Object.entries(sheet)) {
  page.text(36, y, section, { font: "F2", size: 9 });
  y += 16;
  for (const row of rows) {
    for (const [i, cell] of row.entries())
      page.text(columns[i], y, cell, { size: 9, font: row[2] && (i === 1 || i === 2) ? "F2" : "F1" });
    y += 16;
  }
  y += 8;
}
page.text(36, 560, "Made-up values for software samples. Not a real person, not for clinical use.", { size: 7 });

const { image } = (await readPdf(toPdf([page]), { dpi: 210 })).pages[0];
const { bytes } = await photograph(image, randomOf(41), { strength: 0.9 });
writeFileSync(out, await sharp(bytes).jpeg({ quality: 78 }).toBuffer(), { flag: "wx" });
