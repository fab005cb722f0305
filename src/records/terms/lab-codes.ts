/**
 * The laboratory tests most often printed, with their LOINC codes by the unit of the result, and the widest values that occur in people.
 *
 * This material contains content from LOINC (http://loinc.org). LOINC is copyright Regenstrief Institute, Inc. and the LOINC Committee and is
 * available at no cost under the license at http://loinc.org/license; see `LICENSE-LOINC.md`. Selected from the "top 2000" table of common
 * laboratory results; that each code exists was checked against LOINC 2.67. Codes without a method are preferred: a report seldom prints it.
 * Names besides LOINC's own and the bounds are this project's.
 *
 * Over 300 lines because it is one table.
 */

export type System = "Blood" | "Serum or Plasma" | "Platelet poor plasma" | "Urine";

/** A LOINC code for results in the kind of `unit`; below `low` or above `high` (in `unit`) the value or its unit is more likely misread. */
export interface LabCode {
  readonly loinc: string;
  /** LOINC's long common name. */
  readonly display: string;
  /** An example UCUM unit; `""` for a result without one. */
  readonly unit: string;
  readonly low: number;
  readonly high: number;
}

/** A laboratory test with its printed names and LOINC codes by specimen and unit. */
export interface LabTest {
  /** A usual printed name. */
  readonly name: string;
  /** Other printed names, lower case. */
  readonly also: readonly string[];
  readonly system: System;
  readonly codes: readonly LabCode[];
}

type Row = readonly [loinc: string, unit: string, low: number, high: number, display: string];

const test = (name: string, also: string, system: System, ...codes: Row[]): LabTest => ({
  name,
  also: also === "" ? [] : also.split("|"),
  system,
  codes: codes.map(([loinc, unit, low, high, display]) => ({ loinc, unit, low, high, display })),
});

const B = "Blood";
const S = "Serum or Plasma";
const P = "Platelet poor plasma";
const U = "Urine";

const cells = (name: string, also: string, loinc: string, percent: string, what: string): LabTest =>
  test(
    name,
    also,
    B,
    [loinc, "10*3/uL", 0, 500, `${what} [#/volume] in Blood`],
    [percent, "%", 0, 100, `${what}/100 leukocytes in Blood`],
  );

/** Laboratory tests with their LOINC codes, units and names. */
export const labTests: readonly LabTest[] = [
  // Blood count
  test(
    "Hemoglobin",
    "haemoglobin|hgb|hb|hämoglobin|hemoglobine|haemoglobin estimation|hemoglobin (hb)|haemoglobin (hb)",
    B,
    ["718-7", "g/dL", 1, 27, "Hemoglobin [Mass/volume] in Blood"],
  ),
  test("Hematocrit", "haematocrit|hct|pcv|packed cell volume|hämatokrit|hematocrit (hct)|packed cell volume (pcv)", B, [
    "20570-8",
    "%",
    3,
    80,
    "Hematocrit [Volume Fraction] of Blood",
  ]),
  test(
    "Red blood cells",
    "rbc|erythrocytes|red blood cell count|red cell count|rbc count|erythrozyten|red blood cells (rbc)",
    B,
    ["26453-1", "10*6/uL", 0.3, 10, "Erythrocytes [#/volume] in Blood"],
  ),
  test(
    "White blood cells",
    "wbc|leukocytes|leucocytes|white blood cell count|white cell count|wbc count|total leucocyte count|total leukocyte count|tlc|leukozyten|white blood cells (wbc)|total wbc count",
    B,
    ["26464-8", "10*3/uL", 0, 900, "Leukocytes [#/volume] in Blood"],
  ),
  test("Platelets", "platelet count|plt|thrombocytes|thrombozyten|platelets (plt)", B, [
    "26515-7",
    "10*3/uL",
    0,
    4000,
    "Platelets [#/volume] in Blood",
  ]),
  test(
    "MCV",
    "mean corpuscular volume|mean cell volume|mcv (mean corpuscular volume)|mean corpuscular volume (mcv)",
    B,
    ["30428-7", "fL", 40, 170, "Erythrocyte mean corpuscular volume [Entitic volume]"],
  ),
  test(
    "MCH",
    "mean corpuscular hemoglobin|mean corpuscular haemoglobin|mean cell haemoglobin|mean cell hemoglobin|mean corpuscular hemoglobin (mch)",
    B,
    ["28539-5", "pg", 8, 60, "Erythrocyte mean corpuscular hemoglobin [Entitic mass]"],
  ),
  test(
    "MCHC",
    "mean corpuscular hemoglobin concentration|mean corpuscular haemoglobin concentration|mean cell hemoglobin concentration|mean cell haemoglobin concentration|mean corpuscular hemoglobin concentration (mchc)",
    B,
    ["28540-3", "g/dL", 18, 50, "Erythrocyte mean corpuscular hemoglobin concentration [Mass/volume]"],
  ),
  test(
    "RDW",
    "red cell distribution width|rdw-cv|red cell distribution width (rdw)|red blood cell distribution width",
    B,
    ["30385-9", "%", 5, 50, "Erythrocyte distribution width [Ratio]"],
  ),
  test("RDW-SD", "red cell distribution width sd", B, [
    "21000-5",
    "fL",
    20,
    150,
    "Erythrocyte distribution width [Entitic volume] by Automated count",
  ]),
  test("MPV", "mean platelet volume|mean platelet volume (mpv)", B, [
    "28542-9",
    "fL",
    3,
    25,
    "Platelet mean volume [Entitic volume] in Blood",
  ]),
  cells(
    "Neutrophils",
    "neutrophil|neutrophil count|neutrophile|absolute neutrophils|neutrophils absolute|absolute neutrophil count|abs neutrophils",
    "26499-4",
    "26511-6",
    "Neutrophils",
  ),
  cells(
    "Lymphocytes",
    "lymphocyte|lymphocyte count|lymphs|lymphozyten|absolute lymphocytes|lymphocytes absolute|absolute lymphocyte count|abs lymphocytes",
    "26474-7",
    "26478-8",
    "Lymphocytes",
  ),
  cells(
    "Monocytes",
    "monocyte|monocyte count|monozyten|absolute monocytes|monocytes absolute|absolute monocyte count|abs monocytes",
    "26484-6",
    "26485-3",
    "Monocytes",
  ),
  cells(
    "Eosinophils",
    "eosinophil|eosinophil count|eosinophile|absolute eosinophils|eosinophils absolute|absolute eosinophil count|abs eosinophils",
    "26449-9",
    "26450-7",
    "Eosinophils",
  ),
  cells(
    "Basophils",
    "basophil|basophil count|basophile|absolute basophils|basophils absolute|absolute basophil count|abs basophils",
    "26444-0",
    "30180-4",
    "Basophils",
  ),
  test(
    "Reticulocytes",
    "reticulocyte count|retic count",
    B,
    ["14196-0", "10*3/uL", 0, 1500, "Reticulocytes [#/volume] in Blood"],
    ["4679-7", "%", 0, 60, "Reticulocytes/100 erythrocytes in Blood"],
  ),
  test("ESR", "erythrocyte sedimentation rate|sedimentation rate|erythrocyte sedimentation rate (esr)", B, [
    "30341-2",
    "mm/h",
    0,
    200,
    "Erythrocyte sedimentation rate",
  ]),
  test(
    "HbA1c",
    "hemoglobin a1c|haemoglobin a1c|glycated hemoglobin|glycated haemoglobin|glycosylated hemoglobin|a1c|hba1c (glycated hemoglobin)|hemoglobin a1c (hba1c)",
    B,
    ["4548-4", "%", 2, 22, "Hemoglobin A1c/Hemoglobin.total in Blood"],
    ["59261-8", "mmol/mol", 10, 220, "Hemoglobin A1c/Hemoglobin.total in Blood by IFCC protocol"],
  ),
  // Electrolytes and kidney
  test(
    "Sodium",
    "na|na+|serum sodium|natrium|sodium (na)",
    S,
    ["2951-2", "mmol/L", 80, 220, "Sodium [Moles/volume] in Serum or Plasma"],
    ["2951-2", "meq/L", 80, 220, "Sodium [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Potassium",
    "k|k+|serum potassium|kalium|potassium (k)",
    S,
    ["2823-3", "mmol/L", 1, 15, "Potassium [Moles/volume] in Serum or Plasma"],
    ["2823-3", "meq/L", 1, 15, "Potassium [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Chloride",
    "cl|cl-|serum chloride|chlorid|chloride (cl)",
    S,
    ["2075-0", "mmol/L", 50, 170, "Chloride [Moles/volume] in Serum or Plasma"],
    ["2075-0", "meq/L", 50, 170, "Chloride [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Carbon dioxide, total",
    "co2|total co2|carbon dioxide|tco2",
    S,
    ["2028-9", "mmol/L", 2, 70, "Carbon dioxide, total [Moles/volume] in Serum or Plasma"],
    ["2028-9", "meq/L", 2, 70, "Carbon dioxide, total [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Bicarbonate",
    "hco3|hco3-|serum bicarbonate|bikarbonat",
    S,
    ["1963-8", "mmol/L", 2, 70, "Bicarbonate [Moles/volume] in Serum or Plasma"],
    ["1963-8", "meq/L", 2, 70, "Bicarbonate [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Anion gap",
    "",
    S,
    ["33037-3", "mmol/L", -10, 60, "Anion gap in Serum or Plasma"],
    ["33037-3", "meq/L", -10, 60, "Anion gap in Serum or Plasma"],
  ),
  test(
    "Creatinine",
    "serum creatinine|creat|kreatinin|creatinine, serum|s. creatinine",
    S,
    ["2160-0", "mg/dL", 0.1, 40, "Creatinine [Mass/volume] in Serum or Plasma"],
    ["14682-9", "umol/L", 8, 3500, "Creatinine [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Urea nitrogen",
    "bun|blood urea nitrogen|urea nitrogen (bun)|blood urea nitrogen (bun)",
    S,
    ["3094-0", "mg/dL", 1, 300, "Urea nitrogen [Mass/volume] in Serum or Plasma"],
    ["14937-7", "mmol/L", 0.3, 110, "Urea nitrogen [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Urea",
    "serum urea|blood urea|harnstoff",
    S,
    ["3091-6", "mg/dL", 2, 650, "Urea [Mass/volume] in Serum or Plasma"],
    ["22664-7", "mmol/L", 0.3, 110, "Urea [Moles/volume] in Serum or Plasma"],
  ),
  // Without a formula in its name it is the code without one.
  test("eGFR", "gfr|estimated gfr|estimated glomerular filtration rate|glomerular filtration rate", S, [
    "69405-9",
    "mL/min/{1.73_m2}",
    1,
    220,
    "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood",
  ]),
  test("eGFR (CKD-EPI)", "egfr ckd-epi|gfr ckd-epi|ckd-epi gfr", S, [
    "62238-1",
    "mL/min/{1.73_m2}",
    1,
    220,
    "Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum, Plasma or Blood by Creatinine-based formula (CKD-EPI)",
  ]),
  test("eGFR (MDRD)", "egfr mdrd|gfr mdrd", S, [
    "33914-3",
    "mL/min/{1.73_m2}",
    1,
    220,
    "Glomerular filtration rate/1.73 sq M.predicted by Creatinine-based formula (MDRD)",
  ]),
  test(
    "Uric acid",
    "urate|serum uric acid|harnsäure",
    S,
    ["3084-1", "mg/dL", 0.1, 40, "Urate [Mass/volume] in Serum or Plasma"],
    ["14933-6", "umol/L", 6, 2400, "Urate [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Calcium",
    "ca|serum calcium|total calcium|calcium, total|calcium (ca)",
    S,
    ["17861-6", "mg/dL", 3, 25, "Calcium [Mass/volume] in Serum or Plasma"],
    ["2000-8", "mmol/L", 0.7, 6.3, "Calcium [Moles/volume] in Serum or Plasma"],
  ),
  test("Calcium, ionized", "ionized calcium|ionised calcium|calcium ionized|ica", S, [
    "1995-0",
    "mmol/L",
    0.3,
    3,
    "Calcium.ionized [Moles/volume] in Serum or Plasma",
  ]),
  test(
    "Phosphate",
    "phosphorus|inorganic phosphate|serum phosphate|phosphat|phosphorus (inorganic)",
    S,
    ["2777-1", "mg/dL", 0.2, 25, "Phosphate [Mass/volume] in Serum or Plasma"],
    ["14879-1", "mmol/L", 0.05, 8, "Phosphate [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Magnesium",
    "mg|serum magnesium|magnesium (mg)",
    S,
    ["19123-9", "mg/dL", 0.3, 15, "Magnesium [Mass/volume] in Serum or Plasma"],
    ["2601-3", "mmol/L", 0.1, 6, "Magnesium [Moles/volume] in Serum or Plasma"],
  ),
  test("Osmolality", "serum osmolality", S, ["2692-2", "mosm/kg", 180, 500, "Osmolality of Serum or Plasma"]),
  // Glucose and lipids
  test(
    "Glucose",
    "glu|blood glucose|serum glucose|glukose|random glucose|glucose, random",
    S,
    ["2345-7", "mg/dL", 5, 2000, "Glucose [Mass/volume] in Serum or Plasma"],
    ["14749-6", "mmol/L", 0.3, 110, "Glucose [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Glucose (fasting)",
    "fasting glucose|glucose, fasting|glucose fasting|fasting plasma glucose|fasting blood sugar|fbs|nüchternglukose",
    S,
    ["1558-6", "mg/dL", 5, 2000, "Fasting glucose [Mass/volume] in Serum or Plasma"],
    ["14771-0", "mmol/L", 0.3, 110, "Fasting glucose [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Cholesterol",
    "total cholesterol|cholesterol, total|cholesterol total|chol|cholesterin|serum cholesterol",
    S,
    ["2093-3", "mg/dL", 20, 1500, "Cholesterol [Mass/volume] in Serum or Plasma"],
    ["14647-2", "mmol/L", 0.5, 40, "Cholesterol [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "HDL cholesterol",
    "hdl|hdl-c|hdl-cholesterol|cholesterol, hdl|hdl cholesterin|cholesterol in hdl",
    S,
    ["2085-9", "mg/dL", 2, 250, "Cholesterol in HDL [Mass/volume] in Serum or Plasma"],
    ["14646-4", "mmol/L", 0.05, 6.5, "Cholesterol in HDL [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "LDL cholesterol",
    "ldl|ldl-c|ldl-cholesterol|cholesterol, ldl|ldl cholesterin|cholesterol in ldl",
    S,
    ["2089-1", "mg/dL", 2, 1000, "Cholesterol in LDL [Mass/volume] in Serum or Plasma"],
    ["22748-8", "mmol/L", 0.05, 26, "Cholesterol in LDL [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "LDL cholesterol (calculated)",
    "ldl calculated|ldl cholesterol calc|ldl cholesterol, calculated|calculated ldl",
    S,
    ["13457-7", "mg/dL", 2, 1000, "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation"],
    ["39469-2", "mmol/L", 0.05, 26, "Cholesterol in LDL [Moles/volume] in Serum or Plasma by calculation"],
  ),
  test(
    "Non-HDL cholesterol",
    "non hdl cholesterol|cholesterol non hdl|non-hdl-cholesterol",
    S,
    ["43396-1", "mg/dL", 10, 1400, "Cholesterol non HDL [Mass/volume] in Serum or Plasma"],
    ["70204-3", "mmol/L", 0.2, 36, "Cholesterol non HDL [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Triglycerides",
    "triglyceride|trig|tg|triglyzeride|serum triglycerides",
    S,
    ["2571-8", "mg/dL", 5, 20000, "Triglyceride [Mass/volume] in Serum or Plasma"],
    ["14927-8", "mmol/L", 0.05, 230, "Triglyceride [Moles/volume] in Serum or Plasma"],
  ),
  // Liver and enzymes
  test(
    "ALT",
    "alanine aminotransferase|sgpt|gpt|alat|alt (sgpt)|sgpt (alt)|alanine aminotransferase (alt)|gpt (alt)|gpt (alat)|alanine transaminase",
    S,
    ["1742-6", "U/L", 0, 30000, "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma"],
  ),
  test(
    "AST",
    "aspartate aminotransferase|sgot|got|asat|ast (sgot)|sgot (ast)|aspartate aminotransferase (ast)|got (ast)|got (asat)|aspartate transaminase",
    S,
    ["1920-8", "U/L", 0, 40000, "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma"],
  ),
  test("Alkaline phosphatase", "alp|alk phos|alkaline phosphatase (alp)|alkalische phosphatase", S, [
    "6768-6",
    "U/L",
    1,
    6000,
    "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma",
  ]),
  test(
    "GGT",
    "gamma gt|gamma-gt|ggtp|gamma glutamyl transferase|gamma-glutamyl transferase|gamma glutamyl transferase (ggt)|y-gt",
    S,
    ["2324-2", "U/L", 0, 6000, "Gamma glutamyl transferase [Enzymatic activity/volume] in Serum or Plasma"],
  ),
  test("LDH", "lactate dehydrogenase|ld|lactate dehydrogenase (ldh)", S, [
    "2532-0",
    "U/L",
    10,
    30000,
    "Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma",
  ]),
  test("Creatine kinase", "ck|cpk|creatine kinase (ck)|ck total|total ck", S, [
    "2157-6",
    "U/L",
    1,
    500000,
    "Creatine kinase [Enzymatic activity/volume] in Serum or Plasma",
  ]),
  test("Amylase", "serum amylase", S, [
    "1798-8",
    "U/L",
    0,
    20000,
    "Amylase [Enzymatic activity/volume] in Serum or Plasma",
  ]),
  test("Lipase", "serum lipase", S, [
    "3040-3",
    "U/L",
    0,
    30000,
    "Lipase [Enzymatic activity/volume] in Serum or Plasma",
  ]),
  test(
    "Bilirubin, total",
    "total bilirubin|bilirubin total|bilirubin|tbil|bilirubin (total)|serum bilirubin total",
    S,
    ["1975-2", "mg/dL", 0, 70, "Bilirubin.total [Mass/volume] in Serum or Plasma"],
    ["14631-6", "umol/L", 0, 1200, "Bilirubin.total [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Bilirubin, direct",
    "direct bilirubin|bilirubin direct|conjugated bilirubin|bilirubin (direct)",
    S,
    ["1968-7", "mg/dL", 0, 50, "Bilirubin.direct [Mass/volume] in Serum or Plasma"],
    ["14629-0", "umol/L", 0, 900, "Bilirubin.direct [Moles/volume] in Serum or Plasma"],
  ),
  test("Albumin", "serum albumin|alb", S, ["1751-7", "g/dL", 0.5, 8, "Albumin [Mass/volume] in Serum or Plasma"]),
  test("Total protein", "protein, total|protein total|serum protein|total serum protein|gesamteiweiß", S, [
    "2885-2",
    "g/dL",
    1,
    18,
    "Protein [Mass/volume] in Serum or Plasma",
  ]),
  test("Globulin", "", S, ["2336-6", "g/dL", 0.3, 14, "Globulin [Mass/volume] in Serum"]),
  test("Albumin/Globulin ratio", "a/g ratio|albumin globulin ratio", S, [
    "1759-0",
    "",
    0.05,
    6,
    "Albumin/Globulin [Mass ratio] in Serum or Plasma",
  ]),
  // Iron, vitamins, inflammation
  test("C-reactive protein", "crp|c reactive protein|c-reactive protein (crp)|c-reaktives protein", S, [
    "1988-5",
    "mg/L",
    0,
    800,
    "C reactive protein [Mass/volume] in Serum or Plasma",
  ]),
  test("hs-CRP", "high sensitivity crp|c-reactive protein, high sensitivity|hscrp", S, [
    "30522-7",
    "mg/L",
    0,
    800,
    "C reactive protein [Mass/volume] in Serum or Plasma by High sensitivity method",
  ]),
  test("Procalcitonin", "pct", S, ["33959-8", "ng/mL", 0, 1000, "Procalcitonin [Mass/volume] in Serum or Plasma"]),
  test("Ferritin", "serum ferritin", S, ["2276-4", "ng/mL", 0, 100000, "Ferritin [Mass/volume] in Serum or Plasma"]),
  test(
    "Iron",
    "serum iron|fe|eisen|iron, serum",
    S,
    ["2498-4", "ug/dL", 1, 2000, "Iron [Mass/volume] in Serum or Plasma"],
    ["14798-3", "umol/L", 0.2, 360, "Iron [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Iron binding capacity",
    "tibc|total iron binding capacity|total iron-binding capacity|total iron binding capacity (tibc)",
    S,
    ["2500-7", "ug/dL", 30, 1200, "Iron binding capacity [Mass/volume] in Serum or Plasma"],
    ["14800-7", "umol/L", 5, 215, "Iron binding capacity [Moles/volume] in Serum or Plasma"],
  ),
  test("Transferrin saturation", "iron saturation|transferrin sat|tsat|% saturation", S, [
    "2502-3",
    "%",
    0,
    110,
    "Iron saturation [Mass Fraction] in Serum or Plasma",
  ]),
  test("Transferrin", "", S, ["3034-6", "mg/dL", 20, 900, "Transferrin [Mass/volume] in Serum or Plasma"]),
  test(
    "Vitamin B12",
    "b12|cobalamin|vitamin b-12|cyanocobalamin",
    S,
    ["2132-9", "pg/mL", 20, 20000, "Cobalamin (Vitamin B12) [Mass/volume] in Serum or Plasma"],
    ["14685-2", "pmol/L", 15, 15000, "Cobalamin (Vitamin B12) [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Folate",
    "folic acid|serum folate|folsäure",
    S,
    ["2284-8", "ng/mL", 0.2, 200, "Folate [Mass/volume] in Serum or Plasma"],
    ["14732-2", "nmol/L", 0.5, 450, "Folate [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Vitamin D, 25-hydroxy",
    "vitamin d|25-oh vitamin d|25-hydroxyvitamin d|25 hydroxy vitamin d|vitamin d (25-oh)|vitamin d 25-hydroxy|25-oh-vitamin d|vitamin d, 25-oh",
    S,
    ["62292-8", "ng/mL", 1, 300, "25-Hydroxyvitamin D2+25-Hydroxyvitamin D3 [Mass/volume] in Serum or Plasma"],
  ),
  test("Homocysteine", "", S, ["13965-9", "umol/L", 1, 500, "Homocysteine [Moles/volume] in Serum or Plasma"]),
  // Hormones
  test(
    "TSH",
    "thyrotropin|thyroid stimulating hormone|thyroid-stimulating hormone|thyroid stimulating hormone (tsh)",
    S,
    ["3016-3", "m[IU]/L", 0, 1000, "Thyrotropin [Units/volume] in Serum or Plasma"],
  ),
  test(
    "Free T4",
    "ft4|t4, free|thyroxine free|free thyroxine|t4 free|free thyroxine (ft4)|thyroxine (t4), free",
    S,
    ["3024-7", "ng/dL", 0.05, 20, "Thyroxine (T4) free [Mass/volume] in Serum or Plasma"],
    ["14920-3", "pmol/L", 0.5, 260, "Thyroxine (T4) free [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Free T3",
    "ft3|t3, free|free triiodothyronine|t3 free|free triiodothyronine (ft3)",
    S,
    ["3051-0", "pg/mL", 0.2, 50, "Triiodothyronine (T3) Free [Mass/volume] in Serum or Plasma"],
    ["14928-6", "pmol/L", 0.3, 80, "Triiodothyronine (T3) Free [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Cortisol",
    "serum cortisol",
    S,
    ["2143-6", "ug/dL", 0, 200, "Cortisol [Mass/volume] in Serum or Plasma"],
    ["14675-3", "nmol/L", 0, 5500, "Cortisol [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Testosterone",
    "total testosterone|testosterone, total",
    S,
    ["2986-8", "ng/dL", 0, 5000, "Testosterone [Mass/volume] in Serum or Plasma"],
    ["14913-8", "nmol/L", 0, 175, "Testosterone [Moles/volume] in Serum or Plasma"],
  ),
  test(
    "Estradiol",
    "oestradiol|e2",
    S,
    ["2243-4", "pg/mL", 0, 20000, "Estradiol (E2) [Mass/volume] in Serum or Plasma"],
    ["14715-7", "pmol/L", 0, 75000, "Estradiol (E2) [Moles/volume] in Serum or Plasma"],
  ),
  test("FSH", "follicle stimulating hormone|follitropin", S, [
    "15067-2",
    "m[IU]/mL",
    0,
    300,
    "Follitropin [Units/volume] in Serum or Plasma",
  ]),
  test("LH", "luteinizing hormone|lutropin", S, [
    "10501-5",
    "m[IU]/mL",
    0,
    300,
    "Lutropin [Units/volume] in Serum or Plasma",
  ]),
  test("Prolactin", "serum prolactin", S, ["2842-3", "ng/mL", 0, 30000, "Prolactin [Mass/volume] in Serum or Plasma"]),
  test(
    "PTH, intact",
    "intact pth|pth|parathyroid hormone|parathyroid hormone, intact",
    S,
    ["2731-8", "pg/mL", 0, 6000, "Parathyrin.intact [Mass/volume] in Serum or Plasma"],
    ["14866-8", "pmol/L", 0, 640, "Parathyrin.intact [Moles/volume] in Serum or Plasma"],
  ),
  test("PSA", "prostate specific antigen|psa, total|total psa|psa total|prostate specific antigen (psa)", S, [
    "2857-1",
    "ng/mL",
    0,
    20000,
    "Prostate specific Ag [Mass/volume] in Serum or Plasma",
  ]),
  test("CEA", "carcinoembryonic antigen", S, [
    "2039-6",
    "ng/mL",
    0,
    50000,
    "Carcinoembryonic Ag [Mass/volume] in Serum or Plasma",
  ]),
  test("AFP", "alpha fetoprotein|alpha-fetoprotein", S, [
    "1834-1",
    "ng/mL",
    0,
    1000000,
    "Alpha-1-Fetoprotein [Mass/volume] in Serum or Plasma",
  ]),
  // Heart
  test("NT-proBNP", "nt pro bnp|n-terminal pro bnp|ntprobnp", S, [
    "33762-6",
    "pg/mL",
    0,
    100000,
    "Natriuretic peptide.B prohormone [Mass/volume] in Serum or Plasma",
  ]),
  test("BNP", "b-type natriuretic peptide|brain natriuretic peptide", S, [
    "30934-4",
    "pg/mL",
    0,
    50000,
    "Natriuretic peptide B [Mass/volume] in Serum or Plasma",
  ]),
  test("Troponin I", "cardiac troponin i|troponin-i|ctni", S, [
    "10839-9",
    "ng/mL",
    0,
    1000,
    "Troponin I.cardiac [Mass/volume] in Serum or Plasma",
  ]),
  test("Troponin T", "cardiac troponin t|troponin-t|ctnt", S, [
    "6598-7",
    "ug/L",
    0,
    200,
    "Troponin T.cardiac [Mass/volume] in Serum or Plasma",
  ]),
  test("CK-MB", "ckmb|creatine kinase mb|creatine kinase-mb", S, [
    "13969-1",
    "ng/mL",
    0,
    2000,
    "Creatine kinase.MB [Mass/volume] in Serum or Plasma",
  ]),
  test("Lactate", "lactic acid", S, ["2524-7", "mmol/L", 0.1, 40, "Lactate [Moles/volume] in Serum or Plasma"]),
  // Coagulation
  test("Prothrombin time", "pt|prothrombin time (pt)|protime", P, [
    "5902-2",
    "s",
    5,
    300,
    "Prothrombin time (PT) in Platelet poor plasma by Coagulation assay",
  ]),
  test("INR", "pt inr|inr (pt)|international normalized ratio|pt-inr|international normalised ratio", P, [
    "6301-6",
    "",
    0.4,
    25,
    "INR in Platelet poor plasma by Coagulation assay",
  ]),
  test(
    "aPTT",
    "ptt|activated partial thromboplastin time|partial thromboplastin time|activated partial thromboplastin time (aptt)",
    P,
    [
      "14979-9",
      "s",
      10,
      400,
      "Activated partial thromboplastin time (aPTT) in Platelet poor plasma by Coagulation assay",
    ],
  ),
  test("Fibrinogen", "", P, [
    "3255-7",
    "mg/dL",
    10,
    2000,
    "Fibrinogen [Mass/volume] in Platelet poor plasma by Coagulation assay",
  ]),
  test("D-dimer", "d dimer|d-dimers|fibrin d-dimer", P, [
    "48065-7",
    "ng/mL{FEU}",
    0,
    200000,
    "Fibrin D-dimer FEU [Mass/volume] in Platelet poor plasma",
  ]),
  // Immunology
  test("Rheumatoid factor", "rf|ra factor", S, [
    "11572-5",
    "[IU]/mL",
    0,
    20000,
    "Rheumatoid factor [Units/volume] in Serum",
  ]),
  test("IgG", "immunoglobulin g|immunoglobulin g (igg)", S, [
    "2465-3",
    "mg/dL",
    20,
    15000,
    "IgG [Mass/volume] in Serum",
  ]),
  test("IgA", "immunoglobulin a|immunoglobulin a (iga)", S, [
    "2458-8",
    "mg/dL",
    1,
    10000,
    "IgA [Mass/volume] in Serum",
  ]),
  test("IgM", "immunoglobulin m|immunoglobulin m (igm)", S, [
    "2472-9",
    "mg/dL",
    1,
    15000,
    "IgM [Mass/volume] in Serum",
  ]),
  // Urine
  test("Specific gravity", "urine specific gravity|sp. gravity|sp gravity|specific gravity, urine", U, [
    "2965-2",
    "",
    0.99,
    1.08,
    "Specific gravity of Urine",
  ]),
  test(
    "pH",
    "urine ph|reaction (ph)|ph, urine",
    U,
    ["2756-5", "[pH]", 3.5, 10, "pH of Urine"],
    ["2756-5", "", 3.5, 10, "pH of Urine"],
  ),
  test("Urine protein", "protein|protein, urine", U, [
    "20454-5",
    "",
    0,
    0,
    "Protein [Presence] in Urine by Test strip",
  ]),
  test("Urine glucose", "glucose|glucose, urine|sugar", U, ["2349-9", "", 0, 0, "Glucose [Presence] in Urine"]),
  test("Urine ketones", "ketones|ketone bodies|ketones, urine", U, [
    "33903-6",
    "",
    0,
    0,
    "Ketones [Presence] in Urine",
  ]),
  test("Urine nitrite", "nitrite|nitrites|nitrite, urine", U, [
    "5802-4",
    "",
    0,
    0,
    "Nitrite [Presence] in Urine by Test strip",
  ]),
  test("Urine leukocyte esterase", "leukocyte esterase|leucocyte esterase", U, [
    "5799-2",
    "",
    0,
    0,
    "Leukocyte esterase [Presence] in Urine by Test strip",
  ]),
  test("Urine color", "color|colour|urine colour", U, ["5778-6", "", 0, 0, "Color of Urine"]),
  test("Urine appearance", "appearance|clarity|transparency", U, ["5767-9", "", 0, 0, "Appearance of Urine"]),
  test(
    "Albumin/creatinine ratio, urine",
    "albumin/creatinine ratio|microalbumin/creatinine ratio|urine albumin/creatinine ratio|acr|uacr",
    U,
    ["14959-1", "mg/g{creat}", 0, 30000, "Microalbumin/Creatinine [Mass ratio] in Urine"],
  ),
];
