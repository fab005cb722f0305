/** Normalisation of words for comparison: lower case, American spelling, singular, without qualifiers that only classify a name. */

/** British spellings of clinical words, as letter groups. */
const spelling: readonly (readonly [RegExp, string])[] = [
  [/aem/g, "em"],
  [/oed/g, "ed"],
  [/rrhoe/g, "rrhe"],
  [/oesoph/g, "esoph"],
  [/oestr/g, "estr"],
  [/\bpaed/g, "ped"],
  [/paed/g, "ped"],
  [/gynaec/g, "gynec"],
  [/anaes/g, "anes"],
  [/caes/g, "ces"],
  [/faec/g, "fec"],
  [/foet/g, "fet"],
  [/sulph/g, "sulf"],
  [/tumour/g, "tumor"],
  [/colour/g, "color"],
  [/\bmould/g, "mold"],
  [/litre/g, "liter"],
  [/fibre/g, "fiber"],
  [/glycaem/g, "glycem"],
  [/leucocyt/g, "leukocyt"],
];

export function americanise(text: string): string {
  let out = text.toLowerCase();
  for (const [from, to] of spelling) out = out.replace(from, to);
  return out;
}

const cache = new Map<string, readonly string[]>();

/** The words of a text, in order. */
export function wordsOf(text: string): readonly string[] {
  const known = cache.get(text);
  if (known !== undefined) return known;
  const words = americanise(text.normalize("NFKD").replace(/[\u0300-\u036f]/g, ""))
    .replace(/['\u2019]s\b/g, "")
    .split(/[^a-z0-9%]+/)
    .filter((word) => word !== "" && !articles.has(word))
    .map(singular);
  if (cache.size > 100_000) cache.clear();
  cache.set(text, words);
  return words;
}

const articles = new Set(["the", "a", "an", "of", "any", "his", "her", "their"]);

function singular(word: string): string {
  if (word.length < 5 || /(?:ss|us|is|itis|ous|sis|ies)$/.test(word))
    return /[^aeiou]ies$/.test(word) ? `${word.slice(0, -3)}y` : word;
  return word.endsWith("s") ? word.slice(0, -1) : word;
}

/** A string that is equal for equal word lists. */
export const keyOf = (text: string): string => wordsOf(text).join(" ");

/**
 * The base name of a display: SNOMED's `(disorder)` and LOINC's property, system and method are removed. `Hemoglobin
 * [Mass/volume] in Blood` becomes `hemoglobin`; `Hemoglobin A1c/Hemoglobin.total in Blood` becomes `hemoglobin a1c`.
 */
export function baseName(display: string): string {
  const cut = display
    .replace(
      /\s*\((?:disorder|finding|procedure|situation|event|observable entity|regime\/therapy|substance|product|morphologic abnormality)\)\s*$/i,
      "",
    )
    .replace(/\s*\[.*$/, "")
    .replace(
      /\s+(?:in|by|on)\s+(?:blood|serum|plasma|urine|capillary|arterial|venous|body fluid|stool|automated|manual|cerebral|red|dried|24).*$/i,
      "",
    )
    .replace(/\/(?:hemoglobin|creatinine|leukocytes|100 leukocytes)\b.*$/i, (rest) =>
      /^\/creatinine/i.test(rest) ? " creatinine ratio" : "",
    );
  return keyOf(cut);
}

/** Strengths and forms in drug names, which are removed to obtain the ingredients. */
const form = new Set(
  "mg ml mcg ug g hr hour day actuat unt meq pct oral tablet capsule solution suspension injection injectable extended release chewable topical cream ointment spray nasal inhaler dose metered patch transdermal drug implant auto injector pack vaginal ring per film coated delayed disintegrating sublingual rectal ophthalmic product in with mg/ml nda".split(
    " ",
  ),
);

/** The ingredients of a drug's display, salts included: `amoxicillin`, `clavulanate`. */
export function ingredients(display: string): string[] {
  return display
    .split(/\s+\/\s+|\s*,\s*|\s+and\s+/i)
    .map((part) =>
      wordsOf(part.replace(/\{.*$/, ""))
        .filter((word) => !form.has(word) && !/^\d/.test(word) && !/^nda\d/.test(word))
        .join(" "),
    )
    .filter((part) => part !== "");
}

const trigrams = (word: string): Set<string> => {
  const padded = ` ${word} `;
  const found = new Set<string>();
  for (let i = 0; i + 3 <= padded.length; i++) found.add(padded.slice(i, i + 3));
  return found;
};

/** Dice coefficient of the trigrams of two texts, 0 to 1. */
export function similarity(a: string, b: string): number {
  const x = trigrams(a);
  const y = trigrams(b);
  let shared = 0;
  for (const each of x) if (y.has(each)) shared++;
  return x.size + y.size === 0 ? 0 : (2 * shared) / (x.size + y.size);
}

/** Edit distance including transpositions, up to `most` (then `most + 1`). */
export function editDistance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2] + 1);
      row.push(cost);
      best = Math.min(best, cost);
    }
    if (best > most) return most + 1;
    before = last;
    last = row;
  }
  return last[b.length];
}
