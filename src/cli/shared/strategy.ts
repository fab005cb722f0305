/** Options of a strategy, for every command that puts questions to a model. */
import type { Command } from "commander";
import type { Strategy } from "../../strategy/index.ts";
import { patientUnknown } from "../../strategy/neighbours/cautions.ts";
import type { Study } from "../../study/types.ts";
import { note, strong } from "./terminal.ts";
import { positiveWhole, whole } from "./values.ts";

export interface StrategyOptions {
  strategy?: string;
  budget?: number;
  corpus?: string;
  exemplars?: string;
}

export interface NeighbourOptions {
  neighbours?: string;
  /** The patient of `addStudyOptions`, whose own reports are no neighbours. */
  patient?: string;
  neighbourCount?: number;
}

/** For commands that answer one study. */
export function addNeighbourOptions(command: Command): Command {
  return command
    .option(
      "--neighbours <index>",
      "puts the reports of the most similar images before the question (`polyclinic neighbours build`); one image; its own report and those of its patient (of the DICOM file, or --patient) are excluded",
    )
    .option("--neighbour-count <k>", "how many reports (3)", positiveWhole);
}

/** Each study with the reports of its neighbours. @param fileSets the files of each. @throws PolyclinicError `usage/neighbours` unless it is one file. */
export async function withReports(
  studies: readonly Study[],
  fileSets: readonly (readonly string[])[],
  { neighbours: index, neighbourCount: requestedCount, patient }: NeighbourOptions,
): Promise<readonly Study[]> {
  const { PolyclinicError } = await import("../../base/errors.ts");
  if (index === undefined) {
    if (requestedCount !== undefined)
      throw new PolyclinicError("usage/neighbours", "applies only with an index of reports", {
        where: "--neighbour-count",
        expected: "--neighbours INDEX",
        found: "no --neighbours",
      });
    return studies;
  }
  const k = requestedCount ?? 3;
  const [files] = fileSets;
  if (fileSets.length !== 1 || files.length !== 1) {
    throw new PolyclinicError("usage/neighbours", "neighbours are found for one image", {
      where: `--neighbours ${index}`,
      expected: "one file",
      found: `${fileSets.flat().length} files`,
    });
  }
  const { neighboursOf, withNeighbours } = await import("../../strategy/neighbours/index.ts");
  const { found, ownPatientUnknown } = await neighboursOf(index, files[0], {
    k,
    ...(patient !== undefined && { patient }),
  });
  if (ownPatientUnknown) note(strong(`Caution: ${patientUnknown}`));
  return studies.map((study) => withNeighbours(study, found));
}

export function addStrategyOptions(command: Command): Command {
  return command
    .option(
      "--strategy <name>",
      "several model calls for one answer: self-consistency, selective, ensemble-refinement, chain-of-retrieval, uncertainty-search, record-agent (ask on a health record), ... with options such as selective:threshold=0.7 (docs/strategies.md)",
    )
    .option("--budget <n>", "maximum number of model replies per question; 0 asks nothing", whole)
    .option("--corpus <folder>", "documents for a strategy to search: .txt, .md, PubMed .xml")
    .option("--exemplars <file.jsonl>", "worked examples for the prompt, one {question, answer} per line");
}

/** @throws PolyclinicError `strategy/*`. @returns nothing where no option was given. */
export async function strategyOf({
  strategy,
  budget,
  corpus,
  exemplars,
}: StrategyOptions): Promise<{ by: Strategy; budget?: number } | undefined> {
  if (strategy === undefined && budget === undefined && corpus === undefined && exemplars === undefined)
    return undefined;
  return {
    by: await namedStrategy({ strategy: strategy ?? "direct", corpus, exemplars }),
    ...(budget !== undefined && { budget }),
  };
}

export async function namedStrategy({
  strategy,
  corpus,
  exemplars,
}: {
  strategy: string;
  corpus?: string | undefined;
  exemplars?: string | undefined;
}): Promise<Strategy> {
  const { Corpus, fewShot, needsCorpus, readExemplars, strategyNamed } = await import("../../strategy/index.ts");
  const { PolyclinicError } = await import("../../base/errors.ts");
  if (corpus !== undefined && !needsCorpus(strategy))
    throw new PolyclinicError("usage/corpus", "this strategy does not search documents", {
      where: `--corpus ${corpus}`,
      found: strategy,
      hint: "Omit --corpus, or use a strategy that searches: chain-of-retrieval, uncertainty-search.",
    });
  const inner = strategyNamed(strategy, corpus === undefined ? undefined : await Corpus.open(corpus));
  return exemplars === undefined ? inner : fewShot(inner, await readExemplars(exemplars));
}
