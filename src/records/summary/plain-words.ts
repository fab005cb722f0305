/**
 * Everyday words for medical ones, for texts that patients read. Only replacements that keep the meaning; a word that has none stays.
 * General medical knowledge, compiled by hand.
 */

const lines = `
congestive heart failure|heart failure
chronic obstructive pulmonary disease|COPD, a lung disease
gastroesophageal reflux disease|acid reflux
gastroesophageal reflux|acid reflux
essential hypertension|high blood pressure
arterial hypertension|high blood pressure
hypertension|high blood pressure
hypotension|low blood pressure
hypercholesterolemia|high cholesterol
hypothyroidism|underactive thyroid
hyperthyroidism|overactive thyroid
type two diabetes mellitus|type 2 diabetes
type 2 diabetes mellitus|type 2 diabetes
diabetes mellitus|diabetes
acute myocardial infarction|heart attack
myocardial infarction|heart attack
cerebrovascular accident|stroke
nephrolithiasis|kidney stones
chronic kidney disease|long-term kidney disease
iron deficiency anemia|anemia from low iron
osteoarthritis|wear of the joints
lower extremity edema|swelling of the legs
peripheral edema|swelling of the legs
edema|swelling
erythema|redness
ecchymosis|bruising
tenderness to palpation|soreness when pressed
tenderness of palpation|soreness when pressed
tender to palpation|sore when pressed
palpation|pressing
tenderness|soreness
auscultation|listening
bilaterally|on both sides
bilateral|on both sides
dyspnea|shortness of breath
syncope|fainting
hematuria|blood in the urine
dysuria|pain when passing urine
pruritus|itching
cholecystectomy|removal of the gallbladder
appendectomy|removal of the appendix
hysterectomy|removal of the womb
hypoglycemia|low blood sugar
hyperglycemia|high blood sugar
abdominal|belly
abdomen|belly
renal|kidney
hepatic|liver
pulmonary|lung
cardiac|heart
laboratory|lab
examination|exam
physical exam|exam
unremarkable|normal
within normal limits|normal
elevated|high
obstruction|blockage
approximately|about
discontinue|stop
discontinued|stopped
discontinuing|stopping
immediately|right away
medications|medicines
medication|medicine
appointment|visit
appointments|visits
utilize|use
administer|give
administered|given
evaluation|check
evaluate|check
additional|more
sufficient|enough
demonstrates|shows
demonstrate|show
demonstrated|showed
currently|now
`;

const words = new Map(
  lines
    .trim()
    .split("\n")
    .map((line) => line.split("|") as [string, string]),
);
const pattern = new RegExp(`\\b(an? )?(${[...words.keys()].sort((a, b) => b.length - a.length).join("|")})\\b`, "gi");

/** Replaces medical words by everyday ones; a capital at the beginning stays one. */
export const plainWords = (text: string): string =>
  text.replace(pattern, (_, article: string | undefined, found: string) => {
    const plain = words.get(found.toLowerCase())!;
    if (article !== undefined) return `${article[0]}${/^[aeiou]/.test(plain) ? "n" : ""} ${plain}`;
    return /^[A-Z]/.test(found) ? plain[0].toUpperCase() + plain.slice(1) : plain;
  });
