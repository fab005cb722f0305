/** Simulated search results from the clinic's books for the training texts; the strategies use a real search index instead. */
import type { Random } from "../../../base/random.ts";
import { signs } from "../world/names.ts";
import type { Disease } from "../world/world.ts";
import { signPassage, testPassage, treatmentPassage, urgencyPassage } from "./sentences.ts";

/** A passage with the fact it states, where it states one about a sign. */
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

export function otherFound(random: Random, disease: Disease): Found {
  const text = [treatmentPassage, testPassage, urgencyPassage][random.below(3)](disease);
  return { source: `${disease.name}.md`, text, disease };
}

/**
 * For each of some signs the passages that a search for the sign and the options' names brings up: first those that hold both, then what shares a
 * word.
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

/** Passages that have nothing to do with a question about these signs and diseases. */
export function irrelevant(
  random: Random,
  own: readonly number[],
  options: readonly Disease[],
  among: readonly Disease[],
  count: number,
): Found[] {
  const others = random.shuffle(among.filter((disease) => !options.includes(disease))).slice(0, count);
  return others.map((disease) => {
    const strange = signs.flatMap((_, i) => (own.includes(i) || !disease.typical.includes(i) ? [] : [i]));
    return random.next() < 0.5 || strange.length === 0
      ? otherFound(random, disease)
      : signFound(strange[random.below(strange.length)], disease);
  });
}
