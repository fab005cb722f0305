/**
 * Content of the generated reports: tests with usual units and ranges, and values drawn from them. Written
 * independently of `src/records/terms`: as on real reports, not all names are in the product's table. Over 300 lines because it is one
 * table of tests.
 */

/** section -> [names, unit, low, high, decimals] in conventional and in SI units; a name list is what different laboratories print. */
const panels = {
  Haematology: [
    [
      ["Hemoglobin", "Haemoglobin", "HGB"],
      ["g/dL", 12, 15.5, 1],
      ["g/L", 120, 155, 0],
    ],
    [
      ["Hematocrit", "Haematocrit (PCV)", "HCT"],
      ["%", 36, 46, 1],
      ["L/L", 0.36, 0.46, 2],
    ],
    [
      ["Red blood cells", "RBC Count", "Erythrocytes"],
      ["10^6/uL", 3.9, 5.1, 2],
      ["10^12/L", 3.9, 5.1, 2],
    ],
    [
      ["White blood cells", "WBC", "Leukocytes", "Total Leucocyte Count"],
      ["10^3/uL", 4, 10, 1],
      ["10^9/L", 4, 10, 1],
    ],
    [
      ["Platelets", "Platelet Count", "PLT"],
      ["10^3/uL", 150, 400, 0],
      ["10^9/L", 150, 400, 0],
    ],
    [
      ["MCV", "Mean Corpuscular Volume"],
      ["fL", 80, 96, 1],
      ["fL", 80, 96, 0],
    ],
    [["MCH"], ["pg", 27, 33, 1], ["pg", 27, 33, 1]],
    [["MCHC"], ["g/dL", 32, 36, 1], ["g/L", 320, 360, 0]],
    [
      ["RDW", "Red Cell Distribution Width"],
      ["%", 11.5, 14.5, 1],
      ["%", 11.5, 14.5, 1],
    ],
    [
      ["MPV", "Mean Platelet Volume"],
      ["fL", 7.5, 11.5, 1],
      ["fL", 7.5, 11.5, 1],
    ],
    [["Neutrophils"], ["%", 40, 75, 1], ["10^9/L", 2, 7.5, 2]],
    [["Lymphocytes"], ["%", 20, 45, 1], ["10^9/L", 1.5, 4, 2]],
    [["Monocytes"], ["%", 2, 10, 1], ["10^9/L", 0.2, 0.8, 2]],
    [["Eosinophils"], ["%", 1, 6, 1], ["10^9/L", 0.04, 0.4, 2]],
    [["Basophils"], ["%", 0, 2, 1], ["10^9/L", 0.02, 0.1, 2]],
    [
      ["ESR", "Erythrocyte Sedimentation Rate"],
      ["mm/hr", 0, 20, 0],
      ["mm/h", 0, 20, 0],
    ],
  ],
  Biochemistry: [
    [
      ["Sodium", "Serum Sodium"],
      ["mEq/L", 135, 145, 0],
      ["mmol/L", 135, 145, 0],
    ],
    [
      ["Potassium", "Serum Potassium"],
      ["mEq/L", 3.5, 5.1, 1],
      ["mmol/L", 3.5, 5.1, 1],
    ],
    [["Chloride"], ["mEq/L", 98, 107, 0], ["mmol/L", 98, 107, 0]],
    [
      ["Bicarbonate", "Carbon Dioxide, Total"],
      ["mEq/L", 22, 29, 0],
      ["mmol/L", 22, 29, 0],
    ],
    [["Anion Gap"], ["mmol/L", 8, 16, 0], ["mmol/L", 8, 16, 0]],
    [
      ["Creatinine", "Serum Creatinine"],
      ["mg/dL", 0.5, 0.95, 2],
      ["µmol/L", 45, 84, 0],
    ],
    [
      ["Urea Nitrogen (BUN)", "Blood Urea Nitrogen", "BUN"],
      ["mg/dL", 7, 20, 0],
      ["mmol/L", 2.5, 7.8, 1],
    ],
    [
      ["Uric Acid", "Urate"],
      ["mg/dL", 2.4, 6, 1],
      ["µmol/L", 140, 360, 0],
    ],
    [
      ["Calcium", "Total Calcium"],
      ["mg/dL", 8.6, 10.2, 1],
      ["mmol/L", 2.15, 2.55, 2],
    ],
    [
      ["Phosphate", "Phosphorus"],
      ["mg/dL", 2.5, 4.5, 1],
      ["mmol/L", 0.8, 1.5, 2],
    ],
    [["Magnesium"], ["mg/dL", 1.7, 2.4, 1], ["mmol/L", 0.7, 1, 2]],
    [
      ["Glucose (fasting)", "Fasting Glucose", "Glucose"],
      ["mg/dL", 70, 99, 0],
      ["mmol/L", 3.9, 5.5, 1],
    ],
    [["Total Protein"], ["g/dL", 6.4, 8.3, 1], ["g/L", 64, 83, 0]],
    [["Albumin"], ["g/dL", 3.5, 5.2, 1], ["g/L", 35, 52, 0]],
    [
      ["Bilirubin, Total", "Total Bilirubin"],
      ["mg/dL", 0.2, 1.2, 1],
      ["µmol/L", 3, 21, 0],
    ],
    [
      ["ALT (SGPT)", "ALT", "Alanine Aminotransferase"],
      ["U/L", 7, 35, 0],
      ["U/L", 7, 35, 0],
    ],
    [
      ["AST (SGOT)", "AST", "Aspartate Aminotransferase"],
      ["U/L", 8, 33, 0],
      ["U/L", 8, 33, 0],
    ],
    [
      ["Alkaline Phosphatase", "ALP"],
      ["U/L", 35, 104, 0],
      ["U/L", 35, 104, 0],
    ],
    [
      ["Gamma GT", "GGT"],
      ["U/L", 5, 36, 0],
      ["U/L", 5, 36, 0],
    ],
    [
      ["LDH", "Lactate Dehydrogenase"],
      ["U/L", 135, 214, 0],
      ["U/L", 135, 214, 0],
    ],
    [
      ["C-Reactive Protein", "CRP"],
      ["mg/L", undefined, 5, 1],
      ["mg/L", undefined, 5, 1],
    ],
    [["eGFR"], ["mL/min/1.73m2", 60, undefined, 0], ["mL/min/1.73m2", 60, undefined, 0]],
    [
      ["Creatine Kinase", "CK"],
      ["U/L", 26, 192, 0],
      ["U/L", 26, 192, 0],
    ],
    [["Lipase"], ["U/L", 13, 60, 0], ["U/L", 13, 60, 0]],
  ],
  Lipids: [
    [
      ["Cholesterol", "Total Cholesterol"],
      ["mg/dL", undefined, 200, 0],
      ["mmol/L", undefined, 5.2, 1],
    ],
    [
      ["HDL Cholesterol", "HDL"],
      ["mg/dL", 50, undefined, 0],
      ["mmol/L", 1.3, undefined, 2],
    ],
    [
      ["LDL Cholesterol", "LDL Cholesterol (calculated)"],
      ["mg/dL", undefined, 130, 0],
      ["mmol/L", undefined, 3.4, 1],
    ],
    [["Triglycerides"], ["mg/dL", undefined, 150, 0], ["mmol/L", undefined, 1.7, 2]],
    [["Lipoprotein (a)"], ["mg/dL", undefined, 30, 1], ["nmol/L", undefined, 75, 0]],
  ],
  Endocrinology: [
    [
      ["TSH", "Thyroid Stimulating Hormone"],
      ["uIU/mL", 0.4, 4.2, 2],
      ["mIU/L", 0.4, 4.2, 2],
    ],
    [
      ["Free T4", "Free Thyroxine (FT4)"],
      ["ng/dL", 0.9, 1.7, 2],
      ["pmol/L", 12, 22, 1],
    ],
    [["Free T3"], ["pg/mL", 2, 4.4, 1], ["pmol/L", 3.1, 6.8, 1]],
    [
      ["Ferritin", "Serum Ferritin"],
      ["ng/mL", 15, 150, 0],
      ["µg/L", 15, 150, 0],
    ],
    [["Vitamin B12"], ["pg/mL", 200, 900, 0], ["pmol/L", 145, 665, 0]],
    [
      ["Folate", "Folic Acid"],
      ["ng/mL", 3.9, 26.8, 1],
      ["nmol/L", 8.8, 60.8, 1],
    ],
    [
      ["25-OH Vitamin D", "Vitamin D, 25-hydroxy"],
      ["ng/mL", 30, 100, 1],
      ["nmol/L", 75, 250, 0],
    ],
    [
      ["HbA1c", "Hemoglobin A1c"],
      ["%", 4, 5.6, 1],
      ["mmol/mol", 20, 38, 0],
    ],
    [["Cortisol, a.m."], ["ug/dL", 6.2, 19.4, 1], ["nmol/L", 171, 536, 0]],
    [["Prolactin"], ["ng/mL", 4.8, 23.3, 1], ["mIU/L", 102, 496, 0]],
  ],
  Coagulation: [
    [
      ["Prothrombin Time", "PT"],
      ["sec", 11, 13.5, 1],
      ["s", 11, 13.5, 1],
    ],
    [["INR"], ["", 0.8, 1.2, 2], ["", 0.8, 1.2, 2]],
    [
      ["aPTT", "Activated Partial Thromboplastin Time"],
      ["sec", 25, 36, 1],
      ["s", 25, 36, 1],
    ],
    [["Fibrinogen"], ["mg/dL", 200, 400, 0], ["g/L", 2, 4, 1]],
    [["D-Dimer"], ["ng/mL FEU", undefined, 500, 0], ["mg/L FEU", undefined, 0.5, 2]],
  ],
};

const urine = [
  ["Colour", ["Yellow", "Straw", "Amber"], undefined],
  ["Appearance", ["Clear", "Hazy", "Cloudy"], "Clear"],
  ["Protein", ["Negative", "Trace", "1+", "2+"], "Negative"],
  ["Ketones", ["Negative", "Trace", "1+"], "Negative"],
  ["Nitrite", ["Negative", "Positive"], "Negative"],
  ["Leukocyte Esterase", ["Negative", "Trace", "2+"], "Negative"],
];

const sections = Object.keys(panels);

/**
 * A report of about `count` results.
 * @returns {{ section: string, rows: { name, value, number?, unit, low?, high?, decimals, range, flag, earlier: string[] }[] }[]}
 */
export function report(random, count, { si = random.chance(0.5), words = true, rangeMark = " - " } = {}) {
  const groups = [];
  let left = count;
  for (const section of random.shuffle(sections)) {
    if (left <= 0) break;
    const some = panels[section].filter(() => random.chance(0.85)).slice(0, left);
    if (some.length === 0) continue;
    groups.push({ section, rows: some.map((test) => result(random, test, si, rangeMark)) });
    left -= some.length;
  }
  if (words && left > 0 && random.chance(0.6)) {
    const rows = urine.slice(0, left).map(([name, values, range]) => {
      const value = random.chance(0.6) ? values[0] : random.pick(values);
      return {
        name,
        value,
        unit: "",
        range: range ?? "",
        flag: range !== undefined && value !== range ? "A" : "",
        decimals: 0,
        earlier: [],
      };
    });
    groups.push({ section: "Urinalysis", rows });
  }
  return groups;
}

function result(random, [names, conventional, units], si, rangeMark) {
  const [unit, low, high, decimals] = si ? units : conventional;
  const span = (high ?? low * 2) - (low ?? 0);
  const draw = () => {
    const kind = random.next();
    const bottom = low ?? 0;
    const top = high ?? low * 2.2;
    if (kind < 0.62) return bottom + span * random.between(0.05, 0.95);
    if (kind < 0.82) return top + span * random.between(0.05, 1.2);
    if (kind < 0.97 && low !== undefined && low > 0) return low * random.between(0.45, 0.97);
    return bottom + span * random.between(0.1, 0.9);
  };
  const text = (value) => Math.max(0, value).toFixed(decimals);
  const value = text(draw());
  const number = Number(value);
  const below = low !== undefined && number < low;
  const above = high !== undefined && number > high;
  const small = low === undefined && random.chance(0.08);
  const printed = small ? `<${(high / 10).toFixed(decimals)}` : value;
  const range =
    low === undefined
      ? `< ${high.toFixed(decimals)}`
      : high === undefined
        ? `> ${low.toFixed(decimals)}`
        : `${low.toFixed(decimals)}${rangeMark}${high.toFixed(decimals)}`;
  return {
    name: random.pick(names),
    value: printed,
    number,
    unit,
    low,
    high,
    decimals,
    range,
    flag: small ? "" : above ? "H" : below ? "L" : "",
    earlier: [text(draw()), text(draw())],
  };
}
