/**
 * Synonyms, abbreviations and brand names of tests, vital signs, diagnoses and drugs, in addition to their coded names, and the members of
 * drug classes. General medical knowledge, compiled by hand; LOINC numbers identify the tests (loinc.org).
 *
 * A line is `kind | names, preferred first | LOINC codes or members`.
 */
import { keyOf } from "./words.ts";

export interface DictionaryEntry {
  kind: "observation" | "condition" | "medication" | "immunization" | "procedure" | "drugClass";
  /** Normalised names, preferred first. */
  names: readonly string[];
  /** As written, for display. */
  title: string;
  /** LOINC codes of a test; ingredients of a drug class. */
  members: readonly string[];
}

const lines = `
o|hemoglobin, Hb, Hgb, HGB, blood hemoglobin|718-7 30313-1 30350-3 20509-6 14775-1 59260-0
o|hematocrit, Hct, HCT, PCV, packed cell volume|4544-3 20570-8 31100-1 71833-8
o|white blood cell count, WBC, WBC count, white cell count, leukocytes, leukocyte count, white blood cells, white cells, white count|6690-2 26464-8 804-5 33765-9 49498-9
o|red blood cell count, RBC, RBC count, red cell count, erythrocytes, erythrocyte count, red blood cells|789-8 26453-1 790-6
o|platelet count, platelets, PLT, thrombocytes, thrombocyte count|777-3 26515-7 778-1 49497-1
o|mean corpuscular volume, MCV|787-2 30428-7
o|mean corpuscular hemoglobin, MCH|785-6 28539-5
o|mean corpuscular hemoglobin concentration, MCHC|786-4 28540-3
o|red cell distribution width, RDW, erythrocyte distribution width, RDW-CV|788-0 21000-5 30385-9
o|mean platelet volume, platelet mean volume, MPV|32623-1 28542-9
o|platelet distribution width, PDW|32207-3 51631-0
o|neutrophils, neutrophil count, ANC, absolute neutrophil count|751-8 26499-4 753-4
o|lymphocytes, lymphocyte count|731-0 26474-7
o|hemoglobin A1c, HbA1c, A1c, A1C, glycated hemoglobin, glycosylated hemoglobin, glycohemoglobin, HgbA1c|4548-4 17856-6 59261-8 4549-2
o|glucose, blood glucose, blood sugar, sugar, serum glucose, plasma glucose, BG|2339-0 2345-7 2340-8 41653-7 14749-6
o|fasting glucose, fasting blood glucose, FBG, fasting blood sugar|1558-6 1557-8 76629-5
o|urea nitrogen, BUN, blood urea nitrogen|3094-0 6299-2 12964-7
o|urea|3091-6 22664-7
o|creatinine, serum creatinine, Cr, SCr, Crea|2160-0 38483-4 14682-9
o|estimated glomerular filtration rate, eGFR, GFR, glomerular filtration rate|33914-3 48642-3 48643-1 62238-1 69405-9 77147-7 98979-8 50044-7
o|sodium, Na, serum sodium|2951-2 2947-0
o|potassium, K, serum potassium|2823-3 6298-4
o|chloride, Cl|2075-0 2069-3
o|carbon dioxide, CO2, total CO2, TCO2|2028-9 20565-8
o|bicarbonate, HCO3|1963-8 1959-6
o|calcium, Ca, serum calcium|17861-6 49765-1 2000-8
o|magnesium, Mg|19123-9 2601-3
o|phosphate, phosphorus, PO4|2777-1 14879-1
o|total cholesterol, cholesterol, serum cholesterol, TC|2093-3 14647-2
o|LDL cholesterol, LDL, LDL-C, low density lipoprotein cholesterol, low density lipoprotein, bad cholesterol|18262-6 13457-7 2089-1 22748-8
o|HDL cholesterol, HDL, HDL-C, high density lipoprotein cholesterol, high density lipoprotein, good cholesterol|2085-9 14646-4
o|triglycerides, TG, trigs|2571-8 14927-8 3043-7
o|alanine aminotransferase, ALT, ALAT, SGPT|1742-6 1743-4 76625-3
o|aspartate aminotransferase, AST, ASAT, SGOT|1920-8 30239-8
o|alkaline phosphatase, ALP, alk phos|6768-6
o|gamma glutamyl transferase, GGT|2324-2
o|total bilirubin, bilirubin, TBili, T bili|1975-2 14631-6
o|albumin, serum albumin|1751-7
o|total protein, protein total|2885-2
o|thyroid stimulating hormone, TSH, thyrotropin|3016-3 11580-8 11579-0
o|free T4, FT4, thyroxine free, free thyroxine|3024-7 14920-3
o|C reactive protein, CRP|1988-5 30522-7
o|erythrocyte sedimentation rate, ESR, sed rate, sedimentation rate|4537-7 30341-2 18184-2
o|ferritin|2276-4
o|iron, serum iron|2498-4
o|vitamin D, 25-hydroxyvitamin D, 25-OH vitamin D|1989-3 62292-8 35365-6
o|vitamin B12, B12, cobalamin|2132-9
o|folate, folic acid level|2284-8
o|international normalized ratio, INR|6301-6 34714-6
o|prothrombin time, PT|5902-2
o|partial thromboplastin time, aPTT, PTT|3173-2 14979-9
o|D-dimer|48065-7 48066-5
o|troponin I, troponin, cTnI|10839-9 42757-5 49563-0 89579-7
o|troponin T, cTnT|6598-7 48425-3 67151-1
o|B-type natriuretic peptide, BNP|30934-4 42637-9
o|NT-proBNP, proBNP|33762-6
o|lactate, lactic acid|2524-7 32693-4
o|uric acid, urate|3084-1
o|prostate specific antigen, PSA|2857-1 35741-8
o|creatine kinase, CK, CPK|2157-6
o|lipase|3040-3
o|amylase|1798-8
o|microalbumin creatinine ratio, ACR, albumin creatinine ratio, urine albumin creatinine ratio, UACR|14959-1 9318-7 32294-1
o|lead, blood lead, lead level|10368-9 5671-3
o|bone density, DXA, DEXA, T-score, bone density T-score, DXA T-score|38265-5 80948-3
o|systolic blood pressure, systolic, SBP, systolic BP, systolic pressure|8480-6
o|diastolic blood pressure, diastolic, DBP, diastolic BP, diastolic pressure|8462-4
o|blood pressure, BP|85354-9 55284-4
o|heart rate, HR, pulse, pulse rate|8867-4
o|respiratory rate, RR, respiration rate, breathing rate|9279-1
o|body temperature, temperature, temp, oral temperature|8310-5 8331-1
o|oxygen saturation, SpO2, O2 sat, O2 saturation, pulse oximetry|2708-6 59408-5
o|body weight, weight, wt|29463-7 3141-9 3142-7
o|body height, height, ht, stature|8302-2 3137-7 8301-4
o|body mass index, BMI|39156-5
o|pain severity, pain score, pain, pain level|72514-3
o|head circumference|9843-4 8287-5
o|tobacco smoking status, smoking status, smoking, tobacco use, smoking history|72166-2
c|hypertension, HTN, high blood pressure, essential hypertension, arterial hypertension, hypertensive disorder|
c|diabetes, diabetes mellitus, DM, sugar diabetes|
c|type 2 diabetes mellitus, T2DM, type 2 diabetes, type II diabetes, diabetes mellitus type 2, adult onset diabetes, NIDDM|
c|type 1 diabetes mellitus, T1DM, type 1 diabetes, diabetes mellitus type 1|
c|prediabetes, pre-diabetes, borderline diabetes|
c|myocardial infarction, MI, heart attack, AMI, acute myocardial infarction|
c|coronary artery disease, CAD, coronary heart disease, CHD, ischemic heart disease|
c|congestive heart failure, CHF, heart failure, HF, cardiac failure|
c|atrial fibrillation, AF, afib, a fib, AFib|
c|cardiac arrest, heart stopped|
c|chronic obstructive pulmonary disease, COPD, chronic obstructive lung disease|
c|asthma|
c|pneumonia, PNA, lung infection|
c|pulmonary embolism, PE, lung clot|
c|deep vein thrombosis, DVT, deep venous thrombosis|
c|stroke, cerebrovascular accident, CVA, cerebral infarction|
c|transient ischemic attack, TIA, mini stroke|
c|chronic kidney disease, CKD, chronic renal disease, chronic renal insufficiency|
c|acute kidney injury, AKI, acute renal failure|
c|end stage renal disease, ESRD|
c|urinary tract infection, UTI, bladder infection, Escherichia coli urinary tract infection|
c|gastroesophageal reflux disease, GERD, acid reflux, GORD, reflux disease|
c|hyperlipidemia, HLD, high cholesterol, hypercholesterolemia, dyslipidemia|
c|hypertriglyceridemia, high triglycerides|
c|hypothyroidism, underactive thyroid|
c|hyperthyroidism, overactive thyroid|
c|anemia, low hemoglobin|
c|osteoarthritis, OA, degenerative joint disease, DJD|
c|rheumatoid arthritis, RA|
c|osteoporosis, OP|
c|depression, major depressive disorder, MDD|
c|anxiety, generalized anxiety disorder, GAD|
c|post-traumatic stress disorder, PTSD|
c|seizure disorder, epilepsy|
c|migraine|
c|multiple sclerosis, MS|
c|obesity, body mass index 30+ - obesity|
c|obstructive sleep apnea, OSA, sleep apnea|
c|benign prostatic hyperplasia, BPH, enlarged prostate|
c|hepatitis C, HCV, hep C|
c|hepatitis B, HBV, hep B|
c|human immunodeficiency virus infection, HIV|
c|tuberculosis, TB|
c|peripheral arterial disease, PAD, peripheral vascular disease, PVD|
c|inflammatory bowel disease, IBD|
c|irritable bowel syndrome, IBS|
c|viral sinusitis|
c|streptococcal pharyngitis, strep throat, streptococcal sore throat|
c|otitis media, middle ear infection, ear infection|
c|acute bronchitis, chest cold|
c|metabolic syndrome, metabolic syndrome X|
m|acetaminophen, paracetamol, Tylenol, APAP|
m|ibuprofen, Advil, Motrin|
m|naproxen, Aleve, naproxen sodium|
m|aspirin, ASA, acetylsalicylic acid|
m|metformin, Glucophage|
m|lisinopril, Prinivil, Zestril|
m|hydrochlorothiazide, HCTZ|
m|amlodipine, Norvasc|
m|losartan, Cozaar|
m|atorvastatin, Lipitor|
m|simvastatin, Zocor|
m|rosuvastatin, Crestor|
m|metoprolol, Lopressor, Toprol|
m|furosemide, Lasix, frusemide|
m|spironolactone, Aldactone|
m|warfarin, Coumadin|
m|apixaban, Eliquis|
m|rivaroxaban, Xarelto|
m|clopidogrel, Plavix|
m|albuterol, salbutamol, Ventolin, Proventil, ProAir|
m|fluticasone, Flovent, Flonase|
m|prednisone, Deltasone|
m|epinephrine, adrenaline, EpiPen|
m|loratadine, Claritin|
m|cetirizine, Zyrtec|
m|amoxicillin clavulanate, Augmentin, co-amoxiclav|
m|levothyroxine, Synthroid, thyroxine|
m|omeprazole, Prilosec|
m|sertraline, Zoloft|
m|fluoxetine, Prozac|
m|gabapentin, Neurontin|
m|insulin glargine, Lantus|
m|alendronate, alendronic acid, Fosamax|
m|phenazopyridine, Pyridium|
m|nitrofurantoin, Macrobid, Macrodantin|
m|azithromycin, Zithromax, Z-pack|
m|etonogestrel, Nexplanon, contraceptive implant|
k|statin, statins, HMG-CoA reductase inhibitor|atorvastatin simvastatin rosuvastatin pravastatin lovastatin fluvastatin pitavastatin
k|ACE inhibitor, ACEi, angiotensin converting enzyme inhibitor|lisinopril enalapril ramipril captopril benazepril perindopril quinapril fosinopril
k|angiotensin receptor blocker, ARB, sartan|losartan valsartan irbesartan candesartan telmisartan olmesartan
k|beta blocker, beta-blocker|metoprolol atenolol propranolol bisoprolol carvedilol nebivolol labetalol
k|diuretic, water pill|hydrochlorothiazide furosemide spironolactone chlorthalidone bumetanide torsemide indapamide
k|antibiotic, antibiotics|amoxicillin penicillin cefuroxime cephalexin azithromycin ciprofloxacin levofloxacin nitrofurantoin doxycycline clindamycin erythromycin vancomycin ceftriaxone sulfamethoxazole
k|NSAID, NSAIDs, nonsteroidal antiinflammatory drug|ibuprofen naproxen diclofenac indomethacin meloxicam celecoxib ketorolac
k|anticoagulant, blood thinner|warfarin apixaban rivaroxaban dabigatran edoxaban heparin enoxaparin
k|antihistamine|loratadine cetirizine fexofenadine diphenhydramine chlorpheniramine
k|opioid, opioids, opiate|morphine oxycodone hydrocodone codeine fentanyl tramadol hydromorphone
k|corticosteroid, steroid, steroids|prednisone prednisolone methylprednisolone dexamethasone hydrocortisone budesonide fluticasone
k|proton pump inhibitor, PPI|omeprazole pantoprazole esomeprazole lansoprazole rabeprazole
k|SSRI, selective serotonin reuptake inhibitor|sertraline fluoxetine citalopram escitalopram paroxetine
k|bisphosphonate|alendronate alendronic risedronate zoledronic ibandronate
k|insulin|insulin glargine lispro aspart detemir degludec glulisine
k|iron, iron supplement, iron tablets, iron pills, oral iron, iron therapy|iron ferrous ferric
k|vitamin D, vitamin D supplement|cholecalciferol ergocalciferol calcifediol colecalciferol
k|vitamin B12, B12, cobalamin|cyanocobalamin hydroxocobalamin methylcobalamin cobalamin
k|folate, folic acid|folic folate
k|vitamin C|ascorbic
k|calcium channel blocker, CCB|amlodipine nifedipine felodipine diltiazem verapamil lercanidipine
k|thiazide, thiazide diuretic|hydrochlorothiazide chlorthalidone indapamide bendroflumethiazide
k|loop diuretic|furosemide bumetanide torsemide
k|antiplatelet, antiplatelet drug|aspirin clopidogrel ticagrelor prasugrel dipyridamole
k|antidepressant|sertraline fluoxetine citalopram escitalopram paroxetine venlafaxine duloxetine mirtazapine bupropion amitriptyline trazodone
k|benzodiazepine|diazepam lorazepam alprazolam clonazepam temazepam midazolam
k|sulfonylurea|glipizide gliclazide glimepiride glyburide glibenclamide
k|SGLT2 inhibitor, gliflozin|empagliflozin dapagliflozin canagliflozin ertugliflozin
k|GLP-1 agonist, GLP-1 receptor agonist|semaglutide liraglutide dulaglutide exenatide tirzepatide
k|thyroid hormone|levothyroxine liothyronine
k|painkiller, pain killer, analgesic|acetaminophen paracetamol ibuprofen naproxen diclofenac aspirin morphine oxycodone hydrocodone codeine tramadol
k|blood pressure medication, blood pressure tablets, blood pressure pills, antihypertensive|lisinopril enalapril ramipril captopril benazepril perindopril losartan valsartan irbesartan candesartan telmisartan olmesartan amlodipine nifedipine felodipine diltiazem verapamil metoprolol atenolol bisoprolol carvedilol hydrochlorothiazide chlorthalidone indapamide spironolactone
i|influenza, flu, flu shot, flu vaccine, influenza vaccine|
i|pneumococcal, pneumonia vaccine, pneumovax|
i|tetanus, Td, tetanus booster|
i|hepatitis B, Hep B, hepatitis B vaccine|
i|hepatitis A, Hep A|
i|measles mumps and rubella, MMR|
i|varicella, chickenpox|
i|human papillomavirus, HPV|
i|polio, IPV, poliomyelitis|
i|diphtheria tetanus pertussis, DTaP, DTP|
i|zoster, shingles|
i|rotavirus|
i|meningococcal, MCV4, meningitis vaccine|
i|Haemophilus influenzae type b, Hib|
p|colonoscopy|
p|electrocardiogram, ECG, EKG, electrocardiography|
p|coronary artery bypass graft, CABG, bypass surgery|
p|percutaneous coronary intervention, PCI, angioplasty|
p|appendectomy, appendicectomy, appendix removal|
p|cholecystectomy, gallbladder removal|
p|total knee replacement, TKR, knee arthroplasty|
p|total hip replacement, THR, hip arthroplasty|
p|magnetic resonance imaging, MRI|
p|computed tomography, CT, CT scan|
p|chest x-ray, CXR, chest radiograph|
p|bone density scan, DXA scan, DEXA scan|
p|tubal ligation, bilateral tubal ligation|
`;

const kinds = {
  o: "observation",
  c: "condition",
  m: "medication",
  i: "immunization",
  p: "procedure",
  k: "drugClass",
} as const;

export const dictionary: DictionaryEntry[] = lines
  .trim()
  .split("\n")
  .map((line) => {
    const [kind, names, members] = line.split("|");
    const listed = names.split(", ");
    return {
      kind: kinds[kind as keyof typeof kinds] as DictionaryEntry["kind"],
      names: [...new Set(listed.map(keyOf))],
      title: listed[0],
      members: members.trim() === "" ? [] : members.trim().split(" "),
    };
  });

/** Members of a drug class may be printed by any of their names (`Lipitor` for atorvastatin). */
for (const [at, entry] of dictionary.entries()) {
  if (entry.kind !== "drugClass") continue;
  const named = dictionary.filter(
    ({ kind, names }) =>
      kind === "medication" && names.some((name) => name.split(" ").some((word) => entry.members.includes(word))),
  );
  const others = named.flatMap(({ names }) => names.filter((name) => !name.includes(" ")));
  dictionary[at] = { ...entry, members: [...new Set([...entry.members, ...others])] };
}

const byName = new Map<string, DictionaryEntry[]>();
for (const entry of dictionary) for (const name of entry.names) byName.set(name, [...(byName.get(name) ?? []), entry]);

/** Entries with this name, whatever its spelling. */
export const entriesNamed = (name: string): readonly DictionaryEntry[] => byName.get(keyOf(name)) ?? [];

/** All names of a term: itself, and the names of its entries. */
export function synonymsOf(term: string): string[] {
  const found = new Set<string>([keyOf(term)]);
  for (const entry of entriesNamed(term)) {
    for (const name of entry.names) found.add(name);
    if (entry.kind === "drugClass") for (const member of entry.members) found.add(member);
  }
  return [...found];
}
