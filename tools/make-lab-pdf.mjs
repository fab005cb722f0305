/**
 * Writes samples/lab-report.pdf: a made-up laboratory report with a real text layer. Plain PDF 1.4 with the standard fonts, written by
 * hand so that the same script always gives the same bytes. No person or laboratory of this name exists.
 *
 *   node tools/make-lab-pdf.mjs samples/lab-report.pdf
 */
import { writeFileSync } from "node:fs";

const [, , out] = process.argv;
if (!out) {
  console.error("usage: node tools/make-lab-pdf.mjs <new file.pdf>");
  process.exit(2);
}

/** Name, value, unit, reference range, flag. Hemoglobin, MCV and ferritin are low on purpose, CRP is high. */
const rows = [
  ["Hemoglobin", "10.2", "g/dL", "12.0 - 15.5", "L"],
  ["Hematocrit", "31.8", "%", "36.0 - 46.0", "L"],
  ["MCV", "74", "fL", "80 - 96", "L"],
  ["White blood cells", "8.1", "10^9/L", "4.0 - 10.0", ""],
  ["Platelets", "402", "10^9/L", "150 - 400", "H"],
  ["Ferritin", "7", "ug/L", "15 - 150", "L"],
  ["C-reactive protein", "14.6", "mg/L", "0 - 5.0", "H"],
  ["Creatinine", "0.82", "mg/dL", "0.50 - 0.95", ""],
  ["Sodium", "139", "mmol/L", "135 - 145", ""],
  ["Potassium", "4.1", "mmol/L", "3.5 - 5.1", ""],
  ["Glucose (fasting)", "92", "mg/dL", "70 - 99", ""],
];

const columns = [60, 230, 310, 390, 500];
const ops = [];
const text = (x, y, font, size, value) =>
  ops.push(`BT /${font} ${size} Tf ${x} ${y} Td (${value.replace(/[\\()]/g, "\\$&")}) Tj ET`);
const line = (y) => ops.push(`0.6 w 60 ${y} m 535 ${y} l S`);

text(60, 780, "F2", 16, "Laboratory report");
text(60, 760, "F1", 10, "Example Laboratory, Sample Street 1");
text(60, 728, "F1", 10, "Patient: Sample, Synthetic");
text(300, 728, "F1", 10, "Patient ID: SYN-0001");
text(60, 712, "F1", 10, "Date of birth: 1990-01-01   Sex: F");
text(300, 712, "F1", 10, "Collected: 2026-03-02 08:15");
["Test", "Result", "Unit", "Reference", "Flag"].forEach((title, i) => {
  text(columns[i], 680, "F2", 10, title);
});
line(674);
rows.forEach((row, i) => {
  row.forEach((cell, j) => {
    if (cell) text(columns[j], 656 - 20 * i, row[4] && j === 1 ? "F2" : "F1", 10, cell);
  });
});
line(656 - 20 * rows.length + 8);
text(60, 400, "F1", 9, "Made-up values for software samples. Not a real person, not for clinical use.");

const content = ops.join("\n");
const objects = [
  "<< /Type /Catalog /Pages 2 0 R >>",
  "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
  "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
  `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
  "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
];
let pdf = "%PDF-1.4\n";
const offsets = objects.map((body, i) => {
  const offset = pdf.length;
  pdf += `${i + 1} 0 obj\n${body}\nendobj\n`;
  return offset;
});
const xref = pdf.length;
pdf += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
pdf += offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
pdf += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${xref}\n%%EOF\n`;
writeFileSync(out, pdf, { encoding: "latin1", flag: "wx" });
