/** Drugs that are usually given for a single condition, so that a note naming the drug hints at the condition. A hint is never a diagnosis. */
import { keyOf } from "../concepts/words.ts";

const lines = `
diabetes, diabetes mellitus, type 2 diabetes mellitus: metformin, glipizide, glyburide, glimepiride, sitagliptin, empagliflozin, insulin glargine, insulin lispro, insulin, liraglutide, semaglutide, Lantus, Glucophage, Januvia
type 1 diabetes mellitus: insulin pump, insulin lispro, insulin
hypothyroidism: levothyroxine, Synthroid, liothyronine
hyperthyroidism: methimazole, propylthiouracil
hypertension: lisinopril, amlodipine, losartan, hydrochlorothiazide, HCTZ, valsartan, benazepril, Norvasc
hyperlipidemia: atorvastatin, simvastatin, rosuvastatin, pravastatin, Lipitor, Crestor, ezetimibe
atrial fibrillation: apixaban, rivaroxaban, dabigatran, Eliquis, dofetilide, flecainide, amiodarone
congestive heart failure: sacubitril, Entresto, furosemide, Lasix, carvedilol, spironolactone
asthma: albuterol, montelukast, fluticasone, budesonide, Singulair, Advair
chronic obstructive pulmonary disease: tiotropium, Spiriva, umeclidinium, ipratropium
gout: allopurinol, colchicine, febuxostat
epilepsy, seizure disorder: levetiracetam, Keppra, phenytoin, lamotrigine, valproate
depression: sertraline, fluoxetine, escitalopram, citalopram, bupropion, Zoloft, Prozac, Lexapro
schizophrenia: clozapine, risperidone, olanzapine, haloperidol decanoate
bipolar disorder: lithium
Parkinson disease: levodopa, carbidopa, Sinemet, pramipexole
Alzheimer disease, dementia: donepezil, memantine, Aricept
multiple sclerosis: interferon beta, glatiramer, ocrelizumab, fingolimod
rheumatoid arthritis: methotrexate, adalimumab, etanercept, Humira
human immunodeficiency virus infection, HIV: bictegravir, dolutegravir, tenofovir, emtricitabine, antiretroviral, Biktarvy
tuberculosis: isoniazid, rifampin, ethambutol, pyrazinamide, RIPE therapy
osteoporosis: alendronate, Fosamax, risedronate, denosumab, Prolia
benign prostatic hyperplasia: tamsulosin, Flomax, finasteride
gastroesophageal reflux disease: omeprazole, pantoprazole, esomeprazole, famotidine, Prilosec
migraine: sumatriptan, rizatriptan, Imitrex, erenumab
glaucoma: latanoprost, timolol eye drops, dorzolamide
myasthenia gravis: pyridostigmine
end stage renal disease: hemodialysis, dialysis, sevelamer
obstructive sleep apnea: CPAP
hepatitis C: sofosbuvir, ledipasvir, Harvoni, Epclusa
opioid use disorder: buprenorphine, Suboxone, methadone maintenance
alcohol use disorder: disulfiram, acamprosate
cystic fibrosis: ivacaftor, dornase alfa
sickle cell disease: hydroxyurea
ulcerative colitis, inflammatory bowel disease: mesalamine, infliximab
systemic lupus erythematosus, lupus: hydroxychloroquine, Plaquenil
anemia, iron deficiency anemia: ferrous sulfate, iron infusion
deep vein thrombosis: inferior vena cava filter, IVC filter
osteoarthritis: hyaluronic acid injection
psoriasis: ustekinumab, calcipotriene
herpes zoster, shingles: valacyclovir
attention deficit hyperactivity disorder: methylphenidate, Adderall, lisdexamfetamine
prostate cancer: leuprolide, enzalutamide, abiraterone
breast cancer: tamoxifen, anastrozole, letrozole, trastuzumab
`;

const table = new Map<string, string[]>();
for (const line of lines.trim().split("\n")) {
  const [conditions, drugs] = line.split(": ");
  for (const condition of conditions.split(", ")) table.set(keyOf(condition), drugs.split(", ").map(keyOf));
}

/** What hints at a condition, by any of its names. */
export const impliedBy = (names: readonly string[]): string[] => [
  ...new Set(names.flatMap((name) => table.get(name) ?? [])),
];
