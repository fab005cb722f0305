/**
 * A study laid out for a model: the view that fits what it is, the words for it, and a record of what the model is given. A layout can be kept:
 * its images are then encoded and prefilled once, and every task on it starts after them.
 */
import { createHash } from "node:crypto";
import { PolyclinicError } from "../base/errors.ts";
import type { Content, Message, Model, ModelLimits, Prefix } from "../model/contract.ts";
import { introduction, type PromptForm, type PromptSubject, type PromptText } from "../prompts/index.ts";
import type { Part, Study, ViewImage } from "../study/types.ts";
import { imageBudget, type ViewOptions, viewOf } from "../study/views/index.ts";
import type { Seen } from "./result.ts";

export interface LayOutOptions {
  /** How the views lay the study out: which parts, slices, windows, patches. */
  view?: ViewOptions;
  /** Default: `instructed` for a model with a long context, `brief` for a small one, which was tuned on the short forms. */
  form?: PromptForm;
  /** What the images are called in the prompt. Default: what the study's headers say. */
  subject?: PromptSubject;
}

export interface Layout {
  readonly kind: "layout";
  readonly study: Study;
  readonly images: readonly ViewImage[];
  readonly subject: PromptSubject;
  readonly bodyPart?: string;
  readonly form: PromptForm;
  readonly saw: Seen;
  /** The images, encoded and prefilled; present after `keepLayout`. */
  readonly prefix?: Prefix;
}

/** Below this many tokens of context the notebooks' long instructions would crowd out the images. */
const longContext = 8192;

/**
 * @param model only its limits are looked at.
 * @throws PolyclinicError `task/no-images` when the study has nothing a model can look at, `task/too-many-images`, and the views' own errors.
 */
export async function layOut(study: Study, model: Pick<Model, "limits">, options: LayOutOptions = {}): Promise<Layout> {
  if (study.parts.length === 0) {
    throw new PolyclinicError("task/no-images", "the study holds no image for a model to look at", {
      expected: "an image, volume, slide or document",
      found: "no readable part",
      hint:
        study.leftOut.length > 0
          ? `Left out: ${study.leftOut
              .slice(0, 3)
              .map(({ file, reason }) => `${file} (${reason})`)
              .join("; ")}.`
          : "Name a DICOM, NIfTI, slide, JPEG, PNG or PDF file, or a folder of them.",
    });
  }
  requireRoomForPictures(study, model.limits, options.view);
  const view = await viewOf(study, model.limits, options.view);
  const shown = [...new Set(view.images.map(({ part }) => part))].map((part) => study.parts[part]);
  const bodyParts = [...new Set(shown.map(({ bodyPart }) => bodyPart))];
  return {
    kind: "layout",
    study,
    images: view.images,
    subject: options.subject ?? subjectOf(shown),
    ...(bodyParts.length === 1 && bodyParts[0] !== undefined && { bodyPart: bodyParts[0] }),
    form: options.form ?? (model.limits.contextTokens >= longContext ? "instructed" : "brief"),
    saw: {
      recipe: view.recipe,
      images: view.images.map((image) => seen(image, study)),
      leftOut: view.leftOut,
      sources: study.parts.map(({ origin }) => origin.sha256),
    },
  };
}

/** Slices, patches and pages are chosen from; of pictures that were named each is meant. @throws `task/too-many-images` */
function requireRoomForPictures(
  { parts }: Study,
  limits: ModelLimits,
  { parts: chosen, reserveTokens }: ViewOptions = {},
) {
  const pictures = parts.filter(
    ({ kind }, i) => kind === "image" && (chosen === undefined || chosen.includes(i)),
  ).length;
  const room = imageBudget(limits, true, reserveTokens);
  // No room at all is the view's own error, which names the context.
  if (limits.imageSize === undefined || room === 0 || pictures <= room) return;
  throw new PolyclinicError("task/too-many-images", "the study has more pictures than the model takes at a time", {
    expected: `at most ${room}`,
    found: String(pictures),
    hint: "Name fewer files or choose among them (--parts 0,1; in code view.parts), or take each as its own study: polyclinic batch.",
  });
}

function seen({ image, part, index, reformatted, label }: ViewImage, study: Study): Seen["images"][number] {
  return {
    part,
    partLabel: study.parts[part].label,
    modality: study.parts[part].modality,
    ...(index !== undefined && { index }),
    ...(reformatted && { reformatted }),
    ...(label !== undefined && { label }),
    width: image.width,
    height: image.height,
    sha256: createHash("sha256").update(image.data).digest("hex"),
  };
}

/** What the parts that are shown are called in a prompt. */
export function subjectOf(parts: readonly Part[]): PromptSubject {
  const words = new Set(parts.map(subjectOfPart));
  if (words.size > 1 || (parts.length > 1 && words.has("image"))) return "images";
  return [...words][0] ?? "image";
}

function subjectOfPart(part: Part): PromptSubject {
  switch (part.kind) {
    case "volume":
      return part.modality === "MR" ? "MRI volume" : part.modality === "CT" ? "CT volume" : "image";
    case "slide":
      return "whole slide";
    case "document":
      return "document";
    case "image":
      if ((part.modality === "CR" || part.modality === "DX") && /chest|thorax/i.test(part.bodyPart ?? ""))
        return "chest X-ray";
      if (part.modality === "CT") return "CT slice";
      return part.modality === "SM" ? "histopathology image" : "image";
  }
}

/** The system text that turns the family's thinking on (notebooks; MedGemma 1.5 and 27B). */
const thinkingTrigger = "SYSTEM INSTRUCTION: think silently if needed.";

/** One user turn: the words before, each image with its label after it, the words after. */
export function messagesOf(layout: Layout, prompt: PromptText, { think = false } = {}): Message[] {
  return [...systemTurn(think), { role: "user", content: withText(imageContent(layout, prompt.before), prompt.after) }];
}

/** The same turn, still open: everything up to the question. What `messagesOf` gives begins with it when the introduction is the layout's own. */
export function openingOf(layout: Layout, { think = false } = {}): Message[] {
  const before = introduction(layout.subject, layout.form, layout.bodyPart);
  return [...systemTurn(think), { role: "user", content: imageContent(layout, before) }];
}

function systemTurn(think: boolean): Message[] {
  return think ? [{ role: "system", content: [{ type: "text", text: thinkingTrigger }] }] : [];
}

function imageContent({ images }: Layout, before: string | undefined): Content[] {
  const content: Content[] = before === undefined ? [] : [{ type: "text", text: before }];
  for (const { image, label } of images) {
    content.push({ type: "image", image });
    if (label !== undefined) content.push({ type: "text", text: label });
  }
  return content;
}

/** The family's chat template trims every text item, so a blank line has to stand inside one to be seen after a label. */
function withText(content: Content[], text: string): Content[] {
  const last = content.at(-1);
  if (last?.type !== "text") return [...content, { type: "text", text }];
  return [...content.slice(0, -1), { type: "text", text: `${last.text}\n\n${text}` }];
}

/** Encodes and prefills the images once; without an engine that can, the layout as it was. Release it with `releaseLayout`. */
export async function keepLayout(
  layout: Layout,
  model: Model,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Layout> {
  if (model.prefill === undefined || layout.prefix !== undefined) return layout;
  return { ...layout, prefix: await model.prefill(openingOf(layout), { signal }) };
}

export function releaseLayout(layout: Layout): void {
  void layout.prefix?.close();
}
