/** Simulated search results from the clinic's books for training texts; the strategies use a real search index. */
import type { Random } from "../../../base/random.ts";
import { type Disease, knownDiseases, passingDiseases } from "../world/world.ts";
import { signPassage, testPassage, treatmentPassage, urgencyPassage } from "./sentences.ts";

/** A passage with the fact about a sign that it states, if any. */
export interface Found {
  readonly source: string;
  readonly text: string;
  readonly sign?: number;
  readonly disease: Disease;
}

export const signFound = (sign: number, disease: Disease): Found => ({
  source: `${disease.name}.md`,
  text: signPassage(sign, disease),
  sign,
  disease,
});

/** Treatment, test and urgency, in the order of a plan's components. */
export const guidelineOf = (disease: Disease): Found[] =>
  [treatmentPassage, testPassage, urgencyPassage].map((say) => ({
    source: `${disease.name}-guideline.md`,
    text: say(disease),
    disease,
  }));

export const otherFound = (random: Random, disease: Disease): Found => guidelineOf(disease)[random.below(3)];

/**
 * For each given sign, the passages that a search for the sign and the options' names returns: first those that contain
 * both, then those that share a word.
 */
export function searched(
  random: Random,
  asked: readonly number[],
  options: readonly Disease[],
  among: readonly Disease[],
  each = 2,
): Found[] {
  const found: Found[] = [];
  for (const sign of asked) {
    const both = random.shuffle(options.filter(({ typical }) => typical.includes(sign)));
    const rest = random.shuffle([
      ...among
        .filter((disease) => disease.typical.includes(sign) && !options.includes(disease))
        .map((d) => signFound(sign, d)),
      ...options.flatMap((d) =>
        d.typical.includes(sign) ? [] : [signFound(d.typical[random.below(d.typical.length)], d)],
      ),
      ...(random.next() < 0.2 ? [otherFound(random, options[random.below(options.length)])] : []),
    ]);
    const own = [...both.map((disease) => signFound(sign, disease)), ...rest].slice(0, each);
    for (const one of own) if (!found.some(({ text }) => text === one.text)) found.push(one);
  }
  return found;
}

/**
 * What a search returns from books without these diseases: passages about the case's signs, or other signs, in diseases
 * that are not options.
 */
export function irrelevant(
  random: Random,
  own: readonly number[],
  options: readonly Disease[],
  count: number,
): Found[] {
  const among = random.next() < 0.5 ? knownDiseases : passingDiseases(random, 3 * count);
  const others = random.shuffle(among.filter(({ name }) => !options.some((option) => option.name === name)));
  return others.slice(0, count).map((disease) => {
    const shared = disease.typical.filter((i) => own.includes(i));
    if (random.next() < 0.2) return otherFound(random, disease);
    return signFound(
      (shared.length > 0 ? shared : disease.typical)[
        random.below((shared.length > 0 ? shared : disease.typical).length)
      ],
      disease,
    );
  });
}
