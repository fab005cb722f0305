/**
 * Porter's suffix stripping (1980) with NLTK's extensions, because Google's ROUGE stems with NLTK's default. Words are lower-case ASCII.
 */
const irregular = new Map([
  ["sky", "sky"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["news", "news"],
  ["innings", "inning"],
  ["inning", "inning"],
  ["outings", "outing"],
  ["outing", "outing"],
  ["cannings", "canning"],
  ["canning", "canning"],
  ["howe", "howe"],
  ["proceed", "proceed"],
  ["exceed", "exceed"],
  ["succeed", "succeed"],
]);

/** The word as c and v: y is a vowel after a consonant. */
function shape(word: string): string {
  let kinds = "";
  for (const letter of word) kinds += "aeiou".includes(letter) || (letter === "y" && kinds.endsWith("c")) ? "v" : "c";
  return kinds;
}

/** Porter's measure m: the number of vowel-consonant sequences. */
const measure = (stem: string) => shape(stem).split("vc").length - 1;
const endsDouble = (word: string) => word.length >= 2 && word.at(-1) === word.at(-2) && shape(word).endsWith("c");
const endsShort = (word: string) => {
  const kinds = shape(word);
  return (kinds.endsWith("cvc") && !/[wxy]$/.test(word)) || kinds === "vc";
};

type Rule = readonly [suffix: string, replacement: string, when: (stem: string) => boolean];

/** The first rule whose suffix matches decides, whether or not its condition holds. */
function apply(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, when] of rules)
    if (word.endsWith(suffix)) {
      const stem = word.slice(0, word.length - suffix.length);
      return when(stem) ? stem + replacement : word;
    }
  return word;
}

const table = (pairs: string, when: (stem: string) => boolean): Rule[] =>
  pairs.split(" ").map((pair) => {
    const [suffix, replacement = ""] = pair.split(":");
    return [suffix, replacement, when] as const;
  });

const some = (stem: string) => measure(stem) > 0;
const more = (stem: string) => measure(stem) > 1;

const plural = table("sses:ss ies:i ss:ss s", () => true);
const second: Rule[] = [
  ...table(
    "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous ization:ize ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive biliti:ble fulli:ful",
    some,
  ),
  // The l belongs to the stem here: "geology" and "archaeology" are treated alike.
  ["logi", "log", (stem) => some(`${stem}l`)],
];
const third = table("icate:ic ative alize:al iciti:ic ical:ic ful ness", some);
const fourth: Rule[] = [
  ...table("al ance ence er ic able ible ant ement ment ent", more),
  ["ion", "", (stem) => more(stem) && /[st]$/.test(stem)],
  ...table("ou ism ate iti ous ive ize", more),
];

function pastAndProgressive(word: string): string {
  if (word.endsWith("ied")) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith("eed")) return some(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const stem = [/ed$/, /ing$/].filter((suffix) => suffix.test(word)).map((suffix) => word.replace(suffix, ""))[0];
  if (stem === undefined || !shape(stem).includes("v")) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function suffixes(word: string): string {
  if (word.endsWith("alli") && some(word.slice(0, -4))) return suffixes(word.slice(0, -2));
  return apply(word, second);
}

/** The stem of a lower-case English word by Porter's algorithm (1980). */
export function porterStem(word: string): string {
  const known = irregular.get(word);
  if (known !== undefined) return known;
  if (word.length <= 2) return word;
  let stem = word.length === 4 && word.endsWith("ies") ? word.slice(0, -1) : apply(word, plural);
  stem = pastAndProgressive(stem);
  stem = apply(stem, [["y", "i", (before) => before.length > 1 && shape(before).endsWith("c")]]);
  stem = apply(apply(suffixes(stem), third), fourth);
  if (stem.endsWith("e")) {
    const before = stem.slice(0, -1);
    if (measure(before) > 1 || (measure(before) === 1 && !endsShort(before))) stem = before;
  }
  return stem.endsWith("ll") && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem;
}
