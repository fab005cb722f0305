/**
 * The images of a dataset as the model's input: any file that opens as a study, padded and resized, cached up to a
 * memory limit.
 */
import { PolyclinicError } from "../../base/errors.ts";
import type { Image } from "../../imaging/types.ts";
import { image2dView, imagesOf, openStudy } from "../../study/index.ts";

/** Limit of the cache, bytes. */
const keptBytes = 1 << 29;

export class TrainingImages {
  private readonly kept = new Map<string, Image>();
  private bytes = 0;

  /** @param size side of the model's square input, pixels. */
  constructor(private readonly size: number) {}

  /**
   * The only image of a file. @throws learn/image when the file holds a volume, a slide or several images, and the
   * reader's own errors.
   */
  async read(path: string): Promise<Image> {
    const known = this.kept.get(path);
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
      return image;
    } finally {
      await study.close();
    }
  }

  private keep(path: string, image: Image): void {
    if (this.bytes + image.data.length > keptBytes) return;
    this.bytes += image.data.length;
    this.kept.set(path, image);
  }
}
