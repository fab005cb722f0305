/** Strategies by name, with their options: `selective:samples=41,threshold=0.6`. */
import { PolyclinicError } from "../base/errors.ts";
import { chainOfRetrieval } from "./chain-of-retrieval.ts";
import { direct } from "./direct.ts";
import { ensembleRefinement } from "./ensemble-refinement.ts";
import { chainOfThought } from "./few-shot.ts";
import type { Corpus } from "./retrieval/corpus.ts";
import { selective } from "./selective.ts";
import { selfConsistency } from "./self-consistency.ts";
import type { Strategy } from "./strategy.ts";
import { uncertaintySearch } from "./uncertainty-search.ts";

type Values = Readonly<Record<string, number>>;

interface Named {
  /** Options it takes, with their defaults. */
  readonly options: Values;
  /** The strategy searches and therefore needs a corpus. */
  readonly searches?: true;
  make(options: never, corpus: Corpus): Strategy;
}

const define = <O extends Values>(options: O, make: (options: O, corpus: Corpus) => Strategy): Named => ({
  options,
  make,
});
const searching = <O extends Values>(options: O, make: (options: O, corpus: Corpus) => Strategy): Named => ({
  options,
  searches: true,
  make,
});

const sampled = { samples: 11, temperature: 0.7 };

const named: Readonly<Record<string, Named>> = {
  direct: define({}, () => direct),
  "chain-of-thought": define({}, () => ({ ...chainOfThought(direct), name: "chain-of-thought" })),
  "self-consistency": define(sampled, (options) => selfConsistency(options)),
  selective: define({ samples: 41, temperature: 0.7, threshold: 0.6 }, ({ threshold, ...options }) => ({
    ...selective(selfConsistency(options), threshold),
    name: "selective",
  })),
  "ensemble-refinement": define({ drafts: 11, answers: 33, temperature: 0.7 }, (options) =>
    ensembleRefinement(options),
  ),
  "chain-of-retrieval": searching({ claims: 8, documents: 4, samples: 1, temperature: 0 }, (options, corpus) =>
    chainOfRetrieval({ corpus, ...options }),
  ),
  // With 11 votes 0.4 means: search unless ten agree.
  "uncertainty-search": searching(
    { ...sampled, threshold: 0.4, rounds: 4, queries: 3, passages: 2 },
    (options, corpus) => uncertaintySearch({ corpus, ...options }),
  ),
};

/** Names of all strategies, without their options. */
export const strategyNames: readonly string[] = Object.keys(named);

/** Whether the strategy needs a corpus. @throws as `strategyNamed`. */
export const needsCorpus = (spec: string): boolean => entryOf(nameOf(spec)).searches === true;

/**
 * @param spec a name, or a name with options: `uncertainty-search:threshold=0.3,rounds=2`.
 * @throws PolyclinicError `strategy/unknown`, `strategy/option`, `strategy/corpus` if the strategy searches and no corpus is given.
 */
export function strategyNamed(spec: string, corpus?: Corpus): Strategy {
  const entry = entryOf(nameOf(spec));
  if (entry.searches && corpus === undefined)
    throw new PolyclinicError("strategy/corpus", "the strategy searches documents, but no corpus was given", {
      where: spec,
      expected: "a folder of documents (--corpus)",
    });
  return entry.make({ ...entry.options, ...optionsOf(spec, entry) } as never, corpus as Corpus);
}

const nameOf = (spec: string) => spec.split(":", 1)[0];

function entryOf(name: string): Named {
  if (Object.hasOwn(named, name)) return named[name];
  throw new PolyclinicError("strategy/unknown", "unknown strategy", {
    where: name,
    expected: strategyNames.join(", "),
  });
}

function optionsOf(spec: string, { options }: Named): Values {
  const colon = spec.indexOf(":");
  if (colon < 0) return {};
  return Object.fromEntries(
    spec
      .slice(colon + 1)
      .split(",")
      .map((pair) => {
        const [key, value] = pair.split("=").map((text) => text.trim());
        const number = Number(value);
        const whole = !(key === "threshold" || key === "temperature");
        const fits = value !== undefined && value !== "" && number >= 0 && (!whole || Number.isInteger(number));
        if (Object.hasOwn(options, key) && fits && (number > 0 || !["samples", "drafts", "answers"].includes(key)))
          return [key, number];
        throw new PolyclinicError("strategy/option", "unknown option of the strategy, or invalid value", {
          where: spec,
          expected: Object.entries(options)
            .map(([name, usual]) => `${name}=${usual}`)
            .join(", "),
          found: pair,
        });
      }),
  );
}
