/**
 * Three layouts written after the parser was finished with the first eight, and measured before anything was changed
 * for them: a hospital's discharge letter, a German Laborbefund, and a page printed from a patient portal.
 */
import { report } from "./content.mjs";
import { gold, madeUp, Page, widthOf } from "./page.mjs";

export const laterLayouts = { discharge, befund, portal };

/**
 * Two columns of results under grey bands with the section and the time of sampling; running text above and below, the
 * flag as a word after the value.
 */
function discharge(random) {
  const size = random.pick([7.5, 8]);
  const pitch = size * random.between(1.4, 1.7);
  const page = new Page(612, 792);
  page.text(40, 44, "DISCHARGE SUMMARY", { font: "F2", size: 13 });
  page.text(40, 58, "Example Memorial Hospital, Ward 4 East (fictitious)", { size: 8 });
  page.text(40, 76, "Name: Sample, Synthetic     MRN: 00012345     DOB: 05/14/1952     Sex: F", { size: 8 });
  page.text(40, 88, "Admitted: 02/26/2026     Discharged: 03/02/2026     Attending: A. Example, MD", { size: 8 });
  let y = 106;
  for (const line of [
    "Hospital course: The patient was admitted with 3 days of cough and fever of 38.9 and was treated with ceftriaxone 2 g daily",
    "for 5 days. Oxygen was weaned by day 3. Blood pressure at discharge 128/76, pulse 82, weight 71.4 kg.",
  ]) {
    page.text(40, y, line, { size: 8 });
    y += 11;
  }
  y += 8;
  page.text(40, y, "Laboratory results at discharge", { font: "F2", size: 10 });
  const top = y + 16;
  const words = random.pick([
    { H: "High", L: "Low" },
    { H: "H", L: "L" },
    { H: "(H)", L: "(L)" },
  ]);
  const titles = random.chance(0.6) ? ["", "Value", "Units", "Ref Range"] : undefined;
  const time = random.pick(["03/02/2026 06:10", "Mar 2, 2026 0610", "03/02/26 06:10"]);
  const x0 = [40, 316];
  const groups = report(random, random.pick([20, 34, 48]), { words: false });
  const half = groups.reduce((sum, { rows }) => sum + rows.length + 2, 0) / 2;
  let [side, used] = [0, 0];
  y = top;
  for (const { section, rows } of groups) {
    if (side === 0 && used >= half - 2) {
      side = 1;
      y = top;
    }
    const x = x0[side];
    page.line(x, y - size * 0.3, x + 256, y - size * 0.3, size * 1.35, 0.85);
    page.text(x + 3, y, section, { font: "F2", size });
    page.text(x + 253, y, time, { size: size - 1, align: "right" });
    y += pitch * 1.15;
    if (titles) {
      for (const [i, title] of titles.entries())
        page.text(x + [3, 108, 160, 206][i], y, title, { size: size - 1, font: "F2" });
      y += pitch;
    }
    for (const row of rows) {
      if (y > 740) break;
      let name = row.name;
      while (widthOf(name, { size }) > 100) name = name.replace(/\s*\S+$/, "");
      const box = page.text(x + 3, y, name, { size });
      const end = page.text(x + 108, y, row.value, { size, font: row.flag ? "F2" : "F1" }).x1;
      if (row.flag) page.text(end + size * 0.4, y, words[row.flag], { size, font: "F2" });
      page.text(x + 160, y, row.unit, { size });
      page.text(x + 206, y, row.range.replace(" - ", "-"), { size });
      gold(page, box, section, { ...row, name });
      y += pitch;
      used++;
    }
    used += 2;
    y += pitch * 0.5;
  }
  page.text(40, 760, "Follow-up: primary care in 7 to 10 days with repeat of the blood count.", { size: 8 });
  madeUp(page);
  return [page];
}

/** The German names and spellings of units of the generated tests. */
const german = {
  "Red blood cells": "Erythrozyten",
  "RBC Count": "Erythrozyten",
  Erythrocytes: "Erythrozyten",
  "White blood cells": "Leukozyten",
  WBC: "Leukozyten",
  Leukocytes: "Leukozyten",
  "Total Leucocyte Count": "Leukozyten",
  Platelets: "Thrombozyten",
  "Platelet Count": "Thrombozyten",
  PLT: "Thrombozyten",
  Hemoglobin: "Hämoglobin",
  Haemoglobin: "Hämoglobin",
  HGB: "Hämoglobin",
  Hematocrit: "Hämatokrit",
  "Haematocrit (PCV)": "Hämatokrit",
  HCT: "Hämatokrit",
  "Mean Corpuscular Volume": "MCV",
  "Red Cell Distribution Width": "RDW",
  "Mean Platelet Volume": "MPV",
  Neutrophils: "Neutrophile",
  Lymphocytes: "Lymphozyten",
  Monocytes: "Monozyten",
  Eosinophils: "Eosinophile",
  Basophils: "Basophile",
  ESR: "BSG (1 h)",
  "Erythrocyte Sedimentation Rate": "BSG (1 h)",
  Sodium: "Natrium",
  "Serum Sodium": "Natrium i.S.",
  Potassium: "Kalium",
  "Serum Potassium": "Kalium i.S.",
  Chloride: "Chlorid",
  Bicarbonate: "Bikarbonat",
  "Carbon Dioxide, Total": "Bikarbonat",
  "Anion Gap": "Anionenlücke",
  Creatinine: "Kreatinin",
  "Serum Creatinine": "Kreatinin (enzym.)",
  "Urea Nitrogen (BUN)": "Harnstoff",
  "Blood Urea Nitrogen": "Harnstoff",
  BUN: "Harnstoff",
  "Uric Acid": "Harnsäure",
  Urate: "Harnsäure",
  "Total Calcium": "Calcium",
  Phosphate: "Phosphat",
  Phosphorus: "Phosphat",
  "Glucose (fasting)": "Glukose nüchtern",
  "Fasting Glucose": "Glukose nüchtern",
  Glucose: "Glukose",
  "Total Protein": "Gesamteiweiß",
  "Bilirubin, Total": "Bilirubin gesamt",
  "Total Bilirubin": "Bilirubin gesamt",
  "ALT (SGPT)": "GPT (ALAT)",
  ALT: "GPT (ALAT)",
  "Alanine Aminotransferase": "GPT (ALAT)",
  "AST (SGOT)": "GOT (ASAT)",
  AST: "GOT (ASAT)",
  "Aspartate Aminotransferase": "GOT (ASAT)",
  "Alkaline Phosphatase": "Alkalische Phosphatase",
  ALP: "Alkalische Phosphatase",
  "Gamma GT": "Gamma-GT",
  GGT: "Gamma-GT",
  "Lactate Dehydrogenase": "LDH",
  "C-Reactive Protein": "CRP",
  eGFR: "GFR (CKD-EPI)",
  "Creatine Kinase": "CK gesamt",
  Cholesterol: "Cholesterin",
  "Total Cholesterol": "Cholesterin gesamt",
  "HDL Cholesterol": "HDL-Cholesterin",
  HDL: "HDL-Cholesterin",
  "LDL Cholesterol": "LDL-Cholesterin",
  "LDL Cholesterol (calculated)": "LDL-Cholesterin",
  Triglycerides: "Triglyceride",
  "Lipoprotein (a)": "Lipoprotein (a)",
  "Thyroid Stimulating Hormone": "TSH basal",
  TSH: "TSH basal",
  "Free T4": "fT4",
  "Free Thyroxine (FT4)": "fT4",
  "Free T3": "fT3",
  "Serum Ferritin": "Ferritin",
  Folate: "Folsäure",
  "Folic Acid": "Folsäure",
  "25-OH Vitamin D": "25-OH-Vitamin D",
  "Vitamin D, 25-hydroxy": "25-OH-Vitamin D",
  "Hemoglobin A1c": "HbA1c",
  "Cortisol, a.m.": "Cortisol (8 Uhr)",
  Prolactin: "Prolaktin",
  "Prothrombin Time": "Thromboplastinzeit",
  PT: "Thromboplastinzeit",
  "Activated Partial Thromboplastin Time": "aPTT",
  "D-Dimer": "D-Dimere",
};
const germanSections = {
  Haematology: "Blutbild",
  Biochemistry: "Klinische Chemie",
  Lipids: "Fettstoffwechsel",
  Endocrinology: "Hormone und Vitamine",
  Coagulation: "Gerinnung",
};
const germanUnits = { "10^9/L": "G/l", "10^12/L": "T/l", "mL/min/1.73m2": "ml/min/1,73m²" };

/** A German Laborbefund: unit and range before the results, earlier results with dates behind, decimal commas, small letters in units. */
function befund(random) {
  const size = random.pick([8, 8.5, 9]);
  const pitch = size * random.between(1.4, 1.8);
  const page = new Page();
  const comma = (text) => text.replace(/\./g, ",");
  page.text(50, 46, "Endbefund", { font: "F2", size: 13 });
  page.text(50, 60, "MVZ Labor Beispiel, Musterstraße 12, 00000 Musterstadt", { size: 8 });
  page.text(50, 80, "Patient: Muster, Maria (erfunden)   geb. 14.05.1972   w", { size: 8.5 });
  page.text(50, 92, "Auftragsnr. 4711-0815   Eingang: 02.03.2026 09:40   Entnahme: 02.03.2026 08:15", { size: 8.5 });
  let y = 118;
  const vorwerte = random.pick([1, 2]);
  const dates = random.pick([
    ["02.03.26", "01.12.25", "15.06.25"],
    ["02.03.2026", "01.12.2025", "15.06.2025"],
    ["Ergebnis", "Vorwert", "Vorwert"],
  ]);
  const first = random.chance(0.5);
  // Name, unit and range, results; or name, results, unit and range.
  const xs = first
    ? { name: 50, unit: 210, range: 270, values: [345, 420, 485] }
    : { name: 50, values: [200, 262, 320], unit: 380, range: 455 };
  const shown = [0, 1, 2].slice(0, 1 + vorwerte);
  page.text(xs.name, y, random.pick(["Analyse", "Parameter", "Untersuchung"]), { font: "F2", size });
  page.text(xs.unit, y, "Einheit", { font: "F2", size });
  page.text(xs.range, y, random.pick(["Referenzbereich", "Normbereich", "Ref.-Bereich"]), { font: "F2", size });
  for (const i of shown) page.text(xs.values[i], y, dates[i], { font: "F2", size });
  page.line(50, y + 4, 545, y + 4);
  y += pitch * 1.3;
  const marks = random.pick([
    { H: "+", L: "-" },
    { H: "H", L: "L" },
    { H: "↑", L: "↓" },
  ]);
  for (const { section, rows } of report(random, random.pick([16, 28, 36]), { si: true, words: false })) {
    const title = germanSections[section];
    page.text(50, y, title, { font: "F2", size });
    y += pitch;
    for (const row of rows) {
      if (y > 780) break;
      const name = german[row.name] ?? row.name;
      const unit = germanUnits[row.unit] ?? row.unit.replace(/\/L$/, "/l").replace(/^L\/L$/i, "l/l");
      const box = page.text(xs.name, y, name, { size });
      page.text(xs.unit, y, unit, { size });
      const range =
        row.low === undefined && random.chance(0.5) ? row.range.replace("<", "bis") : row.range.replace(" - ", "-");
      page.text(xs.range, y, comma(range), { size });
      const value = comma(row.value);
      const end = page.text(xs.values[0], y, value, { size, font: row.flag ? "F2" : "F1" }).x1;
      if (row.flag) page.text(end + size * 0.45, y, marks[row.flag], { size, font: "F2" });
      for (const i of shown.slice(1))
        if (random.chance(0.7)) page.text(xs.values[i], y, comma(row.earlier[i - 1]), { size });
      gold(page, box, title, { ...row, name, unit, value });
      y += pitch;
    }
    y += pitch * 0.4;
  }
  page.text(50, 800, "Befund medizinisch validiert: Dr. med. A. Beispiel, 02.03.2026 14:20", { size: 7.5 });
  madeUp(page, "Erfundene Werte für Softwaretests. Keine wirkliche Person, nicht für die Versorgung.");
  return [page];
}

/** A portal's page: value and flag in one cell, the unit after it or only in the range, the range below the name. */
function portal(random) {
  const size = random.pick([9, 10]);
  const pages = [];
  const fresh = () => {
    const page = new Page(612, 792);
    page.text(40, 30, "3/5/2026, 7:41 PM", { size: 7.5 });
    page.text(306, 30, "MyExample - Test Results", { size: 7.5, align: "center" });
    madeUp(page);
    pages.push(page);
    return page;
  };
  let page = fresh();
  page.text(40, 56, "Test Results", { font: "F2", size: 15 });
  page.text(40, 72, "Synthetic Sample   DOB: 5/14/1972   Ordered by: Alex Example, MD", { size: 8.5 });
  page.text(40, 84, "Collected on March 2, 2026 8:15 AM   Resulted on March 2, 2026 3:40 PM", { size: 8.5 });
  let y = 112;
  const label = random.pick(["Normal range: ", "Standard range: ", "Reference range: ", "Ref: "]);
  const unitBehind = random.chance(0.5);
  const flags = random.pick([
    { H: "(H)", L: "(L)" },
    { H: "(High)", L: "(Low)" },
    { H: "H", L: "L" },
  ]);
  const valueX = random.pick([300, 380]);
  for (const { section, rows } of report(random, random.pick([10, 18, 26]), { si: false, words: false })) {
    if (y > 690) {
      page = fresh();
      y = 60;
    }
    page.text(40, y, section, { font: "F2", size: size + 2 });
    y += size * 2;
    for (const row of rows) {
      if (y > 730) {
        page = fresh();
        y = 60;
      }
      const box = page.text(48, y, row.name, { size, font: "F2" });
      const value = [row.value, unitBehind && row.unit, row.flag && flags[row.flag]].filter(Boolean).join(" ");
      page.text(valueX, y, value, { size });
      y += size * 1.3;
      page.text(48, y, `${label}${row.range}${row.unit && ` ${row.unit}`}`, { size: size - 1.5 });
      page.line(48, y + size * 0.6, 560, y + size * 0.6, 0.4, 0.8);
      gold(page, box, section, row);
      y += size * 2;
    }
    y += size * 0.6;
  }
  return pages;
}
