/**
 * What the embedded model, nano, was trained to answer, so that an answer beyond it can say so: a model of this size writes something
 * about anything. The words are made by the same prompt functions the training used; a test draws the training's examples and compares.
 */
import {
  askPrompt,
  chestFindings,
  chestKinds,
  chestLabels,
  classifyPrompt,
  comparePrompt,
  ctLabels,
  hippocampusParts,
  histologyLabels,
  kindLabels,
  kindQuestion,
  locatePrompt,
  lungObjects,
  measuredSlices,
  type PromptText,
  presenceQuestion,
  reportPrompt,
  volumePrompt,
} from "../prompts/index.ts";
import type { Layout } from "./layout.ts";

/** A kind of image that a question was learned on. */
interface Subject {
  /** In a sentence: `learned this question for ... only`. */
  readonly words: string;
  /** Slices it was shown of a volume, where it was shown a volume. */
  readonly slices?: number;
  fits(layout: Layout): boolean;
}

const plain = (words: string, images: number, modalities: readonly string[] | undefined): Subject => ({
  words,
  fits: ({ images: shown, study }) =>
    shown.length === images &&
    shown.every(({ part }) => {
      const { kind, modality } = study.parts[part];
      // A file without a header (`OT`) does not say what it shows: it may be the right thing.
      return kind === "image" && (modalities === undefined || modality === "OT" || modalities.includes(modality));
    }),
});

const radiograph = plain("one chest X-ray", 1, ["CR", "DX"]);
const pair = plain("two chest X-rays", 2, ["CR", "DX"]);
const ctSlice = plain("one CT slice of the lungs", 1, ["CT"]);
const histology = plain("one histology image of the lungs", 1, ["SM", "GM"]);
const anyImage = plain("one image", 1, undefined);
const hippocampus: Subject = {
  words: `at most ${measuredSlices} slices of one MRI volume`,
  slices: measuredSlices,
  fits: ({ images, study }) =>
    images.length > 1 &&
    images.length <= measuredSlices &&
    images.every(({ part }) => part === images[0].part && study.parts[part].kind === "volume") &&
    study.parts[images[0].part].modality === "MR",
};

/** By {@link learnedKey}, what each was learned on. */
export function learnedPrompts(): ReadonlyMap<string, Subject> {
  const prompts = new Map<string, Subject>();
  const add = (subject: Subject, { after }: PromptText) => prompts.set(learnedKey(after), subject);
  const form = "brief" as const;
  for (const subject of ["chest X-ray", "image"] as const) {
    for (const labels of [chestLabels, chestKinds]) add(radiograph, classifyPrompt({ labels, subject, form }));
    for (const finding of chestFindings)
      for (const question of [presenceQuestion(finding, subject), `Is there ${finding}?`])
        add(radiograph, askPrompt({ question, choices: ["yes", "no"], subject, form }));
    add(radiograph, reportPrompt({ subject, form }));
  }
  for (const subject of ["CT slice", "image"] as const)
    add(ctSlice, classifyPrompt({ labels: ctLabels, subject, form }));
  for (const subject of ["histopathology image", "image"] as const)
    add(histology, classifyPrompt({ labels: histologyLabels, subject, form }));
  add(anyImage, classifyPrompt({ question: kindQuestion, labels: kindLabels, subject: "image", form }));
  for (const object of lungObjects) add(radiograph, locatePrompt(object, form));
  for (const finding of [undefined, "pneumonia"]) add(pair, comparePrompt({ finding, form }));
  add(hippocampus, volumePrompt(hippocampusParts, "MRI volume", form));
  return prompts;
}

/** The words of a prompt with its labels sorted, and without the scale that stands before a question about millimetres. */
export function learnedKey(after: string): string {
  return after
    .replace(
      /^Choose one of: (.*)\.$/m,
      (_, labels: string) => `Choose one of: ${labels.split(", ").sort().join(", ")}.`,
    )
    .replace(/^Each slice is .*\n/, "");
}

let table: ReadonlyMap<string, Subject> | undefined;

function learned(prompt: Pick<PromptText, "before" | "after">): Subject | undefined {
  table ??= learnedPrompts();
  return prompt.before === undefined ? table.get(learnedKey(prompt.after)) : undefined;
}

/** Of how many slices of a volume nano learned this prompt; undefined where it learned it of no volume, or not at all. */
export function learnedSlices(prompt: PromptText): number | undefined {
  return learned(prompt)?.slices;
}

const neverLearned =
  "nano was never trained on this question, or not in these words: its answer has no meaning. `polyclinic models path nano` names the folder whose README.md lists what it learned.";

/** The same of bare words, whatever is shown with them. */
export const wordsBeyondNano = (text: string) => (learned({ after: text }) === undefined ? neverLearned : undefined);

/** Why nano's answer to this prompt on these images says nothing; undefined where it was trained on the like. */
export function beyondNano(layout: Layout, prompt: PromptText): string | undefined {
  const subject = learned(prompt);
  if (subject === undefined) return neverLearned;
  if (!subject.fits(layout))
    return `nano learned this question for ${subject.words} only: its answer for ${whatIsShown(layout)} has no meaning.`;
  return undefined;
}

function whatIsShown({ images, study }: Layout): string {
  const parts = [...new Set(images.map(({ part }) => part))].map((part) => study.parts[part]);
  const each = parts.map(({ kind, modality }) => (modality === "OT" ? kind : `${kind} (${modality})`));
  return `${images.length} image${images.length === 1 ? "" : "s"} of ${[...new Set(each)].join(" and ")}`;
}
