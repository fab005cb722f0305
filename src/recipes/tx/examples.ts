/**
 * Training examples of the embedded therapeutics model: a molecule, one of its measured tasks, and augmentations that
 * preserve the answer.
 */
import { Random } from "../../base/random.ts";
import { Mixture, type MixturePosition, seedOf } from "../../learn/data/order.ts";
import { type BatchShape, Packer, packedFeeds } from "../../learn/language/pack.ts";
import { type TrainingSequence, trainingSequence } from "../../learn/language/sequence.ts";
import { canonicalRanks, type Molecule, writeSmiles } from "../../molecules/index.ts";
import type { GemmaConfig } from "../../nn/index.ts";
import { toBin, type ValueLimits } from "../../task/therapeutics/answers.ts";
import {
  type DescriptorName,
  descriptorWords,
  type MoleculeWords,
  ownInputs,
  wordsOf,
} from "../../task/therapeutics/own/words.ts";
import { fillPrompt, type PromptTemplate } from "../../task/therapeutics/prompts.ts";
import type { PromptBuilder } from "../../text/index.ts";
import type { MeasuredBatch } from "../answer-losses.ts";
import type { Part, TxMolecule, TxSet } from "./sets.ts";

/** Augmentation in training; none in validation. */
const change = {
  /** Fraction of atom environments left out. */
  environments: 0.15,
  /** Fraction of examples whose SMILES is randomised (starts at another atom). */
  smiles: 0.5,
  /** Standard deviation of the noise on the binned value (0 to 1000): neighbouring bins are nearly as correct. */
  bins: 12,
  /** Continuous descriptors are shifted by up to half a step before rounding. */
  continuous: new Set<DescriptorName>(["logP", "weight", "tpsa", "csp3"]),
};

export interface TxExample {
  readonly sequence: TrainingSequence;
  readonly task: string;
  /** For a binary task; undefined for regression. */
  readonly positive: boolean | undefined;
}

export interface TxTasks {
  readonly templates: ReadonlyMap<string, PromptTemplate>;
  readonly limits: ReadonlyMap<string, ValueLimits>;
}

export class TxExamples {
  private mixture: Mixture;
  private readonly pools: { set: TxSet; molecules: TxMolecule[] }[];
  private readonly words = new Map<TxMolecule, MoleculeWords>();

  constructor(
    sets: readonly TxSet[],
    private readonly tasks: TxTasks,
    private readonly builder: PromptBuilder,
    private readonly seed: number,
    private readonly part: Part,
  ) {
    this.pools = sets.map((set) => ({ set, molecules: set.molecules.filter((each) => each.part === part) }));
    this.mixture = new Mixture(this.sources(), seed);
  }

  get position(): MixturePosition {
    return this.mixture.position;
  }

  set position(position: MixturePosition) {
    this.mixture = new Mixture(this.sources(), this.seed, position);
  }

  private sources() {
    return this.pools.map(({ set: { name, weight }, molecules }) => ({ name, size: molecules.length, weight }));
  }

  next(): TxExample {
    for (;;) {
      const { source, index, epoch } = this.mixture.next();
      const { set, molecules } = this.pools[source];
      const random = new Random(seedOf(this.seed, source, index, epoch));
      const chosen = molecules[index];
      const known = set.tasks.filter((_, i) => !Number.isNaN(chosen.labels[i]));
      if (known.length === 0) continue;
      const task = known[random.below(known.length)];
      const label = chosen.labels[set.tasks.indexOf(task)];
      const limits = this.tasks.limits.get(task.name);
      const noise = this.part === "train" ? change.bins / 1000 : 0;
      const answer =
        limits === undefined
          ? label === 1
            ? "(B)"
            : "(A)"
          : toBin(label + noise * random.normal() * (limits.maximum - limits.minimum), limits);
      const words =
        this.part === "train" ? changed(this.wordsOf(chosen), chosen.molecule, random) : this.wordsOf(chosen);
      const text = fillPrompt(this.tasks.templates.get(task.name)!, ownInputs(words));
      const sequence = trainingSequence(this.builder, [
        { role: "user", content: [{ type: "text", text }] },
        { role: "assistant", content: [{ type: "text", text: answer }] },
      ]);
      return { sequence, task: task.name, positive: limits === undefined ? label === 1 : undefined };
    }
  }

  private wordsOf(molecule: TxMolecule): MoleculeWords {
    const known = this.words.get(molecule) ?? wordsOf(molecule.molecule);
    this.words.set(molecule, known);
    return known;
  }
}

function changed({ smiles, values, environments }: MoleculeWords, molecule: Molecule, random: Random): MoleculeWords {
  const moved = descriptorWords.map(({ name, step }) => [
    name,
    values[name] + (change.continuous.has(name) ? step * (random.next() - 0.5) : 0),
  ]);
  return {
    smiles: random.next() < change.smiles ? otherSmiles(molecule, random) : smiles,
    values: Object.fromEntries(moved) as MoleculeWords["values"],
    // The first environment is kept, so that a single atom has one.
    environments: environments.filter((_, i) => random.next() >= change.environments || i === 0),
  };
}

/** A randomised SMILES of the molecule: another starting atom and order. */
function otherSmiles(molecule: Molecule, random: Random): string {
  const order = random.shuffle(molecule.atoms.map((_, i) => i));
  return writeSmiles(molecule, { ...canonicalRanks(molecule), ranks: Int32Array.from(order) });
}

export interface TxBatch extends MeasuredBatch {
  readonly answerTokens: number;
}

export class TxBatches {
  private waiting: { example: TxExample; before: MixturePosition } | undefined;

  constructor(
    private readonly examples: TxExamples,
    private readonly shape: BatchShape,
    private readonly text: GemmaConfig,
  ) {}

  get position(): MixturePosition {
    return this.waiting?.before ?? this.examples.position;
  }

  set position(position: MixturePosition) {
    this.waiting = undefined;
    this.examples.position = position;
  }

  next(): TxBatch {
    const packer = new Packer(this.shape);
    const taken: TxExample[] = [];
    for (;;) {
      const before = this.position;
      const example = this.waiting?.example ?? this.examples.next();
      this.waiting = undefined;
      // Peptides longer than a row are skipped; they are a few in a thousand.
      if (example.sequence.ids.length > this.shape.tokens) continue;
      if (!packer.add(example.sequence)) {
        this.waiting = { example, before };
        break;
      }
      taken.push(example);
    }
    const { feeds, answerTokens } = packedFeeds(packer.placed, this.shape, this.text, 0, (tokens) => 1 / tokens);
    return {
      feeds,
      answerTokens,
      // The twelve assays of Tox21 are measured as one.
      tasks: taken.map(({ task }) => (task.startsWith("Tox21") ? "Tox21" : task)),
      answers: packer.placed.map(({ sequence }) => sequence.lossMask.filter(Boolean)),
    };
  }
}
