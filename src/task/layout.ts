/**
 * A study laid out for a model: the view that fits its parts, the prompt text for it, and a record of what the model is given. A layout can be kept:
 * its items are then encoded and prefilled once, and every task on it continues from there.
 */

import { PolyclinicError } from "../base/errors.ts";
import { createHash } from "../base/host/hash.ts";
import type { Content, Generator, Message, ModelLimits, Prefix } from "../model/contract.ts";
import {
  introduction,
  type PromptForm,
  type PromptSubject,
  type PromptText,
  type Shown,
  thinkingTrigger,
  userTurn,
} from "../prompts/index.ts";
import { isPictured } from "../study/study.ts";
import type { ImageItem, Part, Study, TextItem, View, ViewItem } from "../study/types.ts";
// Imported from their own files, so that the view recipes are loaded only when a study is laid out.
import { imageContent, imagesOf, textsOf } from "../study/views/items.ts";
import { imageBudget } from "../study/views/limits.ts";
import type { ViewOptions } from "../study/views/recipe.ts";
import type { Seen, SeenImage, SeenText } from "./result.ts";

/** How a study is presented to a model, and the form of the prompts. */
export interface LayOutOptions {
  /** View options: which parts, slices, windows, patches. */
  view?: ViewOptions;
  /** Form of the prompts. Default: `instructed` for a model with a long context, `brief` for a small one, which was trained on the short prompts. */
  form?: PromptForm;
  /** Name of the study in the prompt. Default: from its headers. */
  subject?: PromptSubject;
}

/** A study laid out for a model. Close it to free a kept prefix. */
export interface Layout {
  readonly kind: "layout";
  readonly study: Study;
  /** What the model is given of the study, in reading order. */
  readonly items: readonly ViewItem[];
  /** The images among the items. */
  readonly images: readonly ImageItem[];
  readonly subject: PromptSubject;
  readonly bodyPart?: string;
  readonly form: PromptForm;
  readonly saw: Seen;
  /** The items, encoded and prefilled; present after `prefillLayout`. */
  readonly prefix?: Prefix;
  /** Frees the prefix computed by `prefillLayout`; the study stays open. May be called twice. */
  close(): Promise<void>;
  /** `await using layout = await prefillLayout(...)`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the text of a prompt depends on. */
export type Worded = Pick<Layout, "subject" | "bodyPart" | "form" | "images">;

/** Below this context length, the long instructions of Google's notebooks would leave too little room for images. */
const longContext = 8192;

/** The form of prompts a model was trained on, by its context. */
export const formFor = ({ contextTokens }: Pick<ModelLimits, "contextTokens">): PromptForm =>
  contextTokens >= longContext ? "instructed" : "brief";

/**
 * @param model determines the limits; if it can count tokens, health records are laid out to an exact token budget.
 * @throws PolyclinicError `task/empty-study` if the study has no parts, `task/too-many-images`, and errors of the views.
 */
export async function layOut(
  study: Study,
  model: Pick<Generator, "limits"> & Partial<Pick<Generator, "countTokens">>,
  options: LayOutOptions = {},
): Promise<Layout> {
  if (study.parts.length === 0) {
    throw new PolyclinicError("task/empty-study", "the study contains nothing that can be shown to a model", {
      expected: "an image, volume, slide, document or text",
      found: "no readable part",
      hint:
        study.leftOut.length > 0
          ? `Left out: ${study.leftOut
              .slice(0, 3)
              .map(({ file, reason }) => `${file} (${reason})`)
              .join("; ")}.`
          : "Name a DICOM, NIfTI, slide, JPEG, PNG, PDF, text file or health record, or a folder of images.",
    });
  }
  requireRoomForPictures(study, model.limits, options.view);
  const form = options.form ?? formFor(model.limits);
  const { viewOf } = await import("../study/views/view-of.ts");
  // Models with the short prompts were trained on page images only.
  const countTokens = model.countTokens && {
    countTokens: (text: string) => model.countTokens!([{ role: "user", content: [{ type: "text", text }] }]),
  };
  const view = await viewOf(study, model.limits, {
    textLayer: form === "instructed",
    ...countTokens,
    ...options.view,
  });
  const shown = [...new Set(view.items.map(({ part }) => part))].map((part) => study.parts[part]);
  const bodyParts = [...new Set(shown.map(({ bodyPart }) => bodyPart))];
  return makeLayout({
    study,
    items: view.items,
    subject: options.subject ?? subjectOf(shown),
    ...(bodyParts.length === 1 && bodyParts[0] !== undefined && { bodyPart: bodyParts[0] }),
    form,
    saw: seenOf(view, study),
  });
}

type LayoutFields = Pick<Layout, "study" | "items" | "subject" | "bodyPart" | "form" | "saw" | "prefix">;

function makeLayout(fields: LayoutFields): Layout {
  const close = async () => fields.prefix?.close();
  return { kind: "layout", ...fields, images: imagesOf(fields), close, [Symbol.asyncDispose]: close };
}

/** A copy of the layout with some fields changed; the kept prefix stays with the original, unless a new one is given. */
export function changeLayout(
  { study, items, subject, bodyPart, form, saw }: Layout,
  changes: Partial<LayoutFields>,
): Layout {
  return makeLayout({ study, items, subject, ...(bodyPart !== undefined && { bodyPart }), form, saw, ...changes });
}

/** Slices, patches and pages may be subsampled, but every named image must be shown. @throws PolyclinicError `task/too-many-images` */
function requireRoomForPictures(
  { parts }: Study,
  limits: ModelLimits,
  { parts: chosen, reserveTokens }: ViewOptions = {},
) {
  const pictures = parts.filter(
    ({ kind }, i) => kind === "image" && (chosen === undefined || chosen.includes(i)),
  ).length;
  const room = imageBudget(limits, true, reserveTokens);
  // If there is no room at all, the view reports an error that names the context.
  if (limits.imageSize === undefined || room === 0 || pictures <= room) return;
  throw new PolyclinicError("task/too-many-images", "the study has more images than the model accepts at once", {
    expected: `at most ${room}`,
    found: String(pictures),
    hint: "Give fewer files, select parts (--parts 0,1; in code: view.parts), or process each file as a separate study with polyclinic batch.",
  });
}

function seenOf(view: View, study: Study): Seen {
  const texts = textsOf(view).map((item) => seenText(item, study));
  return {
    recipe: view.recipe,
    images: imagesOf(view).map((item) => seenImage(item, study)),
    ...(texts.length > 0 && { texts }),
    leftOut: view.leftOut,
    sources: study.parts.map(({ origin }) => origin.sha256),
  };
}

function seenImage({ image, part, index, time, crop, reformatted, label }: ImageItem, study: Study): SeenImage {
  return {
    part,
    partLabel: study.parts[part].label,
    modality: study.parts[part].modality,
    ...(index !== undefined && { index }),
    ...(time !== undefined && { time }),
    ...(crop && { crop }),
    ...(reformatted && { reformatted }),
    ...(label !== undefined && { label }),
    width: image.width,
    height: image.height,
    sha256: createHash("sha256").update(image.data).digest("hex"),
  };
}

function seenText({ part, index, text }: TextItem, study: Study): SeenText {
  return {
    part,
    partLabel: study.parts[part].label,
    ...(index !== undefined && { index }),
    characters: text.length,
    sha256: createHash("sha256").update(text).digest("hex"),
  };
}

/** Name of the shown parts in a prompt. */
export function subjectOf(parts: readonly Part[]): PromptSubject {
  const words = new Set(parts.map(subjectOfPart));
  if (parts.some((part) => !isPictured(part))) return parts.length > 1 ? "case" : ([...words][0] ?? "case");
  if (words.size > 1 || (parts.length > 1 && words.has("image"))) return "images";
  return [...words][0] ?? "image";
}

function subjectOfPart(part: Part): PromptSubject {
  switch (part.kind) {
    case "volume":
      return part.modality === "MR" ? "MRI volume" : part.modality === "CT" ? "CT volume" : "image";
    case "slide":
      return "whole slide";
    case "image":
      if ((part.modality === "CR" || part.modality === "DX") && /chest|thorax/i.test(part.bodyPart ?? ""))
        return "chest X-ray";
      if (part.modality === "CT") return "CT slice";
      return part.modality === "SM" ? "histopathology image" : "image";
    default:
      return part.kind;
  }
}

/** One user turn: the text before, each item followed by its label, the text after. */
export function messagesOf(layout: Layout, prompt: PromptText, { think = false } = {}): Message[] {
  return [...systemTurn(think), userMessage(layout, prompt)];
}

/** The same turn without its end: everything up to the question. `messagesOf` begins with it if the introduction is the layout's own. */
export function openingOf(layout: Layout, { think = false } = {}): Message[] {
  return [...systemTurn(think), userMessage(layout, { before: introductionOf(layout) })];
}

export function introductionOf({ subject, form, bodyPart }: Layout): string | undefined {
  return introduction(subject, form, bodyPart);
}

function systemTurn(think: boolean): Message[] {
  return think ? [{ role: "system", content: [{ type: "text", text: thinkingTrigger }] }] : [];
}

function userMessage({ items }: Layout, words: Partial<PromptText>): Message {
  const shown = items.map(
    (item): Shown<Extract<Content, { type: "image" }>> =>
      item.kind === "text"
        ? { kind: "text", text: item.text }
        : {
            kind: "image",
            picture: imageContent(item),
            ...(item.label !== undefined && { label: item.label }),
          },
  );
  return { role: "user", content: userTurn(shown, words) };
}

/** Encodes and prefills the items once, and returns the layout unchanged if the engine cannot prefill. `close()` frees the memory. */
export async function prefillLayout(
  layout: Layout,
  model: Generator,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Layout> {
  if (model.prefill === undefined || layout.prefix !== undefined) return layout;
  return changeLayout(layout, { prefix: await model.prefill(openingOf(layout), { signal }) });
}
