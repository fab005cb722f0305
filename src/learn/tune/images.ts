/**
 * The images of a dataset as the model's input: any file that opens as a study, padded and resized, cached up to a
 * memory limit.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../../imaging/types.ts";
import { ageOf } from "../../study/age.ts";
import { type ImagePart, image2dView, imagesOf, openStudy } from "../../study/index.ts";

/** Limit of the cache, bytes. */
const maxCachedBytes = 1 << 29;

/** What the header of an image states, and the image's size. */
export interface ImageFacts {
  readonly modality?: string;
  readonly bodyPart?: string;
  readonly view?: string;
  /** Whole years. */
  readonly age?: number;
  /** Pixels. */
  readonly shorterSide: number;
}

export class TrainingImages {
  private readonly cache = new Map<string, Image>();
  private readonly facts = new Map<string, ImageFacts>();
  private bytes = 0;

  /** @param size side of the model's square input, pixels. */
  constructor(private readonly size: number) {}

  /**
   * The only image of a file. @throws learn/image when the file holds a volume, a slide or several images, and the
   * reader's own errors.
   */
  async read(path: string): Promise<Image> {
    const known = this.cache.get(path);
    if (known !== undefined) return known;
    const study = await openStudy(path);
    try {
      const [part] = study.parts;
      if (study.parts.length !== 1 || part.kind !== "image")
        throw new PolyclinicError("learn/image", "is not a single image", {
          where: path,
          expected: "a photograph, radiograph or single slice",
          found: study.parts.map(({ kind }) => kind).join(", "),
        });
      const limits = { imageSize: this.size, tokensPerImage: 1, contextTokens: 1 << 20 };
      const [{ image }] = imagesOf(image2dView(part, limits));
      this.keep(path, image);
      this.facts.set(path, factsOf(part));
      return image;
    } finally {
      await study.close();
    }
  }

  /** Of an image that was read. */
  factsOf(path: string): ImageFacts | undefined {
    return this.facts.get(path);
  }

  private keep(path: string, image: Image): void {
    if (this.bytes + image.data.length > maxCachedBytes) return;
    this.bytes += image.data.length;
    this.cache.set(path, image);
  }
}

function factsOf(part: ImagePart): ImageFacts {
  const { modality, bodyPart, image, origin } = part;
  const stated = (value: unknown) => {
    const text = String(value ?? "")
      .trim()
      .toUpperCase();
    return text === "" ? undefined : text;
  };
  return {
    // Without a header the modality is unknown, whatever it is called.
    ...(origin.dicom !== undefined && { modality: stated(modality) }),
    bodyPart: stated(bodyPart),
    view: stated(origin.dicom?.attributes.ViewPosition),
    age: ageOf(part),
    shorterSide: Math.min(image.width, image.height),
  };
}
