/** A description of a study for checking by a person: the output of `inspect`, as text or JSON. */
import { affineSpacing, orientationCode } from "../../imaging/geometry/index.ts";
import { valueRange } from "../../imaging/resize/index.ts";
import type { PromptText } from "../../prompts/index.ts";
import type { Part, Study } from "../../study/types.ts";
import { type Layout, messagesOf } from "../../task/layout.ts";

/** The output of `inspect --json`. Stable; fields are only ever added. */
export interface Inspection {
  readonly parts: readonly PartFacts[];
  readonly leftOut: Study["leftOut"];
  readonly warnings: Study["warnings"];
  /** Absent when the study cannot be laid out; `problem` then says why. */
  readonly view?: {
    readonly recipe: string;
    /** In the order in which the model receives them. */
    readonly images: readonly ImageFacts[];
    /** Texts of the study, absent if there are none; the text itself is in `prompt`. */
    readonly texts?: Layout["saw"]["texts"];
    readonly leftOut: readonly string[];
  };
  /** The user turn in order: text, and images by their index in `view.images`. */
  readonly prompt?: readonly ({ readonly text: string } | { readonly image: number })[];
  readonly problem?: string;
}

export interface PartFacts {
  readonly part: number;
  readonly kind: Part["kind"];
  readonly label: string;
  readonly modality: string;
  readonly bodyPart?: string;
  readonly acquiredAt?: string;
  /** Pixels or voxels, x first: `[width, height]`, `[width, height, slices]` (or frames); pages of a document, characters of a text; facts and texts of a record. */
  readonly size: readonly number[];
  /** Millimetres, in the order of `size`; microns per pixel (twice) for slides. */
  readonly spacing?: readonly number[];
  /** `mm` or `um`. */
  readonly spacingUnit?: string;
  /** Direction of the axes (`LPS`: left, posterior, head). */
  readonly orientation?: string;
  readonly unit?: string;
  readonly range?: readonly [low: number, high: number];
  /** Of a video, in seconds. */
  readonly duration?: number;
  readonly files: number;
  readonly sha256: string;
  readonly warnings: readonly string[];
}

export interface ImageFacts {
  readonly part: number;
  readonly index?: number;
  /** Of a frame of a video, in seconds. */
  readonly time?: number;
  readonly label?: string;
  readonly width: number;
  readonly height: number;
  /** Over the image's RGB bytes: equal digests mean that the model saw the same pixels. */
  readonly sha256: string;
  /** Source pixels of the image's corners, `[x0, y0, x1, y1]`; outside the source where the image is padded. */
  readonly source: readonly [number, number, number, number];
  /** Patient millimetres (LPS) of the top left and the bottom right corner. */
  readonly patient?: readonly [topLeft: readonly number[], bottomRight: readonly number[]];
}

export function partFacts(part: Part, index: number): PartFacts {
  return {
    part: index,
    kind: part.kind,
    label: part.label,
    modality: part.modality,
    ...(part.bodyPart !== undefined && { bodyPart: part.bodyPart }),
    ...(part.acquiredAt !== undefined && { acquiredAt: part.acquiredAt }),
    ...geometryOf(part),
    files: part.origin.files.length,
    sha256: part.origin.sha256,
    warnings: part.warnings.map(({ message }) => message),
  };
}

function geometryOf(
  part: Part,
): Pick<PartFacts, "size" | "spacing" | "spacingUnit" | "orientation" | "unit" | "range" | "duration"> {
  switch (part.kind) {
    case "image":
      return {
        size: [part.image.width, part.image.height],
        ...(part.pixelSpacing && { spacing: [part.pixelSpacing[1], part.pixelSpacing[0]], spacingUnit: "mm" }),
      };
    case "volume": {
      const { shape, affine, unit, data } = part.volume;
      const [low, high] = valueRange(data);
      // Slices without a position were aligned with assumed axes, which are not the patient's.
      const placed = part.warnings.every(({ code }) => code !== "series/no-geometry");
      return {
        size: [shape[2], shape[1], shape[0]],
        spacing: affineSpacing(affine).map(round),
        spacingUnit: "mm",
        ...(placed && { orientation: orientationCode(affine) }),
        unit,
        range: [round(low), round(high)],
      };
    }
    case "slide": {
      const [{ width, height }] = part.slide.levels;
      const { mpp } = part.slide;
      return { size: [width, height], ...(mpp !== undefined && { spacing: [mpp, mpp].map(round), spacingUnit: "um" }) };
    }
    case "video":
      return {
        size: [part.video.width, part.video.height, part.video.times.length],
        duration: round(part.video.duration),
      };
    case "document":
      return { size: [part.pages.length] };
    case "text":
      return { size: [part.text.length] };
    case "waveform":
      return { size: [part.channels[0]?.samples.length ?? 0, part.channels.length] };
    case "variants":
      return { size: [part.variants.length] };
    case "molecule":
      return { size: [part.smiles.length] };
    case "record":
      return { size: [part.record.facts.length, part.record.texts.length] };
  }
}

/** The study as read and as laid out; with a prompt, the whole user turn. */
export function inspectionOf(study: Study, layout: Layout | undefined, prompt?: PromptText): Inspection {
  return {
    parts: study.parts.map(partFacts),
    leftOut: study.leftOut,
    warnings: study.warnings,
    ...(layout && {
      view: {
        recipe: layout.saw.recipe,
        images: imageFacts(layout),
        ...(layout.saw.texts && { texts: layout.saw.texts }),
        leftOut: layout.saw.leftOut,
      },
    }),
    ...(layout && prompt && { prompt: promptParts(layout, prompt) }),
  };
}

/** The user turn sent to the model; images by their index. */
function promptParts(layout: Layout, prompt: PromptText): NonNullable<Inspection["prompt"]> {
  const places = new Map(layout.images.map(({ image }, place) => [image, place]));
  return messagesOf(layout, prompt)[0].content.map((part) =>
    part.type === "text" ? { text: part.text } : { image: places.get(part.image)! },
  );
}

export function imageFacts({ images, saw }: Layout): ImageFacts[] {
  return images.map(({ image, part, index, time, label, toSource, toPatient }, i) => ({
    part,
    ...(index !== undefined && { index }),
    ...(time !== undefined && { time: round(time) }),
    ...(label !== undefined && { label }),
    width: image.width,
    height: image.height,
    sha256: saw.images[i].sha256,
    source: [...toSource(0, 0), ...toSource(image.width, image.height)].map(round) as [number, number, number, number],
    ...(toPatient && {
      patient: [toPatient(0, 0).map(round), toPatient(image.width, image.height).map(round)] as const,
    }),
  }));
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
