/** The `locate` task: boxes in source pixels. The model's own coordinates exist only in this file and its parser. */
import { PolyclinicError } from "../../base/errors.ts";
import { locatePrompt } from "../../prompts/index.ts";
import type { Box, ImageItem, Part } from "../../study/types.ts";
import { defineTask, type Parsed } from "../define.ts";
import { changeLayout, type Layout } from "../layout.ts";
import { parseBoxes, type ShareBox } from "../parse/boxes.ts";
import { findFinalAnswer } from "../parse/final-answer.ts";
import type { LocatedBox } from "../result.ts";
import { sentences, statementsWith } from "../statements.ts";

/** An object to be located in one image of the study. */
export interface LocateRequest {
  /** `right lung`: completes the question "Where is the ...?". "Right" and "left" are the patient's. */
  object: string;
  /**
   * Index of the image in the layout, from zero. Needed only if there are several, because boxes do not state which image they refer to.
   * Default: the only one, or the most recent single image.
   */
  image?: number;
}

/** Boxes of the object in source pixels. */
export interface LocateAnswer {
  readonly object: string;
  /** Empty if the model states that there is none. */
  readonly boxes: readonly LocatedBox[];
  readonly reasoning?: string;
}

export const locateTask = defineTask<LocateRequest, LocateAnswer, "locate">({
  name: "locate",
  summary: "find an object and give its box in source pixels",
  description: "find an object in an image and give its box in source pixels; left and right are the patient's",
  example: 'samples/chest-pair/1-prior.jpg "right lung" --overlay lung.png',
  options: {
    object: { kind: "text", required: true, last: "what to find", placeholder: "name", help: "what to find" },
    image: {
      kind: "number",
      whole: true,
      placeholder: "n",
      help: "number of the image, from 0 in the order shown by inspect; required for volumes and slides",
    },
  },
  needs: { parts: ["image", "volume", "slide", "document"] },
  // As in the anatomy notebook.
  answerTokens: 1000,
  focus(layout, { image }) {
    const chosen = chooseImage(layout, image);
    return layout.items.length === 1 ? layout : onlyImage(layout, chosen);
  },
  render: ({ form }, { object }) => ({ prompts: [locatePrompt(object, form)] }),
  parse: ({ texts: [text] }, { object }, layout) => parseLocate(text, object, layout),
  answerSchema(z) {
    const index = z.int().nonnegative();
    const pixel = z.number().describe("pixels of the source image, from the top left corner");
    return z.looseObject({
      object: z.string(),
      boxes: z.array(
        z.looseObject({
          label: z.string(),
          box: z.looseObject({ x0: pixel, y0: pixel, x1: pixel, y1: pixel }),
          image: index.describe("index into saw.images"),
          part: index.describe("part of the study"),
          index: index.optional().describe("slice, patch or page of the part"),
          patient: z
            .array(z.tuple([z.number(), z.number(), z.number()]))
            .optional()
            .describe("corners in patient millimetres (LPS), clockwise from the top left"),
        }),
      ),
      reasoning: z.string().optional(),
    });
  },
  text: ({ boxes }) =>
    boxes.length === 0
      ? "nothing found"
      : boxes
          .map(({ label, box, index }) => {
            const corners = [box.x0, box.y0, box.x1, box.y1].map((value) => Math.round(value)).join(" ");
            return `${label}: x0 y0 x1 y1 = ${corners}${index === undefined ? "" : ` (slice ${index})`}`;
          })
          .join("\n"),
  statements({ object, boxes, reasoning }) {
    const summary = boxes.length === 0 ? `${object}: none found` : `${object}: ${boxes.length} found`;
    return statementsWith({ findings: [{ text: summary }, ...sentences(reasoning)], regions: boxes, summary });
  },
});

/** Parses boxes from a text, as `locate` does, and maps them to source pixels of the layout's only image. */
export function parseLocate(text: string, object: string, { images, study }: Layout): Parsed<LocateAnswer> {
  const parsed = parseBoxes(text);
  if (parsed === undefined) return { problems: ["no list of boxes inside the image"] };
  const problems = [...parsed.problems];
  const [view] = images;
  const boxes = parsed.boxes.flatMap((box) => toSource(box, object, view, study.parts[view.part], problems) ?? []);
  if (boxes.length === 0 && parsed.boxes.length > 0) return { problems };
  const reasoning = text
    .slice(0, findFinalAnswer(text.slice(0, parsed.at)) === undefined ? parsed.at : text.search(/(\*\*)?final answer/i))
    .replace(/```(?:json)?\s*$/, "")
    .trim();
  return { answer: { object, boxes, ...(reasoning !== "" && { reasoning }) }, problems };
}

/** Maps a box to source pixels through the view's transform, and clips it to the source image, which excludes padding. */
function toSource(
  { label, ...share }: ShareBox,
  object: string,
  view: ImageItem,
  part: Part,
  problems: string[],
): LocatedBox | undefined {
  const { width, height } = view.image;
  const corners = [
    [share.x0 * width, share.y0 * height],
    [share.x1 * width, share.y0 * height],
    [share.x1 * width, share.y1 * height],
    [share.x0 * width, share.y1 * height],
  ] as const;
  const points = corners.map(([x, y]) => view.toSource(x, y));
  const whole = boundsOf(points);
  const [sourceWidth, sourceHeight] = sourceSize(part, view.index);
  const box: Box = {
    x0: clamp(whole.x0, sourceWidth),
    y0: clamp(whole.y0, sourceHeight),
    x1: clamp(whole.x1, sourceWidth),
    y1: clamp(whole.y1, sourceHeight),
  };
  const name = `the box of ${label ?? object}`;
  if (box.x1 - box.x0 < 1e-9 || box.y1 - box.y0 < 1e-9) {
    problems.push(`${name} is in the padding around the image and was left out`);
    return undefined;
  }
  // The model's resolution is one thousandth of the square: smaller differences are rounding, not padding.
  const slack = Math.max(sourceWidth, sourceHeight) / 1000 + 1e-6;
  if (box.x0 - whole.x0 > slack || box.y0 - whole.y0 > slack || whole.x1 - box.x1 > slack || whole.y1 - box.y1 > slack)
    problems.push(`${name} extends into the padding around the image and was clipped to the image`);
  return {
    label: label ?? object,
    box,
    image: 0,
    part: view.part,
    ...(view.index !== undefined && { index: view.index }),
    ...(view.toPatient !== undefined && { patient: corners.map(([x, y]) => view.toPatient!(x, y)) }),
  };
}

function boundsOf(points: readonly (readonly [x: number, y: number])[]): Box {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { x0: Math.min(...xs), y0: Math.min(...ys), x1: Math.max(...xs), y1: Math.max(...ys) };
}

function clamp(value: number, size: number): number {
  return Math.min(size, Math.max(0, value));
}

/** Width and height of the image that `toSource` maps into. */
function sourceSize(part: Part, index: number | undefined): readonly [width: number, height: number] {
  switch (part.kind) {
    case "image":
      return [part.image.width, part.image.height];
    case "volume":
      return [part.volume.shape[2], part.volume.shape[1]];
    case "slide":
      return [part.slide.levels[0].width, part.slide.levels[0].height];
    case "document": {
      const { image } = part.pages[index ?? 0];
      return [image.width, image.height];
    }
    default:
      throw new Error(`an image of a ${part.kind}`);
  }
}

function chooseImage({ images, study }: Layout, requested: number | undefined): number {
  if (requested !== undefined) {
    if (Number.isInteger(requested) && requested >= 0 && requested < images.length) return requested;
    throw new PolyclinicError("task/image", "the image number is out of range", {
      where: "image",
      expected: `0 to ${images.length - 1}`,
      found: String(requested),
    });
  }
  if (images.length === 1) return 0;
  const isPlain = (i: number) => images[i].crop !== true && study.parts[images[i].part].kind === "image";
  const plain = images.map((_, i) => i).filter(isPlain);
  const last = plain.at(-1);
  if (last !== undefined) return last;
  throw new PolyclinicError("task/which-image", "boxes are found in one image at a time", {
    where: "image",
    expected: `one of the ${images.length} images that the model receives from this study`,
    found: "no image number",
    hint: "Choose one (--image 0; in code: `image`): the number of the slice or patch, from 0, in the order shown by `polyclinic inspect`.",
  });
}

/**
 * A layout with a single image, as in the model's training for localisation: without other images and without a slice
 * label.
 */
function onlyImage(layout: Layout, image: number): Layout {
  const { label: _, crop: _crop, ...item } = layout.images[image];
  const { label: __, crop: __crop, ...seen } = layout.saw.images[image];
  const { texts: ___, ...saw } = layout.saw;
  const others = layout.images.length - 1;
  const texts = layout.items.length - layout.images.length;
  return changeLayout(layout, {
    subject: "image",
    items: [item],
    saw: {
      ...saw,
      images: [seen],
      leftOut: [
        ...saw.leftOut,
        ...(others > 0 ? [`${others} other images: boxes are found in one image at a time`] : []),
        ...(texts > 0 ? ["the text of the study: boxes are found in an image only"] : []),
      ],
    },
  });
}
