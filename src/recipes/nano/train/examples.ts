/**
 * The second stage's examples: all tasks of nano, in the exact prompts of the tasks (`prompts/`), with answers made
 * from the labels of the public data. Pairs in time are made from single labelled films of different patients, and
 * their answers state nothing beyond the labels.
 *
 * Over 300 lines because all tasks share one mixture, whose weights are defined beside the examples.
 */
import { Random } from "../../../base/random.ts";
import { Mixture, type MixturePosition, type MixtureSource, seedOf } from "../../../learn/data/order.ts";
import { type TrainingSequence, type TurnMessage, trainingSequence } from "../../../learn/language/sequence.ts";
import {
  askPrompt,
  boxesAnswer,
  chestKinds,
  chestLabels,
  classifyAnswer,
  classifyPrompt,
  compareAnswer,
  comparePrompt,
  ctLabels,
  finalAnswer,
  hippocampusParts,
  histologyLabels,
  kindLabels,
  kindQuestion,
  locatePrompt,
  lungObjects,
  measuredSlices,
  type PromptSubject,
  type PromptText,
  presenceQuestion,
  quantitiesAnswer,
  reportAnswer,
  reportPrompt,
  sliceLabel,
  userTurn,
  volumePrompt,
} from "../../../prompts/index.ts";
import { sliceIndices } from "../../../study/views/index.ts";
import { PromptBuilder, type PromptSource } from "../../../text/index.ts";
import { moveBox } from "./augment.ts";
import type { NanoImage, NanoPixels, NanoVolume } from "./pixels.ts";
import type { Split } from "./splits.ts";
import { type Variant, variantOf, variantsOf } from "./variants.ts";

const kindOfSet = { cxr: 0, lungs: 0, ct: 1, histology: 2, hippocampus: 3, cells: 4 } as const;

export interface NanoExample {
  readonly task: string;
  readonly shown: readonly Variant[];
  readonly messages: readonly TurnMessage[];
}

export const chestKindOf = (label: string) =>
  label === "normal" ? chestKinds[0] : label === "bacterial" ? chestKinds[1] : chestKinds[2];
export const chestLabelOf = (label: string) => (label === "normal" ? "normal" : "pneumonia");

/** The training report for each label: states the label and nothing beyond it. */
export function chestReport(label: string): { findings: string[]; impression: string } {
  switch (label) {
    case "normal":
      return { findings: ["No opacity of the lungs."], impression: "No sign of pneumonia." };
    case "bacterial":
      return { findings: ["Opacity of the lungs."], impression: "Pneumonia, probably bacterial." };
    default:
      return { findings: ["Opacity of the lungs."], impression: "Pneumonia, probably viral." };
  }
}

/** One user turn in the tasks' layout. */
export function turn(images: number, prompt: PromptText, labelled = false): TurnMessage {
  const shown = Array.from({ length: images }, (_, i) => ({
    kind: "image" as const,
    picture: { type: "image" as const },
    ...(labelled && { label: sliceLabel(i + 1) }),
  }));
  return { role: "user", content: userTurn(shown, prompt) };
}

/** Indices of the slices shown of a volume: equidistant, including the first and the last (as in `study/views`). */
export function shownSlices(count: number): number[] {
  return sliceIndices(count, measuredSlices);
}

/** All images of a split that an example may show: of a volume, only the shown slices. */
export function shownImages({ images, volumes }: NanoPixels, split: Split): NanoImage[] {
  const slices = volumes.map((volume) => new Set(shownSlices(volume.slices)));
  return images.filter(
    (image) =>
      image.split === split && (image.slice === undefined || slices[image.slice.volume].has(image.slice.index)),
  );
}

type Make = (random: Random, image: NanoImage) => NanoExample;

export class NanoExamples {
  private readonly builder: PromptBuilder;
  private readonly sources: readonly (MixtureSource & { readonly pool: readonly NanoImage[]; readonly make: Make })[];
  private readonly byLabel = new Map<string, NanoImage[]>();
  private mixture: Mixture;

  constructor(
    private readonly pixels: NanoPixels,
    tokenizer: PromptSource,
    private readonly seed: number,
    private readonly split: Split = "train",
  ) {
    this.builder = new PromptBuilder(tokenizer);
    const own = shownImages(pixels, split);
    for (const image of own) {
      const key = `${image.set} ${image.label}`;
      this.byLabel.set(key, [...(this.byLabel.get(key) ?? []), image]);
    }
    this.sources = this.plan(own);
    this.mixture = new Mixture(this.sources, seed);
  }

  get position(): MixturePosition {
    return this.mixture.position;
  }

  set position(position: MixturePosition) {
    this.mixture = new Mixture(this.sources, this.seed, position);
  }

  next(): { example: NanoExample; sequence: TrainingSequence } {
    const { source, index, epoch } = this.mixture.next();
    const { pool, make } = this.sources[source];
    const example = make(new Random(seedOf(this.seed, source, index, epoch)), pool[index]);
    return { example, sequence: trainingSequence(this.builder, example.messages) };
  }

  /** Sampling weights by task; within a task with few classes, classes are drawn equally often. */
  private plan(own: readonly NanoImage[]) {
    const of = (set: string, label?: string) =>
      own.filter((image) => image.set === set && (label === undefined || image.label === label));
    const sources: (MixtureSource & { pool: readonly NanoImage[]; make: Make })[] = [];
    const add = (name: string, weight: number, pool: readonly NanoImage[], make: Make) =>
      sources.push({ name, weight, size: pool.length, pool, make });
    for (const [label, share] of [
      ["normal", 0.38],
      ["bacterial", 0.37],
      ["viral", 0.25],
    ] as const) {
      const pool = of("cxr", label);
      add(`chest ${label}`, 0.17 * share, pool, (r, image) => this.chest(r, image));
      add(`chest kind ${label}`, 0.1 * share, pool, (r, image) => this.chestKind(r, image));
      add(`chest presence ${label}`, 0.08 * share, pool, (r, image) => this.presence(r, image));
      add(`chest report ${label}`, 0.05 * share, pool, (r, image) => this.report(r, image));
      add(`pair ${label}`, 0.07 * share, pool, (r, image) => this.pair(r, image));
    }
    for (const label of ctLabels) add(`ct ${label}`, 0.035, of("ct", label), (r, image) => this.ct(r, image));
    for (const label of histologyLabels)
      add(`histology ${label}`, 0.015, of("histology", label), (r, image) => this.histology(r, image));
    add("lungs", 0.24, of("lungs"), (r, image) => this.lungs(r, image));
    for (const set of ["cxr", "ct", "histology", "hippocampus", "cells"])
      add(`kind ${set}`, 0.008, of(set), (r, image) => this.kind(r, image));
    const middles = this.pixels.volumes
      .filter(({ split }) => split === this.split)
      .map(({ first, slices }) => this.pixels.images[first + (slices >> 1)]);
    add("hippocampus", 0.2, middles, (r, image) => this.hippocampus(r, image));
    return sources;
  }

  private show(random: Random, image: NanoImage): Variant {
    return variantOf(this.pixels, image, random.below(variantsOf(image)), this.seed);
  }

  private single(random: Random, task: string, image: NanoImage, prompt: PromptText, answer: string): NanoExample {
    return { task, shown: [this.show(random, image)], messages: [turn(1, prompt), assistantTurn(answer)] };
  }

  private closed(
    random: Random,
    task: string,
    image: NanoImage,
    labels: readonly string[],
    right: string,
    subject: PromptSubject,
    question?: string,
  ): NanoExample {
    // To the tasks, a file without a header is just an `image`; and users give labels in any order.
    const words = {
      question,
      labels: random.next() < 0.75 ? labels : random.shuffle([...labels]),
      subject: random.next() < 0.5 ? subject : ("image" as const),
      form: "brief" as const,
    };
    return this.single(random, task, image, classifyPrompt(words), classifyAnswer(right));
  }

  private chest(random: Random, image: NanoImage): NanoExample {
    return this.closed(random, "chest", image, chestLabels, chestLabelOf(image.label), "chest X-ray");
  }

  private chestKind(random: Random, image: NanoImage): NanoExample {
    return this.closed(random, "chest-kind", image, chestKinds, chestKindOf(image.label), "chest X-ray");
  }

  private presence(random: Random, image: NanoImage): NanoExample {
    const findings = ["pneumonia", "pneumonia", "bacterial pneumonia", "viral pneumonia"];
    const finding = findings[random.below(findings.length)];
    const present = finding === "pneumonia" ? image.label !== "normal" : chestKindOf(image.label) === finding;
    const subject = random.next() < 0.5 ? ("chest X-ray" as const) : ("image" as const);
    const prompt = askPrompt({
      question: random.next() < 0.7 ? presenceQuestion(finding, subject) : `Is there ${finding}?`,
      choices: ["yes", "no"],
      subject,
      form: "brief",
    });
    return this.single(random, "chest-presence", image, prompt, finalAnswer(present ? "yes" : "no"));
  }

  private report(random: Random, image: NanoImage): NanoExample {
    const subject = random.next() < 0.5 ? ("chest X-ray" as const) : ("image" as const);
    const prompt = reportPrompt({ subject, form: "brief" });
    return this.single(random, "report", image, prompt, reportAnswer(chestReport(image.label)));
  }

  private ct(random: Random, image: NanoImage): NanoExample {
    return this.closed(random, "ct", image, ctLabels, image.label, "CT slice");
  }

  private histology(random: Random, image: NanoImage): NanoExample {
    return this.closed(random, "histology", image, histologyLabels, image.label, "histopathology image");
  }

  private kind(random: Random, image: NanoImage): NanoExample {
    return this.closed(random, "kind", image, kindLabels, kindLabels[kindOfSet[image.set]], "image", kindQuestion);
  }

  private lungs(random: Random, image: NanoImage): NanoExample {
    const shown = this.show(random, image);
    const moved = image.lungs!.map((box) => moveBox(box, shown.change, this.pixels.size));
    const named = [
      { label: "right lung", box: shown.change.mirrored ? moved[1] : moved[0] },
      { label: "left lung", box: shown.change.mirrored ? moved[0] : moved[1] },
    ];
    const chosen = random.below(3);
    const object = lungObjects[chosen];
    const boxes = (chosen === 2 ? named : [named[chosen]]).map(({ label, box: [x0, y0, x1, y1] }) => ({
      label,
      box: [y0 * 1000, x0 * 1000, y1 * 1000, x1 * 1000] as const,
    }));
    return {
      task: "lungs",
      shown: [shown],
      messages: [turn(1, locatePrompt(object, "brief")), assistantTurn(boxesAnswer(boxes))],
    };
  }

  private pair(random: Random, prior: NanoImage): NanoExample {
    const sick = prior.label !== "normal";
    const change = random.next() < 0.6;
    const course = !change ? "stable" : sick ? "improved" : "worsened";
    const label = !change ? prior.label : sick ? "normal" : random.next() < 0.6 ? "bacterial" : "viral";
    const pool = this.byLabel.get(`cxr ${label}`)!;
    const current = pool[random.below(pool.length)];
    const finding = random.next() < 0.5 ? "pneumonia" : undefined;
    return {
      task: "pair",
      shown: [this.show(random, prior), this.show(random, current)],
      messages: [turn(2, comparePrompt({ finding, form: "brief" })), assistantTurn(compareAnswer(course))],
    };
  }

  private hippocampus(random: Random, middle: NanoImage): NanoExample {
    const { images, volumes } = this.pixels;
    const volume = volumes[middle.slice!.volume];
    const { index: variant, change } = this.show(random, middle);
    const [a, b, , d, e] = change.map;
    // In-plane zoom is either a change of scale, stated in the prompt, or a larger organ. Along the slices it is always
    // a larger organ.
    const area = Math.abs(a * e - b * d);
    const withSpacing = random.next() < 0.5;
    const thickness = this.split !== "train" ? 1 : Math.exp(0.1 * Math.max(-2, Math.min(2, random.normal())));
    const indices = shownSlices(volume.slices);
    return measureExample(
      { ...volume, sideMm: withSpacing ? volume.sideMm * Math.sqrt(area) : volume.sideMm },
      indices.map((index) => variantOf(this.pixels, images[volume.first + index], variant, this.seed)),
      thickness,
      (withSpacing ? 1 : 1 / area) * thickness,
    );
  }
}

/** The volumetry question about these slices. `thickness` scales the slice spacing, `factor` the volumes. */
export function measureExample(volume: NanoVolume, shown: readonly Variant[], thickness = 1, factor = 1): NanoExample {
  const prompt = measurePrompt(volume, shown.length, thickness);
  const rounded = (value: number) => Math.round((value * factor) / 10) * 10;
  const answer = quantitiesAnswer([
    { name: hippocampusParts[0], value: rounded(volume.anterior), unit: "mm3" },
    { name: hippocampusParts[1], value: rounded(volume.posterior), unit: "mm3" },
  ]);
  return { task: "hippocampus", shown, messages: [turn(shown.length, prompt, true), assistantTurn(answer)] };
}

export function measurePrompt({ slices, sideMm, spacingMm }: NanoVolume, shown: number, thickness = 1): PromptText {
  const spacing = shown === slices ? spacingMm : (spacingMm * (slices - 1)) / (shown - 1);
  return volumePrompt(hippocampusParts, "MRI volume", "brief", {
    sideMm,
    spacingMm: spacing * thickness,
    slices: shown,
  });
}

const assistantTurn = (text: string): TurnMessage => ({ role: "assistant", content: [{ type: "text", text }] });
